// MelWeightMatrix: triangular filters that turn a spectrum [..., dft_length / 2 + 1] into mel
// bands. Band edges are equidistant on the mel scale 2595 log10(1 + hertz / 700) and rounded down
// to bins.

#include <cmath>

#include "runtime/math/math.h"
#include "runtime/ops/number_output.h"

namespace xquant::runtime::ops {
namespace {

constexpr double kLn10 = 2.302585092994045684;

double mel_of(double hertz) {
  double result = 1.0 + hertz / 700.0;
  math::log(&result, &result, 1);
  return 2595.0 * (result / kLn10);
}

double hertz_of(double mel) {
  const double base = 10.0, exponent = mel / 2595.0;
  double result = 0;
  math::pow(&base, &exponent, &result, 1);
  return 700.0 * (result - 1.0);
}

class MelWeightMatrix final : public Kernel {
 public:
  explicit MelWeightMatrix(const Setup& setup)
      : type_(number_type(setup.node.int_or("output_datatype", 1))) {}
  bool takes_half() const override { return true; }
  std::vector<std::size_t> shape_operands() const override { return {0, 1}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    for (std::size_t i = 0; i < 5; ++i) {
      if (in.required(i).size() != 1) refuse("Every operand has to be one number.");
    }
    return {{type_, {integer(in[1]) / 2 + 1, integer(in[0])}}};
  }

  void run(const Call& call) const override {
    const MutableView out = call.outputs[0];
    const std::int64_t bins = out.shape[0], bands = out.shape[1];
    for (std::int64_t i = 0; i < out.size(); ++i) write_number(out, i, 0.0);
    const auto set = [&](std::int64_t bin, std::int64_t band, double weight) {
      if (bin >= 0 && bin < bins) write_number(out, bin * bands + band, weight);
    };
    for (std::int64_t band = 0; band < bands; ++band) {
      const std::int64_t low = edge(call, band), centre = edge(call, band + 1),
                         high = edge(call, band + 2);
      if (low == centre) set(centre, band, 1.0);
      for (std::int64_t bin = low; low != centre && bin <= centre; ++bin) {
        set(bin, band, static_cast<double>(bin - low) / static_cast<double>(centre - low));
      }
      for (std::int64_t bin = centre; bin < high; ++bin) {
        set(bin, band, static_cast<double>(high - bin) / static_cast<double>(high - centre));
      }
    }
  }

 private:
  /// Bin of the i-th band edge.
  static std::int64_t edge(const Call& call, std::int64_t i) {
    const Operands& in = call.inputs;
    const double low = mel_of(number(in[3])), high = mel_of(number(in[4]));
    const double step = (high - low) / static_cast<double>(call.outputs[0].shape[1] + 2);
    const double hertz = hertz_of(low + static_cast<double>(i) * step);
    const double bin = std::floor((number(in[1]) + 1.0) * hertz / number(in[2]));
    if (!(std::fabs(bin) < 1e9)) refuse("The edge of a band is no bin.");
    return static_cast<std::int64_t>(bin);
  }

  DataType type_;
};

}  // namespace

std::unique_ptr<Kernel> mel_weight_matrix(const Setup& setup) {
  return std::make_unique<MelWeightMatrix>(setup);
}

}  // namespace xquant::runtime::ops

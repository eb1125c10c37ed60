// HannWindow, HammingWindow and BlackmanWindow: a0 - a1 cos(2 pi i / N) + a2 cos(4 pi i / N), where
// N is the size of a periodic window and one less of a symmetric one.

#include "runtime/math/trigonometric.h"
#include "runtime/ops/number_output.h"

namespace xquant::runtime::ops {
namespace {

class SignalWindow final : public Kernel {
 public:
  struct Cosines {
    double constant, first, second;
  };
  SignalWindow(const Setup& setup, Cosines cosines)
      : cosines_(cosines),
        type_(number_type(setup.node.int_or("output_datatype", 1))),
        periodic_(setup.node.int_or("periodic", 1) != 0) {}
  bool takes_half() const override { return true; }
  std::vector<std::size_t> shape_operands() const override { return {0}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    if (in.required(0).size() != 1) refuse("size has to be one number.");
    return {{type_, {integer(in[0])}}};
  }

  void run(const Call& call) const override {
    const MutableView out = call.outputs[0];
    const std::int64_t size = out.size(), period = periodic_ || size == 1 ? size : size - 1;
    for (std::int64_t i = 0; i < size; ++i) {
      const double value = cosines_.constant - cosines_.first * math::unit_root(i, period).cosine +
                           cosines_.second * math::unit_root(2 * i, period).cosine;
      write_number(out, i, value);
    }
  }

 private:
  Cosines cosines_;
  DataType type_;
  bool periodic_;
};

}  // namespace

std::unique_ptr<Kernel> hann_window(const Setup& setup) {
  return std::make_unique<SignalWindow>(setup, SignalWindow::Cosines{0.5, 0.5, 0.0});
}
std::unique_ptr<Kernel> hamming_window(const Setup& setup) {
  return std::make_unique<SignalWindow>(setup,
                                        SignalWindow::Cosines{25.0 / 46.0, 21.0 / 46.0, 0.0});
}
std::unique_ptr<Kernel> blackman_window(const Setup& setup) {
  return std::make_unique<SignalWindow>(setup, SignalWindow::Cosines{0.42, 0.5, 0.08});
}

}  // namespace xquant::runtime::ops

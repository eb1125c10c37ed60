// InstanceNormalization (Ulyanov et al. 2016): every channel of every sample by its own mean and
// variance, which are summed in double, in memory order; the inverse deviation is rounded once.

#include "runtime/ops/normalize.h"
#include "runtime/ops/statistics.h"

namespace xquant::runtime::ops {
namespace {

class InstanceNormalization final : public Kernel {
 public:
  explicit InstanceNormalization(const Setup& setup)
      : epsilon_(setup.node.float_or("epsilon", 1e-5f)) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    for (std::size_t i = 0; i < 3; ++i) in.required(i);
    require_one_real_type(in, 3);
    if (in[0].rank() < 3 || in[1].size() != in[0].shape[1] || in[2].size() != in[0].shape[1]) {
      refuse("The operands do not fit.");
    }
    return {same_type(in[0])};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const std::int64_t inner = shape.product(2, shape.rank);
    with_real_type(x.type, [&]<typename T>(T) {
      const auto normalize_plane = [&](std::int64_t p, const Statistics& s) {
        const std::int64_t c = p % shape[1];
        normalize(raw<T>(x) + p * inner, raw<T>(call.outputs[0]) + p * inner, inner,
                  static_cast<T>(s.mean),
                  raw<T>(call.inputs[1])[c] * static_cast<T>(1.0 / s.deviation),
                  raw<T>(call.inputs[2])[c]);
      };
      for_each_statistics(raw<T>(x), shape[0] * shape[1], inner, static_cast<double>(epsilon_),
                          normalize_plane);
    });
  }

 private:
  float epsilon_;
};

}  // namespace

std::unique_ptr<Kernel> instance_normalization(const Setup& setup) {
  return std::make_unique<InstanceNormalization>(setup);
}

}  // namespace xquant::runtime::ops

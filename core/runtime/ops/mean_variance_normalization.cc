// MeanVarianceNormalization: (x - mean) / (deviation + 1e-9) over the given axes. Both are summed
// in double, in memory order.

#include <algorithm>
#include <cmath>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class MeanVarianceNormalization final : public Kernel {
 public:
  explicit MeanVarianceNormalization(const Setup& setup)
      : axes_(setup.node.ints_or("axes", {0, 2, 3})) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    with_real_type(in.required(0).type, [](auto) {});
    Dims(in[0].shape);
    normal_axes(axes_, in[0].rank());
    return {same_type(in[0])};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    if (x.size() == 0) return;
    Dims kept(x.shape), reduced(x.shape);
    for (std::size_t d = 0; d < kept.rank; ++d) (is_reduced(d, kept.rank) ? kept : reduced)[d] = 1;
    with_real_type(x.type, [&]<typename T>(T) {
      Walk<1> walk(kept);
      walk.strides = {strides_of(Dims(x.shape))};
      for (std::int64_t i = 0; i < kept.size(); ++i, walk.next()) {
        normalize(raw<T>(x) + walk.offsets[0], raw<T>(call.outputs[0]) + walk.offsets[0], reduced,
                  strides_of(Dims(x.shape)));
      }
    });
  }

 private:
  bool is_reduced(std::size_t d, std::size_t rank) const {
    return std::ranges::any_of(axes_,
                               [&](std::int64_t axis) { return normal_axis(axis, rank) == d; });
  }

  template <typename T>
  static void normalize(const T* x, T* y, const Dims& shape, const Dims& strides) {
    const std::int64_t n = shape.size();
    const auto for_each = [&](auto&& function) {
      Walk<1> walk(shape);
      walk.strides = {strides};
      for (std::int64_t i = 0; i < n; ++i, walk.next()) function(walk.offsets[0]);
    };
    double sum = 0, squares = 0;
    for_each([&](std::int64_t at) { sum += static_cast<double>(x[at]); });
    const double mean = sum / static_cast<double>(n);
    for_each([&](std::int64_t at) {
      const double distance = static_cast<double>(x[at]) - mean;
      squares += distance * distance;
    });
    const double deviation = std::sqrt(squares / static_cast<double>(n)) + 1e-9;
    for_each([&](std::int64_t at) {
      y[at] = static_cast<T>((static_cast<double>(x[at]) - mean) / deviation);
    });
  }

  std::vector<std::int64_t> axes_;
};

}  // namespace

std::unique_ptr<Kernel> mean_variance_normalization(const Setup& setup) {
  return std::make_unique<MeanVarianceNormalization>(setup);
}

}  // namespace xquant::runtime::ops

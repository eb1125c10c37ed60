// GroupNormalization (Wu & He 2018): y = (x - mean) / sqrt(variance + epsilon) * scale + bias with
// the statistics of each group of channels. Scale and bias have one entry for each group in version
// 18, for each channel since 21.

#include <cmath>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class GroupNormalization final : public Kernel {
 public:
  explicit GroupNormalization(const Setup& setup)
      : groups_(setup.node.int_or("num_groups", 0)),
        epsilon_(setup.node.float_or("epsilon", 1e-5f)),
        per_group_(setup.opset < 21) {
    if (groups_ < 1) refuse("num_groups has to be positive.");
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    with_real_type(x.type, [](auto) {});
    require_type(in.required(1), x.type);
    require_type(in.required(2), x.type);
    if (x.rank() < 2 || x.shape[1] % groups_ != 0)
      refuse("num_groups does not divide the channels.");
    const std::int64_t entries = per_group_ ? groups_ : x.shape[1];
    if (in[1].size() != entries || in[2].size() != entries) {
      refuse("Scale and bias have to hold " + std::to_string(entries) + " entries.");
    }
    return {same_type(x)};
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  template <typename T>
  void run_typed(const Call& call) const {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const std::int64_t inner = shape.product(2, shape.rank), channels = shape[1] / groups_;
    for (std::int64_t part = 0; part < shape[0] * groups_; ++part) {
      const T* from = raw<T>(x) + part * channels * inner;
      T* to = raw<T>(call.outputs[0]) + part * channels * inner;
      const std::int64_t count = channels * inner, group = part % groups_;
      double sum = 0, squares = 0;
      for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(from[i]);
      const double mean = sum / static_cast<double>(count);
      for (std::int64_t i = 0; i < count; ++i) {
        const double distance = static_cast<double>(from[i]) - mean;
        squares += distance * distance;
      }
      const double deviation =
          std::sqrt(squares / static_cast<double>(count) + static_cast<double>(epsilon_));
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t entry = per_group_ ? group : group * channels + i / inner;
        const auto normal = static_cast<T>((static_cast<double>(from[i]) - mean) / deviation);
        to[i] = normal * raw<T>(call.inputs[1])[entry] + raw<T>(call.inputs[2])[entry];
      }
    }
  }

  std::int64_t groups_;
  float epsilon_;
  bool per_group_;
};

}  // namespace

std::unique_ptr<Kernel> group_normalization(const Setup& setup) {
  return std::make_unique<GroupNormalization>(setup);
}

}  // namespace xquant::runtime::ops

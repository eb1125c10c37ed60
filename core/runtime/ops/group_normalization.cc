// GroupNormalization (Wu & He 2018): y = (x - mean) / sqrt(variance + epsilon) * scale + bias with
// the statistics of each group of channels. Scale and bias have one entry for each group in version
// 18, for each channel since 21.

#include "runtime/ops/common.h"
#include "runtime/ops/statistics.h"

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
    const auto normalize_group = [&](std::int64_t part, const Statistics& s) {
      const T* from = raw<T>(x) + part * channels * inner;
      T* to = raw<T>(call.outputs[0]) + part * channels * inner;
      const std::int64_t group = part % groups_;
      for (std::int64_t i = 0; i < channels * inner; ++i) {
        const std::int64_t entry = per_group_ ? group : group * channels + i / inner;
        const auto normal = static_cast<T>((static_cast<double>(from[i]) - s.mean) / s.deviation);
        to[i] = normal * raw<T>(call.inputs[1])[entry] + raw<T>(call.inputs[2])[entry];
      }
    };
    for_each_statistics(raw<T>(x), shape[0] * groups_, channels * inner,
                        static_cast<double>(epsilon_), normalize_group);
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

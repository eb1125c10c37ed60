// DynamicQuantizeLinear: uint8 codes whose scale and zero point cover the data's own range and
// zero.

#include <algorithm>
#include <cmath>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class DynamicQuantizeLinear final : public Kernel {
 public:
  std::vector<TensorType> infer(const Operands& in) const override {
    require_type(in.required(0), DataType::kFloat);
    return {{DataType::kUint8, in[0].shape_copy()}, {DataType::kFloat, {}}, {DataType::kUint8, {}}};
  }

  void run(const Call& call) const override {
    const auto x = call.inputs[0].as<float>();
    float low = 0.0f, high = 0.0f;
    for (const float value : x) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
    // A tensor of zeros has no range: any scale will do.
    const float scale = low == high ? 1.0f : (high - low) / 255.0f;
    const auto code = [](float value) {
      return static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f));
    };
    const float zero_point = std::nearbyint(std::clamp(-low / scale, 0.0f, 255.0f));
    std::uint8_t* y = raw<std::uint8_t>(call.outputs[0]);
    for (const float value : x) *y++ = code(std::nearbyint(value / scale) + zero_point);
    if (call.outputs.size() > 1 && call.outputs[1].data != nullptr)
      *raw<float>(call.outputs[1]) = scale;
    if (call.outputs.size() > 2 && call.outputs[2].data != nullptr)
      *raw<std::uint8_t>(call.outputs[2]) = code(zero_point);
  }
};

}  // namespace

std::unique_ptr<Kernel> dynamic_quantize_linear(const Setup&) {
  return std::make_unique<DynamicQuantizeLinear>();
}

}  // namespace xquant::runtime::ops

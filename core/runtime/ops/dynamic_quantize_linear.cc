// DynamicQuantizeLinear: uint8 codes whose scale and zero point cover the data's own range and
// zero, as core/int8 defines them.

#include <algorithm>
#include <cmath>

#include "int8/xq_int8.h"
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
    if (std::isinf((high - low) / 255.0f)) refuse("The range of the data is beyond float.");
    float scale = 0;
    std::int32_t zero_point = 0;
    xq_dynamic_quantize_f32_u8(x.data(), x.size(), &scale, &zero_point,
                               raw<std::uint8_t>(call.outputs[0]));
    if (call.outputs.size() > 1 && call.outputs[1].data != nullptr)
      *raw<float>(call.outputs[1]) = scale;
    if (call.outputs.size() > 2 && call.outputs[2].data != nullptr)
      *raw<std::uint8_t>(call.outputs[2]) = static_cast<std::uint8_t>(zero_point);
  }
};

}  // namespace

std::unique_ptr<Kernel> dynamic_quantize_linear(const Setup&) {
  return std::make_unique<DynamicQuantizeLinear>();
}

}  // namespace xquant::runtime::ops

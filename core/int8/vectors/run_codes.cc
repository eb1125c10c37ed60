#include "int8/vectors/case_call.h"

// Quantize and requantize beyond eight bits and one scale. A quant is type, bits of the scale, zero
// point, qmin, qmax.
//   quantize_axis      outer channels inner type             | x f32, scale f32, zero point i32
//   dequantize_axis    outer channels inner type             | q, scale f32, zero point i32
//   quantize_blocked   outer length inner block type         | x f32, scale f32, zero point i32
//   dequantize_blocked outer length inner block type         | q, scale f32, zero point i32
//   requantize_fixed   outer channels inner, rounding steps, | acc i32, multiplier i32, shift i32
//                      type zp qmin qmax
//   dynamic_quantize   (none)                                | x f32
//                      result: q, scale f32, zero point i32
namespace xquant::int8 {
namespace {

struct Blocks {
  size_t outer, length, inner, block;
  size_t elements() const { return outer * length * inner; }
  size_t mappings() const { return outer * ((length + block - 1) / block) * inner; }
};

// Per axis is blocked with a mapping for each channel.
std::optional<Bytes> quantize(const VectorCase& c, bool blocked, bool backwards) {
  CaseCall call(c);
  Blocks b = {call.size(), call.size(), call.size(), 1};
  if (blocked) b.block = call.size();
  call.require(b.block >= 1);
  const xq_type type = call.type();
  if (b.block == 0) return std::nullopt;
  const size_t mappings = blocked ? b.mappings() : b.length;
  const void* q = backwards ? call.codes(b.elements(), type) : nullptr;
  std::vector<float> x(b.elements());
  if (!backwards) x = call.tensor<float>(b.elements());
  const auto scale = call.tensor<float>(mappings);
  const auto zero_point = call.tensor<int32_t>(mappings);
  if (!call.complete()) return std::nullopt;
  Bytes result = result_of(b.elements(), type);
  if (backwards && blocked) {
    xq_dequantize_blocked(q, b.outer, b.length, b.inner, b.block, scale.data(), zero_point.data(),
                          type, x.data());
  } else if (backwards) {
    xq_dequantize_axis(q, b.outer, b.length, b.inner, scale.data(), zero_point.data(), type,
                       x.data());
  } else if (blocked) {
    xq_quantize_blocked(x.data(), b.outer, b.length, b.inner, b.block, scale.data(),
                        zero_point.data(), type, result.data());
  } else {
    xq_quantize_axis(x.data(), b.outer, b.length, b.inner, scale.data(), zero_point.data(), type,
                     result.data());
  }
  return backwards ? bytes_of(x) : result;
}

std::optional<Bytes> requantize_fixed(const VectorCase& c) {
  CaseCall call(c);
  const size_t outer = call.size(), channels = call.size(), inner = call.size();
  xq_fixed to = {};
  to.rounding = call.choice(XQ_HALF_AWAY);
  to.steps = call.choice(XQ_TWO_ROUNDINGS);
  const xq_type type = call.type();
  to.zero_point = call.number();
  to.qmin = call.number();
  to.qmax = call.number();
  const size_t n = outer * channels * inner;
  const auto acc = call.tensor<int32_t>(n);
  const auto multiplier = call.tensor_of<int32_t>(1, channels);
  const auto shift = call.tensor<int32_t>(multiplier.size());
  if (!call.complete()) return std::nullopt;
  to.multiplier = multiplier.data();
  to.shift = shift.data();
  to.multipliers = multiplier.size();
  Bytes q = result_of(n, type);
  xq_requantize_fixed(acc.data(), outer, channels, inner, &to, type, q.data());
  return q;
}

std::optional<Bytes> dynamic_quantize(const VectorCase& c) {
  CaseCall call(c);
  const size_t n = c.inputs.empty() ? 0 : c.inputs[0].size() / sizeof(float);
  const auto x = call.tensor<float>(n);
  if (!call.complete()) return std::nullopt;
  Bytes q(n);
  float scale = 0;
  int32_t zero_point = 0;
  xq_dynamic_quantize_f32_u8(x.data(), n, &scale, &zero_point, q.data());
  for (const Bytes& rest :
       {bytes_of(std::vector<float>{scale}), bytes_of(std::vector<int32_t>{zero_point})}) {
    q.insert(q.end(), rest.begin(), rest.end());
  }
  return q;
}

}  // namespace

std::optional<Bytes> run_codes(const VectorCase& c) {
  switch (c.op) {
    case Operator::kQuantizeAxis:
      return quantize(c, false, false);
    case Operator::kDequantizeAxis:
      return quantize(c, false, true);
    case Operator::kQuantizeBlocked:
      return quantize(c, true, false);
    case Operator::kDequantizeBlocked:
      return quantize(c, true, true);
    case Operator::kRequantizeFixed:
      return requantize_fixed(c);
    case Operator::kDynamicQuantize:
      return dynamic_quantize(c);
    default:
      return std::nullopt;
  }
}

}  // namespace xquant::int8

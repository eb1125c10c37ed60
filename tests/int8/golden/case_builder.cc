#include "int8/golden/case_builder.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;
using int8::VectorCase;

std::string with_shape(const std::string& name, const std::vector<int32_t>& shape) {
  std::string text = name + " [";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? " " : "") + std::to_string(shape[i]);
  return text + "]";
}

// The part that Gemm and Conv2d share: zero points, bounds, bias and multipliers of `outputs`
// channels whose sums are `depth` deep.
void finish_product(Random& random, VectorCase& c, Operator accumulators, Operator requantized,
                    size_t outputs, size_t depth) {
  const bool wants_s32 = random.between(0, 3) == 0;
  c.op = wants_s32 ? accumulators : requantized;
  c.parameters.push_back(random.s8());
  const bool relu = random.between(0, 3) == 0;
  const int32_t zero_point = random.s8();
  for (const int32_t p : {zero_point, relu ? zero_point : -128, 127}) c.parameters.push_back(p);
  const bool has_bias = random.between(0, 3) != 0;
  c.inputs.push_back(bytes_of(random.s32s(has_bias ? outputs : 0, -20000, 20000)));
  const size_t channels = random.between(0, 2) == 0 ? 1 : outputs;
  // Sums of random products are about 2^13 * sqrt(depth): most results stay in range, some
  // saturate.
  int bits = 0;
  while (depth >> (2 * bits) != 0) ++bits;
  const auto multiplier = random.positives(channels, -8 - bits, -6 - bits);
  c.inputs.push_back(wants_s32 ? int8::Bytes{} : bytes_of(multiplier));
}

}  // namespace

VectorCase quantize_case(Operator op, const std::string& name, const std::vector<int32_t>& axis,
                         const std::vector<float>& x, const std::vector<float>& scale,
                         const std::vector<int32_t>& zero_point) {
  return {op, name, axis, {bytes_of(x), bytes_of(scale), bytes_of(zero_point)}, {}};
}

VectorCase dequantize_case(Operator op, const std::string& name, const std::vector<int32_t>& axis,
                           const std::vector<uint8_t>& q, const std::vector<float>& scale,
                           const std::vector<int32_t>& zero_point) {
  return {op, name, axis, {q, bytes_of(scale), bytes_of(zero_point)}, {}};
}

VectorCase requantize_case(Operator op, const std::string& name, const std::vector<int32_t>& axis,
                           const std::vector<int32_t>& to, const std::vector<int32_t>& acc,
                           const std::vector<float>& multiplier) {
  std::vector<int32_t> parameters = axis;
  parameters.insert(parameters.end(), to.begin(), to.end());
  return {op, name, parameters, {bytes_of(acc), bytes_of(multiplier)}, {}};
}

VectorCase gemm_case(Random& random, const std::string& name, const std::vector<int32_t>& shape) {
  const auto m = static_cast<size_t>(shape[0]);
  const auto n = static_cast<size_t>(shape[1]);
  const auto k = static_cast<size_t>(shape[2]);
  VectorCase c;
  c.name = with_shape(name, shape);
  c.parameters = shape;
  c.inputs = {bytes_of(random.s8s(m * k)), bytes_of(random.s8s(k * n))};
  finish_product(random, c, Operator::kGemmS32, Operator::kGemmS8, n, k);
  return c;
}

VectorCase conv_case(Random& random, const std::string& name, const std::vector<int32_t>& shape) {
  const auto at = [&](size_t i) { return static_cast<size_t>(shape[i]); };
  const size_t depth = at(1) / at(5) * at(6) * at(7);
  VectorCase c;
  c.name = with_shape(name, shape);
  c.parameters = shape;
  c.inputs = {bytes_of(random.s8s(at(0) * at(1) * at(2) * at(3))),
              bytes_of(random.s8s(at(4) * depth))};
  finish_product(random, c, Operator::kConv2dS32, Operator::kConv2dS8, at(4), depth);
  return c;
}

}  // namespace xquant::int8_test

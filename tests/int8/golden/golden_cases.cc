#include "int8/golden/golden_cases.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "int8/golden/parameters.h"
#include "int8/random.h"
#include "int8/vectors/run_case.h"
#include "int8/xq_int8.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;
using int8::VectorCase;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int32_t kLowest = std::numeric_limits<int32_t>::min();
constexpr int32_t kHighest = std::numeric_limits<int32_t>::max();

// Ties, ends of the range, zeros of both signs, denormals, infinities, NaN of both signs.
std::vector<float> special_floats() {
  std::vector<float> x = {0.0f, -0.0f, kInfinity, -kInfinity, 3.402823466e38f, -3.402823466e38f};
  for (const uint32_t bits : {0x7FC00000u, 0xFFC00000u, 0x7F800001u, 0x00000001u, 0x80000001u,
                              0x007FFFFFu, 0x00800000u}) {
    x.push_back(std::bit_cast<float>(bits));
  }
  for (int i = -270; i <= 270; ++i) x.push_back(static_cast<float>(i) * 0.5f);
  for (const float v : {0.5f, 1.5f, 126.5f, 127.5f, -128.5f, 254.5f}) {
    x.push_back(std::nextafter(v, kInfinity));
    x.push_back(std::nextafter(v, -kInfinity));
  }
  return x;
}

void add_quantize(std::vector<VectorCase>& cases) {
  Random random(101);
  const std::vector<float> special = special_floats();
  for (const float scale : {1.0f, 0.1f, 0.0039215686f, 1e-42f, 3e38f}) {
    for (const int32_t zp : {0, 1, -128, 127}) {
      std::vector<float> x = special;
      // A product with NaN has other bits on RISC-V than on x86-64.
      for (float& v : x) v = std::isnan(v) ? v : v * scale;
      const auto n = static_cast<int32_t>(x.size());
      const std::string name = "special scale " + std::to_string(std::bit_cast<uint32_t>(scale)) +
                               " zero point " + std::to_string(zp);
      cases.push_back(quantize_case(Operator::kQuantizeS8, name, {1, 1, n}, x, {scale}, {zp}));
      cases.push_back(
          quantize_case(Operator::kQuantizeU8, name, {1, 1, n}, x, {scale}, {zp + 128}));
    }
  }
  for (int32_t tail = 1; tail <= 33; ++tail) {
    const std::vector<float> scale = random.positives(3, -6, 0);
    std::vector<float> x(static_cast<size_t>(6 * tail));
    for (float& v : x) v = static_cast<float>(random.between(-4000, 4000)) / 64.0f;
    cases.push_back(quantize_case(Operator::kQuantizeS8, "per axis, inner " + std::to_string(tail),
                                  {2, 3, tail}, x, scale, {-128, 5, 127}));
  }
}

void add_dequantize(std::vector<VectorCase>& cases) {
  std::vector<uint8_t> all(256);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint8_t>(i);
  for (const float scale : {1.0f, 0.1f, 1e-44f, 1e37f}) {
    const std::string name = "all bytes, scale " + std::to_string(std::bit_cast<uint32_t>(scale));
    cases.push_back(
        dequantize_case(Operator::kDequantizeS8, name, {1, 1, 256}, all, {scale}, {-7}));
    cases.push_back(
        dequantize_case(Operator::kDequantizeU8, name, {1, 1, 256}, all, {scale}, {255}));
  }
  for (int32_t tail = 1; tail <= 17; ++tail) {
    const std::vector<uint8_t> q(all.begin(), all.begin() + 3 * tail);
    cases.push_back(dequantize_case(Operator::kDequantizeS8,
                                    "per axis, inner " + std::to_string(tail), {1, 3, tail}, q,
                                    {0.5f, 0.3f, 0.7f}, {-128, 0, 127}));
  }
}

// Around the ties of `multiplier`, beyond 2^24, and the ends of int32.
std::vector<int32_t> tie_accumulators(float multiplier) {
  std::vector<int32_t> acc = {kLowest, kLowest + 1, -1, 0, 1, kHighest - 1, kHighest};
  for (int32_t i = 0; i < 8; ++i) acc.push_back((1 << 24) + i);
  for (int h = -140; h <= 140; h += 3) {
    const double tie = (h + 0.5) / double{multiplier};
    if (std::abs(tie) > 2e9) continue;
    for (int32_t d = -1; d <= 2; ++d) acc.push_back(static_cast<int32_t>(std::floor(tie)) + d);
  }
  return acc;
}

void add_requantize(std::vector<VectorCase>& cases) {
  Random random(102);
  std::vector<float> multipliers = {0.0f, 1e-45f, 3.402823466e38f, 1.0f, 0.5f, 0.375f, 0.0078125f};
  for (int i = 0; i < 12; ++i) multipliers.push_back(random.positive(-24, 0));
  for (const float m : multipliers) {
    const std::vector<int32_t> acc = tie_accumulators(m == 0.0f ? 1.0f : m);
    const auto n = static_cast<int32_t>(acc.size());
    const std::string name = "ties, multiplier " + std::to_string(std::bit_cast<uint32_t>(m));
    cases.push_back(requantize_case(Operator::kRequantizeS8, name, {1, 1, n},
                                    {random.s8(), -128, 127}, acc, {m}));
    cases.push_back(
        requantize_case(Operator::kRequantizeU8, name, {1, 1, n}, {128, 0, 255}, acc, {m}));
    cases.push_back(requantize_case(Operator::kRequantizeS8, "relu, " + name, {1, 1, n},
                                    {-128, -128, 90}, acc, {m}));
  }
  for (int32_t channels = 1; channels <= 33; ++channels) {
    const auto n = static_cast<size_t>(channels);
    cases.push_back(requantize_case(
        Operator::kRequantizeS8, "per channel, " + std::to_string(channels), {3, channels, 1},
        {3, -128, 127}, random.s32s(3 * n, -300000, 300000), random.positives(n, -14, -8)));
  }
}

void add_gemm(std::vector<VectorCase>& cases) {
  Random random(103);
  for (int32_t tail = 1; tail <= 67; tail += tail < 20 ? 1 : 6) {
    cases.push_back(gemm_case(random, "columns", {3, tail, 10}));
    cases.push_back(gemm_case(random, "depth", {5, 9, tail}));
    cases.push_back(gemm_case(random, "rows", {tail, 6, 7}));
  }
  cases.push_back(gemm_case(random, "blocks", {70, 90, 65}));
  // Every product is (-128 - 127) * -128: the largest sums there are.
  for (const Operator op : {Operator::kGemmS32, Operator::kGemmS8}) {
    VectorCase extreme = gemm_case(random, "-255 * -128", {2, 20, 300});
    extreme.op = op;
    extreme.parameters[3] = 127;
    for (size_t tensor : {size_t{0}, size_t{1}}) {
      std::fill(extreme.inputs[tensor].begin(), extreme.inputs[tensor].end(), uint8_t{0x80});
    }
    extreme.inputs[3] = op == Operator::kGemmS8 ? bytes_of<float>({1e-5f}) : int8::Bytes{};
    cases.push_back(extreme);
  }
}

void add_conv2d(std::vector<VectorCase>& cases) {
  Random random(104);
  for (int32_t width = 1; width <= 35; width += width < 20 ? 1 : 5) {
    cases.push_back(conv_case(random, "3x3", {1, 3, 4, width, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}));
    cases.push_back(
        conv_case(random, "depthwise 3x3", {1, 3, 4, width, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}));
    cases.push_back(conv_case(random, "depthwise 3x3 stride 2",
                              {1, 2, 5, width, 4, 2, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1}));
    cases.push_back(conv_case(random, "1x1", {1, 7, 2, width, 6, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}));
  }
  for (int32_t i = 0; i < 24; ++i) {
    const int32_t s = 1 + i % 3, d = 1 + i / 3 % 3, kh = 1 + i % 4, kw = 1 + i / 2 % 4;
    const int32_t groups = 1 + i % 2;
    cases.push_back(conv_case(random, "asymmetric pads",
                              {2, 4, kh * d + 3, kw * d + 6, 6, groups, kh, kw, s, 1 + i % 2, d, d,
                               i % 3, i % 2, i % 2, i % 4}));
  }
  cases.push_back(
      conv_case(random, "first layer", {1, 3, 24, 24, 8, 1, 3, 3, 2, 2, 1, 1, 0, 0, 1, 1}));
  cases.push_back(
      conv_case(random, "only padding", {1, 2, 1, 1, 3, 1, 3, 3, 1, 1, 4, 4, 4, 4, 4, 4}));
}

}  // namespace

std::vector<VectorCase> golden_cases() {
  std::vector<VectorCase> cases;
  add_quantize(cases);
  add_dequantize(cases);
  add_requantize(cases);
  add_gemm(cases);
  add_conv2d(cases);
  add_code_cases(cases);
  add_product_cases(cases);
  add_real_cases(cases);
  add_pool_cases(cases);
  add_move_cases(cases);
  add_stage_cases(cases);
  add_expression_cases(cases);
  const std::string before = xq_int8_isa();
  xq_int8_select("scalar");
  for (VectorCase& c : cases) {
    const std::optional<int8::Bytes> result = int8::run_case(c);
    if (!result) throw std::logic_error("the case '" + c.name + "' contradicts its own shape");
    c.expected = *result;
  }
  xq_int8_select(before.c_str());
  return cases;
}

}  // namespace xquant::int8_test

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "int8/every_isa.h"
#include "int8/real_oracle.h"

namespace xquant::int8_test {
namespace {

float apply(xq_binary_op op, float a, float b) {
  switch (op) {
    case XQ_ADD:
      return a + b;
    case XQ_SUB:
      return a - b;
    case XQ_MUL:
      return a * b;
    case XQ_DIV:
      return a / b;
    case XQ_MIN:
      return std::min(a, b);
    case XQ_MAX:
      return std::max(a, b);
    case XQ_FMOD:
      return std::fmod(a, b);
    default:
      return a < 0 ? a * b : a;
  }
}

constexpr xq_binary_op kOps[] = {XQ_ADD, XQ_SUB, XQ_MUL, XQ_DIV, XQ_MIN, XQ_MAX, XQ_PRELU, XQ_FMOD};

void expect_binary(Random& random, const xq_shape& xs, const xq_shape& ys, xq_type xt, xq_type yt,
                   xq_type zt) {
  const Coded x = random_coded(random, random_quant(random, xt, -6, -2), xq_shape_elements(&xs));
  const Coded y = random_coded(random, random_quant(random, yt, -6, -2), xq_shape_elements(&ys));
  const xq_quant to = random_quant(random, zt, -6, -2);
  const xq_tensor a = {x.data(), x.quant, xs}, b = {y.data(), y.quant, ys};
  const xq_shape out = xq_broadcast_shape(&xs, &ys);
  for (const xq_binary_op op : kOps) {
    with_every_isa([&] {
      Coded z(to, xq_shape_elements(&out));
      size_t nans = 0;
      const size_t reported = xq_binary(op, &a, &b, &to, z.data());
      for (size_t i = 0; i < z.size; ++i) {
        const float real = apply(op, x.real(source_of(xs, out, i)), y.real(source_of(ys, out, i)));
        nans += std::isnan(real) ? 1 : 0;
        ASSERT_EQ(z.at(i), quantized(real, to)) << "operation " << op << " element " << i;
      }
      ASSERT_EQ(reported, nans);
    });
  }
}

TEST(Binary, IsDequantizeOperateQuantizeForEveryLength) {
  Random random(50);
  for (size_t n = 1; n <= 67; ++n) {
    const xq_shape shape = {1, {n}};
    ASSERT_NO_FATAL_FAILURE(expect_binary(random, shape, shape, XQ_S8, XQ_U8, XQ_S8));
  }
  const xq_shape large = {1, {1000}};
  for (const xq_type a : kTypes) {
    for (const xq_type b : kTypes) {
      ASSERT_NO_FATAL_FAILURE(expect_binary(random, large, large, a, XQ_S8, b));
    }
  }
}

TEST(Binary, BroadcastsLikeNumPy) {
  Random random(51);
  const std::pair<xq_shape, xq_shape> cases[] = {
      {{0, {}}, {3, {2, 3, 5}}},     {{4, {2, 3, 4, 5}}, {4, {1, 3, 1, 1}}},
      {{4, {2, 3, 4, 5}}, {1, {5}}}, {{2, {4, 1}}, {2, {1, 300}}},
      {{3, {7, 1, 2}}, {2, {6, 2}}}, {{4, {2, 1, 4, 1}}, {4, {1, 3, 1, 5}}},
      {{2, {3, 0}}, {2, {1, 1}}},    {{3, {1, 1, 1}}, {1, {1}}},
  };
  for (const auto& [a, b] : cases) {
    ASSERT_NO_FATAL_FAILURE(expect_binary(random, a, b, XQ_S8, XQ_S8, XQ_U8));
    ASSERT_NO_FATAL_FAILURE(expect_binary(random, b, a, XQ_U8, XQ_S8, XQ_S8));
  }
  const xq_shape three = {1, {3}}, four = {1, {4}};
  EXPECT_FALSE(xq_can_broadcast(&three, &four));
}

TEST(Binary, DividingZeroByZeroGivesTheZeroPointAndIsCounted) {
  const xq_quant quant = xq_quant_of(XQ_S8, 0.5f, 3);
  const int8_t x[3] = {3, 10, -10}, y[3] = {3, 3, 3};
  const xq_tensor a = {x, quant, {1, {3}}}, b = {y, quant, {1, {3}}};
  with_every_isa([&] {
    int8_t z[3];
    EXPECT_EQ(xq_binary(XQ_DIV, &a, &b, &quant, z), 1u);
    EXPECT_EQ(z[0], 3);
    EXPECT_EQ(z[1], 127);
    EXPECT_EQ(z[2], -128);
  });
}

// One operation on floats, by way of an expression of reals whose result saturates.
float combined(xq_binary_op op, float a, float b) {
  float result = 0;
  const float one = 1.0f;
  const xq_step step = {XQ_STEP_BINARY, {}, op, 0, XQ_STEP_CONSTANT, &b, 1, 0};
  const xq_stage stage = {&step, 1, one, nullptr};
  xq_stage_f32(&stage, &a, 1, 1, 1, &result);
  return result;
}

TEST(Binary, RemaindersAreExact) {
  Random random(53);
  for (int i = 0; i < 200000; ++i) {
    const float a = random.any_float(), b = random.any_float();
    const float expected = std::fmod(a, b), found = combined(XQ_FMOD, a, b);
    if (std::isnan(expected) && std::isnan(found)) continue;
    ASSERT_EQ(std::bit_cast<uint32_t>(found), std::bit_cast<uint32_t>(expected)) << a << " % " << b;
  }
}

TEST(Binary, PowersAreThoseOfLibmUpToTheLastBit) {
  Random random(54);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float special[] = {0.0f,        -0.0f,
                           1.0f,        -1.0f,
                           2.0f,        -2.0f,
                           0.5f,        3.0f,
                           -3.0f,       2.5f,
                           16777217.0f, kInfinity,
                           -kInfinity,  std::numeric_limits<float>::quiet_NaN()};
  const auto expect_power = [](float a, float b) {
    const auto exact = std::pow(static_cast<double>(a), static_cast<double>(b));
    const auto expected = static_cast<float>(exact), found = combined(XQ_POW, a, b);
    if (std::isnan(expected) && std::isnan(found)) return;
    const bool is_next = found == std::nextafter(expected, kInfinity) ||
                         found == std::nextafter(expected, -kInfinity);
    ASSERT_TRUE(std::bit_cast<uint32_t>(found) == std::bit_cast<uint32_t>(expected) || is_next)
        << a << " to the power of " << b << ": " << found << ", not " << expected;
  };
  for (const float a : special) {
    for (const float b : special) ASSERT_NO_FATAL_FAILURE(expect_power(a, b));
  }
  for (int i = 0; i < 50000; ++i) {
    const float sign = i % 2 == 0 ? 1.0f : -1.0f;
    ASSERT_NO_FATAL_FAILURE(
        expect_power(sign * random.positive(-9, 9), static_cast<float>(random.between(-9, 9))));
    ASSERT_NO_FATAL_FAILURE(expect_power(random.positive(-9, 9), sign * random.positive(-5, 2)));
  }
  EXPECT_EQ(combined(XQ_POW, 1.1f, 2.0f), 1.1f * 1.1f);
}

TEST(Binary, BoundsFuseRelu) {
  xq_quant relu = xq_quant_of(XQ_S8, 0.1f, -20);
  relu.qmin = relu.zero_point;
  const int8_t x[2] = {-100, 100};
  const xq_tensor a = {x, xq_quant_of(XQ_S8, 0.1f, 0), {1, {2}}};
  int8_t z[2];
  xq_binary(XQ_ADD, &a, &a, &relu, z);
  EXPECT_EQ(z[0], -20);
  EXPECT_EQ(z[1], 127);
}

// The functions as libm has them in binary64.
double by_libm(const xq_unary_function& f, double x) {
  const double a = static_cast<double>(f.alpha), b = static_cast<double>(f.beta);
  switch (f.op) {
    case XQ_RELU:
      return std::max(x, 0.0);
    case XQ_LEAKY_RELU:
      return x < 0 ? a * x : x;
    case XQ_CLIP:
      return std::clamp(x, a, b);
    case XQ_ABS:
      return std::fabs(x);
    case XQ_NEG:
      return -x;
    case XQ_HARD_SIGMOID:
      return std::clamp(a * x + b, 0.0, 1.0);
    case XQ_HARD_SWISH:
      return x * std::clamp(x / 6 + 0.5, 0.0, 1.0);
    case XQ_RECIPROCAL:
      return 1 / x;
    case XQ_SQRT:
      return std::sqrt(x);
    case XQ_EXP:
      return std::exp(x);
    case XQ_LOG:
      return std::log(x);
    case XQ_SIGMOID:
      return 1 / (1 + std::exp(-x));
    case XQ_TANH:
      return std::tanh(x);
    case XQ_ERF:
      return std::erf(x);
    case XQ_SOFTPLUS:
      return std::log1p(std::exp(x));
    case XQ_SILU:
      return x / (1 + std::exp(-a * x));
    case XQ_GELU:
      return x * std::erfc(-x * std::sqrt(0.5)) / 2;
    case XQ_GELU_TANH:
      return 0.5 * x * (1 + std::tanh(0.797884560802865 * (x + 0.044715 * x * x * x)));
    case XQ_ELU:
      return x < 0 ? a * std::expm1(x) : x;
    case XQ_SELU:
      return b * (x < 0 ? a * std::expm1(x) : x);
    case XQ_MISH:
      return x * std::tanh(std::log1p(std::exp(x)));
    case XQ_SOFTSIGN:
      return x / (1 + std::fabs(x));
    case XQ_CELU:
      return std::max(0.0, x) + std::min(0.0, a * std::expm1(x / a));
    case XQ_SHRINK:
      return x < -a ? x + b : x > a ? x - b : 0;
    case XQ_THRESHOLDED_RELU:
      return x > a ? x : 0;
    case XQ_SIGN:
      return x > 0 ? 1 : x < 0 ? -1 : 0;
    case XQ_TO_NEAREST:
      return std::nearbyint(x);
    case XQ_TO_FLOOR:
      return std::floor(x);
    case XQ_TO_CEIL:
      return std::ceil(x);
  }
  return x;
}

std::vector<xq_unary_function> every_function() {
  std::vector<xq_unary_function> all;
  for (int op = XQ_RELU; op <= XQ_TO_CEIL; ++op) {
    xq_unary_function f = {static_cast<xq_unary_op>(op), 1.0f, 0.0f};
    if (f.op == XQ_LEAKY_RELU) f.alpha = 0.1f;
    if (f.op == XQ_CLIP) f.alpha = -1.5f, f.beta = 6.0f;
    if (f.op == XQ_HARD_SIGMOID) f.alpha = 0.2f, f.beta = 0.5f;
    if (f.op == XQ_SHRINK) f.alpha = 0.7f, f.beta = 0.3f;
    if (f.op == XQ_CELU) f.alpha = 1.7f;
    if (f.op == XQ_SELU) f.alpha = 1.6732632f, f.beta = 1.050701f;
    all.push_back(f);
  }
  return all;
}

// f32 formulas round after each of their operations and cancel (Gelu left of zero), so the bound is
// absolute there: a few units of the last place of the largest intermediate result.
TEST(Unary, FunctionsAgreeWithLibm) {
  for (const xq_unary_function& f : every_function()) {
    for (int i = -4000; i <= 4000; ++i) {
      const float x = static_cast<float>(i) * 0.00731f;
      float y = 0;
      xq_unary_f32(&f, &x, 1, &y);
      const double exact = by_libm(f, static_cast<double>(x));
      if (std::isnan(exact)) {
        ASSERT_TRUE(std::isnan(y)) << f.op << " " << x;
        continue;
      }
      if (std::isinf(exact)) {
        ASSERT_EQ(static_cast<double>(y), exact) << f.op << " " << x;
        continue;
      }
      const double bound =
          4e-7 * std::max({std::fabs(exact), std::fabs(static_cast<double>(x)) / 8, 1e-30});
      ASSERT_NEAR(static_cast<double>(y), exact, bound) << f.op << " " << x;
    }
  }
}

TEST(Unary, RoundingHasTheBitsOfLibm) {
  Random random(56);
  const std::pair<xq_unary_op, float (*)(float)> functions[] = {
      {XQ_TO_NEAREST, std::nearbyint}, {XQ_TO_FLOOR, std::floor}, {XQ_TO_CEIL, std::ceil}};
  for (const auto& [op, libm] : functions) {
    const xq_unary_function f = {op, 0.0f, 0.0f};
    for (int i = 0; i < 40000; ++i) {
      const float x =
          i % 2 == 0 ? random.any_float() : static_cast<float>(random.between(-9999, 9999)) / 4.0f;
      float y = 0;
      xq_unary_f32(&f, &x, 1, &y);
      if (std::isnan(x) && std::isnan(y)) continue;
      ASSERT_EQ(std::bit_cast<uint32_t>(y), std::bit_cast<uint32_t>(libm(x))) << op << " " << x;
    }
  }
}

TEST(Unary, ElementaryFunctionsAreWithinOneUnitOfTheLastPlaceAndSigmoidWithinTwo) {
  for (const xq_unary_op op : {XQ_EXP, XQ_LOG, XQ_SIGMOID, XQ_TANH, XQ_ERF, XQ_SOFTPLUS, XQ_SQRT}) {
    const xq_unary_function f = {op, 1.0f, 0.0f};
    Random random(52);
    for (int i = 0; i < 20000; ++i) {
      const float size = random.positive(-20, 5);
      const float x = random.between(0, 1) && op != XQ_LOG && op != XQ_SQRT ? -size : size;
      float y = 0;
      xq_unary_f32(&f, &x, 1, &y);
      const float exact = static_cast<float>(by_libm(f, static_cast<double>(x)));
      const auto steps =
          std::abs(static_cast<int64_t>(std::bit_cast<int32_t>(y)) - std::bit_cast<int32_t>(exact));
      ASSERT_LE(steps, op == XQ_SIGMOID ? 2 : 1) << "operation " << op << " at " << x;
    }
  }
}

TEST(Unary, IsDequantizeFunctionQuantizeByTableAndWithout) {
  Random random(53);
  for (const xq_unary_function& f : every_function()) {
    for (const xq_type type : kTypes) {
      const xq_quant to = random_quant(random, type, -7, -4);
      for (const size_t n : {size_t{1}, size_t{67}, size_t{255}, size_t{600}}) {
        const xq_quant from =
            random_quant(random, xq_type_size(type) == 1 ? XQ_U8 : XQ_S16, -9, -4);
        const Coded x = random_coded(random, from, n);
        with_every_isa([&] {
          Coded y(to, n);
          const size_t reported = xq_unary(&f, x.data(), n, &from, &to, y.data());
          size_t nans = 0;
          for (size_t i = 0; i < n; ++i) {
            const float real = x.real(i);
            float value = 0;
            xq_unary_f32(&f, &real, 1, &value);
            nans += std::isnan(value) ? 1 : 0;
            ASSERT_EQ(y.at(i), quantized(value, to)) << f.op << " " << real;
          }
          ASSERT_EQ(reported, nans);
        });
      }
    }
  }
}

TEST(Table, HoldsAnyFunctionOfTheCaller) {
  const xq_quant from = xq_quant_of(XQ_S8, 0.05f, 10), to = xq_quant_of(XQ_U8, 0.01f, 3);
  const auto cube = [](const float* x, size_t n, float* y, void* factor) {
    for (size_t i = 0; i < n; ++i) y[i] = *static_cast<float*>(factor) * x[i] * x[i] * x[i];
  };
  float factor = 0.5f;
  with_every_isa([&] {
    xq_table table;
    EXPECT_EQ(xq_table_of(cube, &factor, &from, &to, table), 0u);
    for (int code = -128; code <= 127; ++code) {
      const float x = static_cast<float>(code - 10) * 0.05f;
      EXPECT_EQ(table[static_cast<uint8_t>(code)], quantized(0.5f * x * x * x, to));
    }
    Random random(54);
    for (size_t n = 0; n <= 67; ++n) {
      const std::vector<int8_t> x = random.s8s(n);
      Guarded<uint8_t> y(n, n % 5);
      xq_table_apply(table, x.data(), n, y.data());
      ASSERT_TRUE(y.intact());
      for (size_t i = 0; i < n; ++i) ASSERT_EQ(y.data()[i], table[static_cast<uint8_t>(x[i])]);
    }
  });
}

// In the instruction sets whose arithmetic is faster than looking up.
void expect_line(const xq_table table, bool is_line) {
  std::vector<uint8_t> x;
  for (int i = 0; i < 275; ++i) x.push_back(static_cast<uint8_t>(i * 7));  // every byte
  with_every_isa([&] {
    const std::string isa = xq_int8_isa();
    xq_line line{};
    const bool found = xq_line_of(table, &line) != 0;
    ASSERT_EQ(found, is_line && (isa == "scalar" || isa == "wasm_simd128"));
    if (!found) return;
    Guarded<uint8_t> y(x.size(), 1);
    xq_line_apply(&line, x.data(), x.size(), y.data());
    ASSERT_TRUE(y.intact());
    for (size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y.data()[i], table[x[i]]) << i;
  });
}

TEST(Line, IsFoundForRescalingAndClip) {
  Random random(60);
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE(i);
    const auto type = [&] { return random.between(0, 1) ? XQ_S8 : XQ_U8; };
    const auto quant = [&](xq_type t, float scale) {
      const int32_t zero = random.between(xq_type_min(t), xq_type_max(t));
      xq_quant q = xq_quant_of(t, scale, zero);
      if (random.between(0, 2) == 0) q.qmin = zero;  // Relu
      return q;
    };
    const xq_quant from = xq_quant_of(type(), 0.1f, 0);
    // 0.031 to 3.3 times the scale; the odd factor makes ties, which a line cannot take, unlikely.
    const xq_quant to = quant(type(), 0.1f * std::exp2(0.1237f * float(random.between(-13, 40))));
    const xq_unary_function same = {XQ_LEAKY_RELU, 1.0f, 0.0f};
    xq_table table;
    xq_unary_table(&same, &from, &to, table);
    if (std::all_of(table, table + 256, [&](uint8_t y) { return y == table[0]; })) continue;
    if (to.scale == from.scale) continue;
    ASSERT_NO_FATAL_FAILURE(expect_line(table, true));
  }
}

TEST(Line, IsNotFoundWhereThereIsNone) {
  const xq_quant q = xq_quant_of(XQ_S8, 0.05f, 3), half = xq_quant_of(XQ_S8, 0.1f, 3);
  for (const xq_unary_op op : {XQ_SIGMOID, XQ_ABS, XQ_NEG, XQ_HARD_SWISH}) {
    const xq_unary_function f = {op, 0.2f, 0.5f};
    xq_table table;
    xq_unary_table(&f, &q, &q, table);
    ASSERT_NO_FATAL_FAILURE(expect_line(table, false));
  }
  // Every second code is a tie, which goes to the even neighbour.
  const xq_unary_function same = {XQ_LEAKY_RELU, 1.0f, 0.0f};
  xq_table table;
  xq_unary_table(&same, &q, &half, table);
  ASSERT_NO_FATAL_FAILURE(expect_line(table, false));
}

TEST(WideTable, HoldsTheFunctionOfEveryCode) {
  Random random(55);
  xq_unary_function f = {XQ_TANH, 0.0f, 0.0f};
  const auto apply_function = [](const float* x, size_t n, float* y, void* context) {
    xq_unary_f32(static_cast<const xq_unary_function*>(context), x, n, y);
  };
  for (const xq_type from : kTypes) {
    for (const xq_type to : kTypes) {
      const Coded x = random_coded(random, random_quant(random, from, -13, -6), 700);
      const xq_quant y_quant = random_quant(random, to, -14, -7);
      with_every_isa([&] {
        auto table = aligned_memory(xq_wide_table_size(from, to));
        Coded y(y_quant, x.size), expected(y_quant, x.size);
        ASSERT_EQ(xq_wide_table_of(apply_function, &f, &x.quant, &y_quant, table.data()), 0u);
        xq_wide_table_apply(table.data(), from, to, x.data(), x.size, y.data());
        xq_unary(&f, x.data(), x.size, &x.quant, &y_quant, expected.data());
        for (size_t i = 0; i < x.size; ++i) ASSERT_EQ(y.at(i), expected.at(i)) << from << " " << to;
      });
    }
  }
}

}  // namespace
}  // namespace xquant::int8_test

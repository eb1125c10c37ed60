#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "int8/every_isa.h"
#include "int8/oracle.h"
#include "int8/random.h"
#include "int8/xq_int8.h"

namespace xquant::int8_test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<int> quantized_s8(const std::vector<float>& x, float scale, int32_t zero_point) {
  std::vector<int8_t> q(x.size());
  xq_quantize_f32_s8(x.data(), x.size(), scale, zero_point, q.data());
  return {q.begin(), q.end()};
}

TEST(Quantize, RoundsHalvesToEvenBeforeAddingTheZeroPoint) {
  with_every_isa([] {
    const std::vector<float> x = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f};
    EXPECT_EQ(quantized_s8(x, 1.0f, 0), (std::vector<int>{0, 2, 2, 0, -2, -2}));
    EXPECT_EQ(quantized_s8(x, 1.0f, 1), (std::vector<int>{1, 3, 3, 1, -1, -1}));
  });
}

TEST(Quantize, SaturatesAndSendsNaNToTheZeroPoint) {
  with_every_isa([] {
    const std::vector<float> x = {kInfinity, -kInfinity, 3.4e38f, -3.4e38f, kNaN,
                                  -kNaN,     -0.0f,      1e-45f,  128.0f};
    EXPECT_EQ(quantized_s8(x, 0.5f, 7), (std::vector<int>{127, -128, 127, -128, 7, 7, 7, 7, 127}));
    std::vector<uint8_t> q(x.size());
    EXPECT_EQ(xq_quantize_f32_u8(x.data(), x.size(), 0.5f, 200, q.data()), 2u);
    EXPECT_EQ(q, (std::vector<uint8_t>{255, 0, 255, 0, 200, 200, 200, 200, 255}));
  });
}

TEST(Quantize, DividesInsteadOfMultiplyingByTheReciprocal) {
  // 0.5 exactly by division, a little more by the rounded reciprocal of 0.1f * 1.5f.
  const float scale = std::bit_cast<float>(0x3E19999Au);
  for (int32_t i = 1; i < 200; i += 2) {
    const float x = static_cast<float>(i) * scale * 0.5f;
    const int expected = exact_quantize(x, scale, 0, -128, 127);
    with_every_isa([&] { EXPECT_EQ(quantized_s8({x}, scale, 0)[0], expected) << i; });
  }
}

TEST(Quantize, EqualsTheIntegerOracleOnEveryKindOfFloat) {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    const float scale = round % 3 == 0 ? random.positive(-126, 127) : random.positive(-10, 4);
    const int32_t zp = random.between(-128, 127);
    std::vector<float> x(67);
    for (float& v : x) {
      v = random.between(0, 1) ? random.any_float()
                               : static_cast<float>(random.between(-600, 600)) * 0.5f * scale;
    }
    size_t nans = 0;
    for (const float v : x) nans += v != v ? 1 : 0;
    with_every_isa([&] {
      std::vector<int8_t> s(x.size());
      std::vector<uint8_t> u(x.size());
      ASSERT_EQ(xq_quantize_f32_s8(x.data(), x.size(), scale, zp, s.data()), nans);
      ASSERT_EQ(xq_quantize_f32_u8(x.data(), x.size(), scale, zp + 128, u.data()), nans);
      for (size_t i = 0; i < x.size(); ++i) {
        ASSERT_EQ(s[i], exact_quantize(x[i], scale, zp, -128, 127)) << x[i] << " / " << scale;
        ASSERT_EQ(u[i], exact_quantize(x[i], scale, zp + 128, 0, 255)) << x[i] << " / " << scale;
      }
    });
  }
}

TEST(Quantize, TouchesNothingBeyondTheTensor) {
  Random random(2);
  for (size_t n = 0; n <= 67; ++n) {
    const size_t shift = n % 5;
    Guarded<float> x(n, shift);
    for (size_t i = 0; i < n; ++i) x.data()[i] = static_cast<float>(random.between(-99, 99));
    with_every_isa([&] {
      Guarded<int8_t> q(n, shift + 1);
      Guarded<float> back(n, shift);
      xq_quantize_f32_s8(x.data(), n, 1.0f, 0, q.data());
      xq_dequantize_s8_f32(q.data(), n, 1.0f, 0, back.data());
      ASSERT_TRUE(q.intact()) << n;
      ASSERT_TRUE(back.intact()) << n;
      for (size_t i = 0; i < n; ++i) ASSERT_EQ(back.data()[i], x.data()[i]) << n;
    });
  }
}

TEST(Quantize, UsesTheScaleAndZeroPointOfEachChannel) {
  const std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};  // [2, 3, 2]
  const std::vector<float> scale = {1.0f, 2.0f, 0.5f};
  const std::vector<int32_t> zero_point = {0, -3, 100};
  with_every_isa([&] {
    std::vector<int8_t> q(x.size());
    xq_quantize_axis_f32_s8(x.data(), 2, 3, 2, scale.data(), zero_point.data(), q.data());
    EXPECT_EQ(q, (std::vector<int8_t>{1, 2, -1, -1, 110, 112, 7, 8, 1, 2, 122, 124}));
    xq_quantize_axis_f32_s8(x.data(), 2, 3, 2, scale.data(), nullptr, q.data());
    EXPECT_EQ(q, (std::vector<int8_t>{1, 2, 2, 2, 10, 12, 7, 8, 4, 5, 22, 24}));
    std::vector<float> back(x.size());
    xq_dequantize_axis_s8_f32(q.data(), 2, 3, 2, scale.data(), nullptr, back.data());
    EXPECT_EQ(back, (std::vector<float>{1, 2, 4, 4, 5, 6, 7, 8, 8, 10, 11, 12}));
  });
}

// q - zp has at most 9 bits and a float 24, so a double holds the product exactly and its
// conversion to float is the one rounding of the definition.
TEST(Dequantize, RoundsTheProductOnce) {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    const float scale = random.positive(-126, 110);
    const int32_t zp = random.between(-128, 127);
    const std::vector<int8_t> q = random.s8s(67);
    const std::vector<uint8_t> u(q.begin(), q.end());
    with_every_isa([&] {
      std::vector<float> x(q.size()), y(q.size());
      xq_dequantize_s8_f32(q.data(), q.size(), scale, zp, x.data());
      xq_dequantize_u8_f32(u.data(), u.size(), scale, zp + 128, y.data());
      for (size_t i = 0; i < q.size(); ++i) {
        ASSERT_EQ(x[i], static_cast<float>(double{scale} * (q[i] - zp)));
        ASSERT_EQ(y[i], static_cast<float>(double{scale} * (u[i] - (zp + 128))));
      }
    });
  }
}

}  // namespace
}  // namespace xquant::int8_test

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

// Types, axes and blocks, the bounds of a mapping among them, element by element against the
// integer oracle; dequantized again, q - zp of 16 bit has 17 bits and its product with a float 41,
// which a double holds.
struct Mapped {
  std::vector<float> scale;
  std::vector<int32_t> zero_point;
};

Mapped random_mappings(Random& random, size_t n, xq_type type) {
  Mapped m;
  for (size_t i = 0; i < n; ++i) {
    m.scale.push_back(random.positive(-12, 2));
    m.zero_point.push_back(random.between(xq_type_min(type), xq_type_max(type)));
  }
  return m;
}

int32_t code_at(const std::vector<uint16_t>& memory, xq_type type, size_t i) {
  const void* data = memory.data();
  if (type == XQ_S8) return static_cast<const int8_t*>(data)[i];
  if (type == XQ_U8) return static_cast<const uint8_t*>(data)[i];
  return type == XQ_S16 ? static_cast<const int16_t*>(data)[i] : memory[i];
}

// mapping_of(element) says which scale and zero point it has.
template <typename MappingOf, typename Quantize, typename Dequantize>
void expect_oracle(Random& random, xq_type type, size_t n, const Mapped& m,
                   const MappingOf& mapping_of, const Quantize& quantize,
                   const Dequantize& dequantize) {
  std::vector<float> x(n);
  size_t nans = 0;
  for (size_t i = 0; i < n; ++i) {
    const int32_t steps = 2 * (xq_type_max(type) - xq_type_min(type));
    x[i] = static_cast<float>(random.between(-steps, steps)) * 0.5f * m.scale[mapping_of(i)];
    if (random.between(0, 9) == 0) x[i] = random.any_float();
    nans += x[i] != x[i] ? 1 : 0;
  }
  with_every_isa([&] {
    std::vector<uint16_t> q(n + 1);
    std::vector<float> back(n);
    ASSERT_EQ(quantize(x.data(), q.data()), nans);
    dequantize(q.data(), back.data());
    for (size_t i = 0; i < n; ++i) {
      const size_t k = mapping_of(i);
      const int32_t code = code_at(q, type, i);
      ASSERT_EQ(code, exact_quantize(x[i], m.scale[k], m.zero_point[k], xq_type_min(type),
                                     xq_type_max(type)))
          << "type " << type << " element " << i << ": " << x[i] << " / " << m.scale[k];
      ASSERT_EQ(back[i], static_cast<float>(double{m.scale[k]} * (code - m.zero_point[k])));
    }
  });
}

constexpr xq_type kTypes[] = {XQ_S8, XQ_U8, XQ_S16, XQ_U16};

TEST(Quantize, EqualsTheIntegerOracleInEveryTypeAlongAnAxis) {
  Random random(7);
  for (size_t inner = 1; inner <= 67; ++inner) {
    const xq_type type = kTypes[inner % 4];
    const size_t channels = 1 + inner % 5;
    const Mapped m = random_mappings(random, channels, type);
    expect_oracle(
        random, type, 2 * channels * inner, m, [&](size_t i) { return i / inner % channels; },
        [&](const float* x, void* q) {
          return xq_quantize_axis(x, 2, channels, inner, m.scale.data(), m.zero_point.data(), type,
                                  q);
        },
        [&](const void* q, float* x) {
          xq_dequantize_axis(q, 2, channels, inner, m.scale.data(), m.zero_point.data(), type, x);
        });
    const xq_quant quant = xq_quant_of(type, m.scale[0], m.zero_point[0]);
    expect_oracle(
        random, type, inner, m, [](size_t) { return size_t{0}; },
        [&](const float* x, void* q) { return xq_quantize(x, inner, &quant, q); },
        [&](const void* q, float* x) { xq_dequantize(q, inner, &quant, x); });
  }
}

TEST(Quantize, EqualsTheIntegerOracleInBlocks) {
  Random random(8);
  for (size_t length = 1; length <= 67; ++length) {
    for (const size_t block : {size_t{1}, size_t{2}, size_t{7}, size_t{32}, size_t{100}}) {
      const xq_type type = kTypes[random.between(0, 3)];
      const size_t inner = length % 3 == 0 ? 1 : 4, blocks = (length + block - 1) / block;
      const Mapped m = random_mappings(random, 2 * blocks * inner, type);
      const auto mapping_of = [&](size_t i) {
        const size_t outer = i / inner / length, l = i / inner % length;
        return (outer * blocks + l / block) * inner + i % inner;
      };
      expect_oracle(
          random, type, 2 * length * inner, m, mapping_of,
          [&](const float* x, void* q) {
            return xq_quantize_blocked(x, 2, length, inner, block, m.scale.data(),
                                       m.zero_point.data(), type, q);
          },
          [&](const void* q, float* x) {
            xq_dequantize_blocked(q, 2, length, inner, block, m.scale.data(), m.zero_point.data(),
                                  type, x);
          });
    }
  }
}

// f32(q) rounds beyond 2^24, and its product once more.
TEST(Dequantize, RoundsInt32Twice) {
  Random random(9);
  const std::vector<float> scale = random.positives(3, -40, 2);
  std::vector<int32_t> q = {0, 1, -1, (1 << 24) + 1, -(1 << 24) - 3, 2147483647, -2147483647 - 1};
  while (q.size() % 3 != 0) q.push_back(random.between(-1 << 30, 1 << 30));
  const size_t inner = q.size() / 3;
  with_every_isa([&] {
    std::vector<float> x(q.size());
    xq_dequantize_axis_s32_f32(q.data(), 1, 3, inner, scale.data(), x.data());
    for (size_t i = 0; i < q.size(); ++i) {
      const double rounded = static_cast<double>(static_cast<float>(q[i]));
      ASSERT_EQ(x[i], static_cast<float>(rounded * static_cast<double>(scale[i / inner])));
    }
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

#include <gtest/gtest.h>

#include <algorithm>

#include "int8/every_isa.h"
#include "int8/oracle.h"
#include "int8/product_oracle.h"

extern "C" {
#include "int8/product/block.h"
#include "int8/product/winograd.h"
}

// 3x3 convolutions of stride 1, which have an implementation of their own: every result is the
// naive loops', however far the sums go.
namespace xquant::int8_test {
namespace {

struct Case {
  xq_conv conv;
  Codes x;
  int32_t zx;
  Weights w;
  std::vector<int32_t> bias;
};

xq_conv plane(size_t channels, size_t outputs, size_t height, size_t width, size_t pad = 1) {
  return {1,         channels,      outputs,       1, {1, height, width}, {1, 3, 3}, {1, 1, 1},
          {1, 1, 1}, {0, pad, pad}, {0, pad, pad}, {}};
}

enum class Path { kWinograd, kWinograd2Only, kDirect };

uint32_t kind_of(Path path) {
  switch (path) {
    case Path::kWinograd:
      return XQ_PACKED_WINOGRAD_2_AND_4;
    case Path::kWinograd2Only:
      return XQ_PACKED_WINOGRAD_2;
    default:
      return XQ_PACKED_CONV;
  }
}

void expect_exact(const Case& test, Path path) {
  const xq_conv& conv = test.conv;
  const std::vector<int32_t> expected = exact_conv(conv, test.x, test.zx, test.w, test.bias);
  const std::vector<float> m(conv.out_channels, 0.0009765625f);
  const xq_requant to = {m.data(), m.size(), -3, -128, 127, nullptr};
  with_every_isa([&] {
    auto packed = aligned_memory(xq_conv_packed_size(&conv));
    auto workspace = aligned_memory(xq_conv_workspace_size(&conv));
    const xq_weights weights = test.w.view();
    xq_conv_pack(&conv, &weights, packed.data());
    ASSERT_EQ(xq_packed_kind(packed.data()), kind_of(path));
    const xq_codes x = test.x.view(test.zx);
    const int32_t* bias = test.bias.empty() ? nullptr : test.bias.data();
    Guarded<int32_t> acc(expected.size(), 1);
    xq_conv_s32(&conv, &x, packed.data(), bias, acc.data(), workspace.data());
    ASSERT_TRUE(acc.intact());
    ASSERT_EQ(std::vector<int32_t>(acc.data(), acc.data() + expected.size()), expected);
    Guarded<int8_t> y(expected.size(), 3);
    xq_conv_q8(&conv, &x, packed.data(), bias, &to, XQ_S8, y.data(), workspace.data());
    ASSERT_TRUE(y.intact());
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(y.data()[i], exact_requantize(expected[i], m[0], -3, -128, 127)) << i;
    }
  });
}

Case random_case(Random& random, const xq_conv& conv) {
  Case test{conv, {}, 0, {}, {}};
  const size_t image = conv.in[0] * conv.in[1] * conv.in[2];
  test.x = random_codes(random, conv.batch * conv.in_channels * image, random_type(random));
  test.zx = random_zero_point(random, test.x.type);
  test.w = random_weights(random, conv.out_channels * (conv.in_channels / conv.groups) * 9,
                          conv.out_channels);
  test.bias = random.s32s(random.between(0, 1) ? conv.out_channels : 0, -90000, 90000);
  return test;
}

TEST(Winograd, IsExactForEveryHeightAndWidth) {
  Random random(50);
  for (size_t width = 1; width <= 70; ++width) {
    SCOPED_TRACE(width);
    const xq_conv conv = plane(13, 9, 1 + width % 7, width);
    ASSERT_NO_FATAL_FAILURE(expect_exact(random_case(random, conv), Path::kWinograd));
  }
}

// Some instruction sets have tiles, transforms and results of their own for images of 2 x 2 tiles,
// of 4 in a row and of whole vectors.
TEST(Winograd, IsExactForSmallImages) {
  Random random(54);
  for (size_t height = 3; height <= 9; ++height) {
    for (const size_t width :
         {3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 20, 24, 28, 32, 36, 64}) {
      SCOPED_TRACE(testing::Message() << height << " x " << width);
      xq_conv conv = plane(12 + 2 * (width % 3), height % 2 ? 16 : 20, height, width);
      conv.batch = 1 + height % 2;
      ASSERT_NO_FATAL_FAILURE(expect_exact(random_case(random, conv), Path::kWinograd));
    }
  }
}

TEST(Winograd, IsExactForRandomShapes) {
  Random random(51);
  const auto pick = [&](int32_t low, int32_t high) {
    return static_cast<size_t>(random.between(low, high));
  };
  for (size_t i = 0; i < 120; ++i) {
    SCOPED_TRACE(i);
    xq_conv conv = plane(0, 0, pick(3, 20), pick(3, 40));
    conv.batch = pick(1, 2);
    conv.groups = pick(1, 3);
    conv.in_channels = conv.groups * pick(12, 33);
    conv.out_channels = conv.groups * pick(8, 21);
    conv.in[0] = pick(1, 2);  // slices that do not touch each other
    for (size_t d = 1; d < 3; ++d) conv.pad_begin[d] = pick(0, 4), conv.pad_end[d] = pick(0, 4);
    ASSERT_NO_FATAL_FAILURE(expect_exact(random_case(random, conv), Path::kWinograd));
  }
}

TEST(Winograd, IsExactForPlanesOfSeveralBands) {
  Random random(52);
  ASSERT_NO_FATAL_FAILURE(expect_exact(random_case(random, plane(40, 8, 90, 75)), Path::kWinograd));
  ASSERT_NO_FATAL_FAILURE(
      expect_exact(random_case(random, plane(600, 8, 29, 14)), Path::kWinograd2Only));
}

TEST(Winograd, IsExactForRowsWiderThanABlock) {
  Random random(53);
  for (const size_t width : {129, 223, 301, 640}) {
    const xq_conv conv = plane(12, 9, 5, width);
    ASSERT_NO_FATAL_FAILURE(expect_exact(random_case(random, conv), Path::kWinograd));
  }
}

// Every product at its largest, all of one sign, or channels in turn.
void expect_exact_ends(size_t channels, uint8_t x, int32_t zx, uint8_t w, int32_t zw, Path path,
                       size_t size = 4) {
  SCOPED_TRACE(testing::Message() << channels << " channels, x " << int{x} << " - " << zx << ", w "
                                  << int{w} << " - " << zw);
  const xq_conv conv = plane(channels, 8, size, size, 0);
  const Codes input{std::vector<uint8_t>(channels * size * size, x), XQ_U8};
  const Codes weights{std::vector<uint8_t>(8 * channels * 9, w), XQ_U8};
  ASSERT_NO_FATAL_FAILURE(expect_exact({conv, input, zx, {weights, {zw}}, {}}, path));
}

TEST(Winograd, IsExactUpToItsBoundAndNotUsedBeyond) {
  // 255 * 255 * 9 * 917 < 2^29 < 255 * 255 * 9 * 918
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(917, 255, 0, 255, 0, Path::kWinograd2Only));
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(917, 0, 255, 255, 0, Path::kWinograd2Only));
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(917, 0, 255, 0, 255, Path::kWinograd2Only));
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(918, 0, 255, 255, 0, Path::kDirect));
  // 255 * 128 * 9 * 1827 < 2^29 < 255 * 128 * 9 * 1828
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(1827, 255, 0, 0, 128, Path::kWinograd2Only));
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(1828, 255, 0, 0, 128, Path::kDirect));
}

// Images of 32 x 32 outputs, for which tiles of 4 x 4 are better.
TEST(Winograd, IsExactUpToTheBoundOfLargeTiles) {
  // 255 * 255 * 9 * 57 < 2^25 < 255 * 255 * 9 * 58
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(57, 255, 0, 255, 0, Path::kWinograd, 34));
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(57, 0, 255, 255, 0, Path::kWinograd, 34));
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(56, 0, 255, 255, 0, Path::kWinograd, 10));
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(57, 0, 255, 0, 255, Path::kWinograd, 34));
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(58, 0, 255, 255, 0, Path::kWinograd2Only, 34));
  // 255 * 128 * 9 * 114 < 2^25 < 255 * 128 * 9 * 115
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(114, 255, 0, 0, 128, Path::kWinograd, 34));
  ASSERT_NO_FATAL_FAILURE(expect_exact_ends(115, 255, 0, 0, 128, Path::kWinograd2Only, 34));
}

// Signs that make each transformed element of input and weights as large as it gets: those of a row
// of B^T along both axes, and those of G.
TEST(Winograd, IsExactForTheLargestTransformedElements) {
  const std::vector<std::vector<int>> rows = {{1, 0, -1, 0, 1, 0},  {0, -1, -1, 1, 1, 0},
                                              {0, 1, -1, -1, 1, 0}, {0, -1, -1, 1, 1, 0},
                                              {0, 1, -1, -1, 1, 0}, {0, 1, 0, -1, 0, 1}};
  const std::vector<std::vector<int>> kernels = {{1, 1, 1}, {1, -1, 1}};
  constexpr size_t kChannels = 13, kSize = 34;
  for (const auto& y : rows) {
    for (const auto& x : rows) {
      for (const auto& k : kernels) {
        Codes image{{}, XQ_U8};  // tiles begin every 4 pixels
        for (size_t i = 0; i < kChannels * kSize * kSize; ++i) {
          const size_t r = i / kSize % kSize % 4, c = i % kSize % 4;
          image.bytes.push_back(y[r] * x[c] > 0 ? 255 : 0);
        }
        Codes w{{}, XQ_S8};
        for (size_t i = 0; i < 8 * kChannels * 9; ++i) {
          w.bytes.push_back(static_cast<uint8_t>(k[i / 3 % 3] * k[i % 3] > 0 ? 127 : -128));
        }
        const xq_conv conv = plane(kChannels, 8, kSize, kSize, 0);
        ASSERT_NO_FATAL_FAILURE(expect_exact({conv, image, 0, {w, {}}, {}}, Path::kWinograd));
      }
    }
  }
}

// Kernels of an upper row on images of a light upper half: sums that fit, of elements that do not.
TEST(Winograd, IsExactWhereSumsBetweenWrap) {
  constexpr size_t kChannels = 5482;  // 255 * 3 * 128 * 5482 < 2^29, 1530 * 3 * 128 * 5482 > 2^31
  const xq_conv conv = plane(kChannels, 8, 4, 4, 0);
  Codes x{{}, XQ_U8};
  for (size_t i = 0; i < kChannels * 16; ++i) x.bytes.push_back(i % 16 < 8 ? 255 : 0);
  Codes w{{}, XQ_S8};
  for (size_t i = 0; i < 8 * kChannels * 9; ++i) w.bytes.push_back(i % 9 < 3 ? 0x80 : 0);
  ASSERT_NO_FATAL_FAILURE(expect_exact({conv, x, 0, {w, {}}, {}}, Path::kWinograd2Only));
}

TEST(Winograd, AddsTheBiasModulo2To32) {
  const xq_conv conv = plane(20, 8, 4, 4, 0);
  const Codes x{std::vector<uint8_t>(20 * 16, 255), XQ_U8};
  const Codes w{std::vector<uint8_t>(8 * 20 * 9, 127), XQ_S8};
  const std::vector<int32_t> bias(8, 2147483647);
  ASSERT_NO_FATAL_FAILURE(expect_exact({conv, x, 0, {w, {}}, bias}, Path::kWinograd));
}

}  // namespace
}  // namespace xquant::int8_test

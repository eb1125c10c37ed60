#include <gtest/gtest.h>

#include <algorithm>

#include "int8/every_isa.h"
#include "int8/oracle.h"
#include "int8/product_oracle.h"

namespace xquant::int8_test {
namespace {

size_t volume(const size_t n[3]) { return n[0] * n[1] * n[2]; }

// The five functions of a kind of convolution.
struct Functions {
  size_t (*packed_size)(const xq_conv*);
  void (*pack)(const xq_conv*, const xq_weights*, void*);
  size_t (*workspace_size)(const xq_conv*);
  void (*s32)(const xq_conv*, const xq_codes*, const void*, const int32_t*, int32_t*, void*);
  void (*q8)(const xq_conv*, const xq_codes*, const void*, const int32_t*, const xq_requant*,
             xq_type, void*, void*);
  std::vector<int32_t> (*exact)(const xq_conv&, const Codes&, int32_t, const Weights&,
                                const std::vector<int32_t>&);
};

constexpr Functions kConv = {xq_conv_packed_size, xq_conv_pack, xq_conv_workspace_size,
                             xq_conv_s32,         xq_conv_q8,   exact_conv};
constexpr Functions kTranspose = {
    xq_conv_transpose_packed_size, xq_conv_transpose_pack, xq_conv_transpose_workspace_size,
    xq_conv_transpose_s32,         xq_conv_transpose_q8,   exact_conv_transpose};

void expect_exact(const Functions& f, Random& random, const xq_conv& conv) {
  const Codes x =
      random_codes(random, conv.batch * conv.in_channels * volume(conv.in), random_type(random));
  const int32_t zx = random_zero_point(random, x.type);
  const Weights w = random_weights(
      random, conv.out_channels * (conv.in_channels / conv.groups) * volume(conv.kernel),
      conv.out_channels);
  const auto bias = random.s32s(random.between(0, 1) ? conv.out_channels : 0, -9000, 9000);
  const std::vector<int32_t> expected = f.exact(conv, x, zx, w, bias);
  const auto m = random.positives(random.between(0, 1) ? conv.out_channels : 1, -16, -8);
  const xq_type type = random_type(random);
  const int32_t zy = random_zero_point(random, type);
  const xq_requant to = {m.data(), m.size(), zy, xq_type_min(type), xq_type_max(type), nullptr};
  with_every_isa([&] {
    auto packed = aligned_memory(f.packed_size(&conv));
    auto workspace = aligned_memory(f.workspace_size(&conv));
    const xq_weights weights = w.view();
    f.pack(&conv, &weights, packed.data());
    const xq_codes codes = x.view(zx);
    const int32_t* b = bias.empty() ? nullptr : bias.data();
    Guarded<int32_t> acc(expected.size(), 1);
    f.s32(&conv, &codes, packed.data(), b, acc.data(), workspace.data());
    ASSERT_TRUE(acc.intact());
    ASSERT_EQ(std::vector<int32_t>(acc.data(), acc.data() + expected.size()), expected);
    Guarded<uint8_t> y(expected.size(), 3);
    f.q8(&conv, &codes, packed.data(), b, &to, type, y.data(), workspace.data());
    ASSERT_TRUE(y.intact());
    const size_t plane = expected.size() / conv.batch / conv.out_channels;
    for (size_t i = 0; i < expected.size(); ++i) {
      const float multiplier = m[m.size() == 1 ? 0 : i / plane % conv.out_channels];
      const auto code =
          static_cast<uint8_t>(exact_requantize(expected[i], multiplier, zy, to.qmin, to.qmax));
      ASSERT_EQ(y.data()[i], code) << i;
    }
  });
}

// A random convolution of `rank` spatial dimensions whose kernel fits.
xq_conv random_conv(Random& random, size_t rank) {
  const auto pick = [&](int32_t low, int32_t high) {
    return static_cast<size_t>(random.between(low, high));
  };
  xq_conv c = {};
  c.batch = pick(1, 2);
  c.groups = pick(1, 3);
  c.in_channels = c.groups * pick(1, 3);
  c.out_channels = c.groups * pick(1, 12);
  for (size_t d = 0; d < 3; ++d) {
    const bool used = d >= 3 - rank;
    c.kernel[d] = used ? pick(1, 3) : 1;
    c.dilation[d] = used ? pick(1, 3) : 1;
    c.stride[d] = used ? pick(1, 3) : 1;
    c.pad_begin[d] = used ? pick(0, 2) : 0;
    c.pad_end[d] = used ? pick(0, 2) : 0;
    c.in[d] = used ? (c.kernel[d] - 1) * c.dilation[d] + pick(1, d == 2 ? 20 : 5) : 1;
  }
  return c;
}

TEST(Conv, EqualsNaiveLoopsInOneTwoAndThreeDimensions) {
  Random random(40);
  for (size_t i = 0; i < 150; ++i) {
    SCOPED_TRACE(i);
    ASSERT_NO_FATAL_FAILURE(expect_exact(kConv, random, random_conv(random, 1 + i % 3)));
  }
}

TEST(Conv, EqualsNaiveLoopsForEveryWidth) {
  Random random(41);
  for (size_t width = 1; width <= 67; ++width) {
    xq_conv conv = {
        1,         2,         5,         1, {1, 3, width}, {1, 3, 3}, {1, 1, 1 + width % 2},
        {1, 1, 1}, {0, 1, 1}, {0, 1, 1}, {}};
    SCOPED_TRACE(width);
    ASSERT_NO_FATAL_FAILURE(expect_exact(kConv, random, conv));
    conv.groups = 2, conv.out_channels = 4;  // depthwise
    ASSERT_NO_FATAL_FAILURE(expect_exact(kConv, random, conv));
  }
}

TEST(ConvTranspose, EqualsScatteringInOneTwoAndThreeDimensions) {
  Random random(42);
  for (size_t i = 0; i < 150; ++i) {
    SCOPED_TRACE(i);
    xq_conv conv = random_conv(random, 1 + i % 3);
    for (size_t d = 0; d < 3; ++d) {
      conv.output_padding[d] = static_cast<size_t>(
          random.between(0, static_cast<int32_t>(std::max(conv.stride[d], conv.dilation[d])) - 1));
      const size_t full = (conv.in[d] - 1) * conv.stride[d] +
                          (conv.kernel[d] - 1) * conv.dilation[d] + 1 + conv.output_padding[d];
      while (conv.pad_begin[d] + conv.pad_end[d] >= full) {
        conv.pad_begin[d] > 0 ? --conv.pad_begin[d] : --conv.pad_end[d];
      }
    }
    ASSERT_NO_FATAL_FAILURE(expect_exact(kTranspose, random, conv));
  }
}

TEST(ConvTranspose, FillsGapsWithTheBiasWhereTheKernelIsSmallerThanTheStride) {
  Random random(43);
  const xq_conv conv = {1, 2, 3, 1, {1, 4, 5}, {1, 1, 2}, {1, 3, 3}, {1, 1, 1}, {}, {}, {0, 2, 0}};
  ASSERT_NO_FATAL_FAILURE(expect_exact(kTranspose, random, conv));
}

}  // namespace
}  // namespace xquant::int8_test

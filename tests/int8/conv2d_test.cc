#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "int8/every_isa.h"
#include "int8/oracle.h"
#include "int8/random.h"
#include "int8/xq_int8.h"

namespace xquant::int8_test {
namespace {

void print_to(std::ostream& out, const xq_conv2d& c) {
  out << "x [" << c.batch << "," << c.in_channels << "," << c.in_height << "," << c.in_width
      << "] out " << c.out_channels << " groups " << c.groups << " kernel " << c.kernel_height
      << "x" << c.kernel_width << " stride " << c.stride_height << "," << c.stride_width
      << " dilation " << c.dilation_height << "," << c.dilation_width << " pads " << c.pad_top
      << "," << c.pad_left << "," << c.pad_bottom << "," << c.pad_right;
}

// Both results of one random convolution with every implementation; tensors at odd addresses.
void expect_exact_conv(Random& random, const xq_conv2d& c) {
  const std::vector<int8_t> x = random.s8s(c.batch * c.in_channels * c.in_height * c.in_width);
  const std::vector<int8_t> w =
      random.s8s(c.out_channels * (c.in_channels / c.groups) * c.kernel_height * c.kernel_width);
  const int32_t zx = random.s8();
  const bool has_bias = random.between(0, 3) != 0;
  const auto bias = random.s32s(has_bias ? c.out_channels : 0, -100000, 100000);
  const auto m = random.positives(random.between(0, 1) ? c.out_channels : 1, -16, -8);
  const int32_t zy = random.s8();
  const xq_requant to = {m.data(), m.size(), zy, -100, 127, nullptr};
  const std::vector<int32_t> expected = exact_conv2d(c, x, zx, w, bias);
  const size_t plane = expected.size() / (c.batch * c.out_channels);
  const size_t shift = static_cast<size_t>(random.between(0, 15));
  Guarded<int8_t> odd_x(x.size(), shift);
  std::copy(x.begin(), x.end(), odd_x.data());
  with_every_isa([&] {
    ASSERT_EQ(xq_conv2d_out_height(&c) * xq_conv2d_out_width(&c), plane);
    auto packed = aligned_memory(xq_conv2d_packed_size(&c));
    auto workspace = aligned_memory(xq_conv2d_workspace_size(&c));
    xq_conv2d_pack(&c, w.data(), packed.data());
    const int32_t* bias_or_null = has_bias ? bias.data() : nullptr;
    std::vector<int32_t> acc(expected.size());
    xq_conv2d_s8_s32(&c, odd_x.data(), zx, packed.data(), bias_or_null, acc.data(),
                     workspace.data());
    ASSERT_EQ(acc, expected);
    Guarded<int8_t> y(expected.size(), shift + 1);
    xq_conv2d_s8(&c, odd_x.data(), zx, packed.data(), bias_or_null, &to, y.data(),
                 workspace.data());
    ASSERT_TRUE(y.intact());
    for (size_t i = 0; i < expected.size(); ++i) {
      const float multiplier = m[m.size() == 1 ? 0 : i / plane % c.out_channels];
      ASSERT_EQ(y.data()[i], exact_requantize(expected[i], multiplier, zy, -100, 127)) << i;
    }
  });
}

void expect_exact(Random& random, const xq_conv2d& c) {
  std::ostringstream text;
  print_to(text, c);
  SCOPED_TRACE(text.str());
  ASSERT_NO_FATAL_FAILURE(expect_exact_conv(random, c));
}

xq_conv2d random_conv(Random& random) {
  const auto pick = [&](int32_t low, int32_t high) {
    return static_cast<size_t>(random.between(low, high));
  };
  xq_conv2d c = {};
  c.batch = pick(1, 2);
  c.groups = pick(1, 3);
  const bool depthwise = random.between(0, 2) == 0;
  c.in_channels = c.groups * (depthwise ? 1 : pick(1, 9));
  c.out_channels = c.groups * pick(1, 9);
  c.kernel_height = pick(1, 4);
  c.kernel_width = pick(1, 4);
  c.stride_height = pick(1, 3);
  c.stride_width = pick(1, 3);
  c.dilation_height = pick(1, 3);
  c.dilation_width = pick(1, 3);
  c.pad_top = pick(0, 3);
  c.pad_left = pick(0, 3);
  c.pad_bottom = pick(0, 3);
  c.pad_right = pick(0, 3);
  c.in_height = (c.kernel_height - 1) * c.dilation_height + pick(1, 12);
  c.in_width = (c.kernel_width - 1) * c.dilation_width + pick(1, 30);
  return c;
}

TEST(Conv2d, EqualsNaiveLoopsForRandomShapes) {
  Random random(11);
  for (int i = 0; i < 300; ++i) ASSERT_NO_FATAL_FAILURE(expect_exact(random, random_conv(random)));
}

TEST(Conv2d, EqualsNaiveLoopsForEveryWidth) {
  Random random(12);
  for (size_t width = 1; width <= 67; ++width) {
    const xq_conv2d full = {1, 3, 3, width, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
    const xq_conv2d strided = {1, 3, 3, width, 5, 1, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1};
    xq_conv2d depthwise = {1, 3, 3, width, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
    ASSERT_NO_FATAL_FAILURE(expect_exact(random, full));
    ASSERT_NO_FATAL_FAILURE(expect_exact(random, strided));
    ASSERT_NO_FATAL_FAILURE(expect_exact(random, depthwise));
    depthwise.stride_height = depthwise.stride_width = 2;
    ASSERT_NO_FATAL_FAILURE(expect_exact(random, depthwise));
  }
}

// Rows that go together, of every width around those that do, in any number.
TEST(Conv2d, EqualsNaiveLoopsForNarrowImages) {
  Random random(30);
  for (size_t width = 1; width <= 35; ++width) {
    for (size_t kernel = 1; kernel <= 4; ++kernel) {
      const auto height = static_cast<size_t>(random.between(4, 70));
      const size_t left = kernel / 2, right = width < kernel ? kernel : (kernel - 1) / 2;
      const xq_conv2d conv = {1, 2, height, width, 2, 2, 3, kernel, 1, 1, 1, 1, 1, left, 1, right};
      ASSERT_NO_FATAL_FAILURE(expect_exact(random, conv));
    }
  }
}

TEST(Conv2d, SeesOnlyPaddingWhereTheKernelMissesTheImage) {
  Random random(13);
  // Kernel columns 0 and 2 never meet the one-pixel image.
  ASSERT_NO_FATAL_FAILURE(expect_exact(random, {1, 2, 1, 1, 3, 1, 3, 3, 1, 1, 4, 4, 4, 4, 4, 4}));
  ASSERT_NO_FATAL_FAILURE(expect_exact(random, {1, 2, 1, 1, 2, 2, 3, 3, 1, 1, 4, 4, 4, 4, 4, 4}));
  ASSERT_NO_FATAL_FAILURE(expect_exact(random, {1, 2, 2, 2, 3, 1, 1, 1, 1, 1, 1, 1, 5, 5, 0, 0}));
}

TEST(Conv2d, CoversTheLayersOfSmallNetworks) {
  Random random(14);
  ASSERT_NO_FATAL_FAILURE(
      expect_exact(random, {1, 3, 32, 32, 16, 1, 3, 3, 2, 2, 1, 1, 0, 0, 1, 1}));
  ASSERT_NO_FATAL_FAILURE(
      expect_exact(random, {2, 32, 14, 14, 24, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}));
  ASSERT_NO_FATAL_FAILURE(expect_exact(random, {1, 64, 7, 7, 20, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}));
  // A plane larger than one band of the depthwise kernel.
  ASSERT_NO_FATAL_FAILURE(expect_exact(random, {1, 2, 90, 80, 4, 2, 5, 5, 1, 1, 1, 1, 2, 2, 2, 2}));
}

}  // namespace
}  // namespace xquant::int8_test

#include "quantize/params.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace xquant::quantize {
namespace {

using plan::QuantParams;

TEST(AsymmetricParams, CoverTheRangeWith255Steps) {
  const QuantParams params = asymmetric_params({-1.0, 3.0});
  EXPECT_EQ(params.scales, std::vector<float>{static_cast<float>(4.0 / 255.0)});
  EXPECT_EQ(params.zero_points[0], -128 + 64);
}

TEST(AsymmetricParams, AreWidenedToContainZero) {
  EXPECT_EQ(asymmetric_params({2.0, 4.0}), asymmetric_params({0.0, 4.0}));
  EXPECT_EQ(asymmetric_params({-4.0, -2.0}), asymmetric_params({-4.0, 0.0}));
  EXPECT_EQ(asymmetric_params({0.0, 4.0}).zero_points[0], -128);
  EXPECT_EQ(asymmetric_params({-4.0, 0.0}).zero_points[0], 127);
}

TEST(AsymmetricParams, RoundHalvesOfTheZeroPointToEven) {
  // low / scale = -2.5 and -3.5 exactly.
  EXPECT_EQ(asymmetric_params({-2.5, 252.5}).zero_points[0], -126);
  EXPECT_EQ(asymmetric_params({-3.5, 251.5}).zero_points[0], -124);
}

TEST(AsymmetricParams, CoverRangesThatEndNearZero) {
  // Among them zero points near the middle between two steps.
  for (int i = 0; i < 4000; ++i) {
    const double end = 1e-5 * i;
    for (const Range range : {Range{-1, end}, Range{-end, 1}}) {
      const QuantParams params = asymmetric_params(range);
      EXPECT_LE(params.scales[0], (1 + end) / 254 * 1.01) << end;
      EXPECT_LE(range_of(params).low, range.low + params.scales[0]) << end;
      EXPECT_GE(range_of(params).high, range.high - params.scales[0]) << end;
    }
  }
}

TEST(AsymmetricParams, TellThePixelsOfASymmetricRangeApart) {
  const QuantParams params = asymmetric_params({-1.0, 1.0});
  EXPECT_EQ(params.scales[0], 2.0F / 254.0F);
  std::vector<float> pixels;
  for (int p = 0; p < 256; ++p) pixels.push_back((static_cast<float>(p) - 127.5F) / 127.5F);
  const Tensor q = quantize_tensor(Tensor::of<float>({256}, pixels), params);
  const auto steps = q.data<std::int8_t>();
  // 255 steps for 256 pixels; with a scale of 2/255 every second pixel shares one.
  EXPECT_EQ(std::set<std::int8_t>(steps.begin(), steps.end()).size(), 255);
}

TEST(AsymmetricParams, HaveAScaleOfAtLeastTwoToTheMinus23) {
  EXPECT_EQ(asymmetric_params({}).scales[0], std::ldexp(1.0F, -23));
  EXPECT_EQ(asymmetric_params({}).zero_points[0], -128);
  EXPECT_EQ(asymmetric_params({-1e-30, 1e-30}).scales[0], std::ldexp(1.0F, -23));
}

TEST(SymmetricParams, TakeTheLargestMagnitudeOfEachChannel) {
  const Tensor weight = Tensor::of<float>({2, 3}, std::vector<float>{1, -2, 0, 4, 3, -6});
  const QuantParams rows = symmetric_params(weight, 0);
  EXPECT_EQ(rows.scales, (std::vector<float>{2.0F / 127.0F, 6.0F / 127.0F}));
  const QuantParams columns = symmetric_params(weight, 1);
  EXPECT_EQ(columns.scales, (std::vector<float>{4.0F / 127.0F, 3.0F / 127.0F, 6.0F / 127.0F}));
  const QuantParams all = symmetric_params(weight, -1);
  EXPECT_EQ(all.scales, std::vector<float>{6.0F / 127.0F});
  EXPECT_EQ(all.zero_points, std::vector<std::int8_t>{0});
}

TEST(SymmetricParams, GiveZeroChannelsScaleOne) {
  const Tensor weight = Tensor::of<float>({3, 1}, std::vector<float>{0, 5, -0.0F});
  const QuantParams params = symmetric_params(weight, 0);
  EXPECT_EQ(params.scales, (std::vector<float>{1, 5.0F / 127.0F, 1}));
}

TEST(SymmetricParams, OfAScalarAreOne) {
  EXPECT_EQ(symmetric_params(Tensor::scalar(127.0F), -1).scales, std::vector<float>{1});
}

bool is_power_of_two(float scale) {
  int exponent = 0;
  return std::frexp(scale, &exponent) == 0.5F;
}

TEST(PowerOfTwoParams, KeepAScaleThatIsOne) {
  const Tensor weight = Tensor::of<float>({2}, std::vector<float>{127.0F / 64.0F, -1.0F});
  EXPECT_EQ(power_of_two_params(weight).scales[0], 1.0F / 64.0F);
}

TEST(PowerOfTwoParams, RoundUpWhereClippingWouldCostMore) {
  // max / 127 = 1.5 / 64: of 1/64 and 2/64 the smaller clips everything.
  const Tensor weight = Tensor::of<float>({3}, std::vector<float>(3, 190.5F / 64.0F));
  EXPECT_EQ(power_of_two_params(weight).scales[0], 2.0F / 64.0F);
}

TEST(PowerOfTwoParams, RoundDownWhereOneElementIsJustBeyond) {
  std::vector<float> values(1000, 1.0F / 64.0F);  // lost by half with scale 2/64
  values[0] = 129.0F / 64.0F;
  EXPECT_EQ(power_of_two_params(Tensor::of<float>({1000}, values)).scales[0], 1.0F / 64.0F);
}

TEST(PowerOfTwoParams, OfAnyWeightArePowersOfTwo) {
  for (const float largest : {1e-30F, 1e-9F, 0.3F, 7.0F, 3e4F}) {
    const QuantParams params = power_of_two_params(Tensor::scalar(largest));
    EXPECT_TRUE(is_power_of_two(params.scales[0])) << largest;
    EXPECT_GE(params.scales[0], kMinScale);
  }
  EXPECT_EQ(power_of_two_params(Tensor::scalar(0.0F)).scales[0], 1.0F);
}

TEST(QuantizeTensor, UsesTheScaleOfEachChannelAlongTheAxis) {
  const Tensor weight = Tensor::of<float>({1, 2, 2}, std::vector<float>{1, 2, 3, 4});
  const QuantParams params{.scales = {1, 2}, .zero_points = {0, 10}, .axis = 1};
  const Tensor quantized = quantize_tensor(weight, params);
  const auto values = quantized.data<std::int8_t>();
  // 3 / 2 and 4 / 2, half to even, plus the zero point.
  EXPECT_EQ(std::vector<std::int8_t>(values.begin(), values.end()),
            (std::vector<std::int8_t>{1, 2, 12, 12}));
  const Tensor restored = dequantize_tensor(quantized, params);
  EXPECT_EQ(restored, Tensor::of<float>({1, 2, 2}, std::vector<float>{1, 2, 4, 4}));
}

TEST(QuantizeTensor, MayBeEmpty) {
  const Tensor none = Tensor::of<float>({0, 4}, std::vector<float>{});
  EXPECT_EQ(quantize_tensor(none, symmetric_params(none, 0)).size(), 0);
}

}  // namespace
}  // namespace xquant::quantize

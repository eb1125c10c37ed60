#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "int8/every_isa.h"
#include "int8/real_oracle.h"

namespace xquant::int8_test {
namespace {

constexpr xq_coordinates kCoordinates[] = {XQ_HALF_PIXEL, XQ_HALF_PIXEL_SYMMETRIC,
                                           XQ_PYTORCH_HALF_PIXEL, XQ_ALIGN_CORNERS, XQ_ASYMMETRIC};

// The formulas of ONNX Resize-19.
template <typename Real>
Real position(const xq_resize_axis& axis, size_t i) {
  const Real x = static_cast<Real>(i), in = static_cast<Real>(axis.in),
             out = static_cast<Real>(axis.out), scale = static_cast<Real>(axis.scale);
  const Real half = static_cast<Real>(0.5);
  switch (axis.coordinates) {
    case XQ_HALF_PIXEL:
      return (x + half) / scale - half;
    case XQ_HALF_PIXEL_SYMMETRIC:
      return in / 2 * (1 - out / (scale * in)) + (x + half) / scale - half;
    case XQ_PYTORCH_HALF_PIXEL:
      return out > 1 ? (x + half) / scale - half : 0;
    case XQ_ALIGN_CORNERS:
      return out > 1 ? x * (in - 1) / (out - 1) : 0;
    default:
      return x / scale;
  }
}

xq_resize_axis axis_of(size_t in, size_t out, xq_coordinates coordinates) {
  const double scale = static_cast<double>(out) / static_cast<double>(in);
  return {in, out, scale, static_cast<double>(out), coordinates};
}

size_t clamped(double index, size_t in) {
  return static_cast<size_t>(std::clamp(index, 0.0, static_cast<double>(in - 1)));
}

TEST(Resize, NearestIndicesFollowTheirModes) {
  for (const xq_coordinates coordinates : kCoordinates) {
    for (size_t in = 1; in <= 9; ++in) {
      for (size_t out = 1; out <= 20; ++out) {
        const xq_resize_axis axis = axis_of(in, out, coordinates);
        for (int mode = XQ_ROUND_PREFER_FLOOR; mode <= XQ_CEIL; ++mode) {
          std::vector<size_t> index(out);
          xq_resize_nearest_index(&axis, static_cast<xq_nearest>(mode), index.data());
          for (size_t o = 0; o < out; ++o) {
            const auto p = static_cast<double>(position<float>(axis, o));
            const double nearest = mode == XQ_ROUND_PREFER_FLOOR  ? std::ceil(p - 0.5)
                                   : mode == XQ_ROUND_PREFER_CEIL ? std::floor(p + 0.5)
                                   : mode == XQ_FLOOR             ? std::floor(p)
                                                                  : std::ceil(p);
            ASSERT_EQ(index[o], clamped(nearest, in)) << in << " -> " << out;
          }
        }
      }
    }
  }
}

TEST(Resize, NearestPicksCodesOfEveryType) {
  Random random(80);
  const size_t in[2] = {3, 4}, out[2] = {5, 9};
  const std::vector<size_t> row = {0, 0, 2, 1, 1}, column = {3, 3, 2, 1, 0, 0, 1, 2, 3};
  for (const xq_type type : kTypes) {
    const Coded x = random_coded(random, xq_quant_of(type, 1.0f, 0), 2 * 12);
    Coded y(x.quant, 2 * 45);
    xq_resize_nearest(x.data(), 2, in, out, row.data(), column.data(), type, y.data());
    for (size_t i = 0; i < y.size; ++i) {
      ASSERT_EQ(y.at(i), x.at(i / 45 * 12 + row[i / 9 % 5] * 4 + column[i % 9]));
    }
  }
}

// The naive formula in the stated order.
TEST(Resize, LinearBlendsColumnsThenRows) {
  Random random(81);
  for (int i = 0; i < 60; ++i) {
    const auto pick = [&](int32_t high) { return static_cast<size_t>(random.between(1, high)); };
    const size_t in[2] = {pick(6), pick(9)}, out[2] = {pick(12), pick(40)};
    const xq_coordinates coordinates = kCoordinates[i % 5];
    const xq_resize_axis axes[2] = {axis_of(in[0], out[0], coordinates),
                                    axis_of(in[1], out[1], coordinates)};
    std::vector<size_t> index[2];
    std::vector<float> weight[2];
    for (size_t d = 0; d < 2; ++d) {
      index[d].resize(2 * out[d]);
      weight[d].resize(2 * out[d]);
      xq_resize_linear_taps(&axes[d], index[d].data(), weight[d].data());
      for (size_t o = 0; o < out[d]; ++o) {
        const double p = position<double>(axes[d], o), low = std::floor(p);
        ASSERT_EQ(index[d][2 * o], clamped(low, in[d]));
        ASSERT_EQ(index[d][2 * o + 1], clamped(low + 1, in[d]));
        ASSERT_EQ(weight[d][2 * o + 1], static_cast<float>(p - low));
      }
    }
    const Coded x =
        random_coded(random, random_quant(random, kTypes[i % 4], -7, -3), 2 * in[0] * in[1]);
    const xq_quant to = random_quant(random, kTypes[i / 4 % 4], -7, -3);
    const xq_resize_taps rows = {index[0].data(), weight[0].data()};
    const xq_resize_taps columns = {index[1].data(), weight[1].data()};
    with_every_isa([&] {
      auto workspace = aligned_memory(xq_resize_linear_workspace_size(in, out));
      Coded y(to, 2 * out[0] * out[1]);
      xq_resize_linear(x.data(), 2, in, out, &rows, &columns, &x.quant, &to, y.data(),
                       workspace.data());
      for (size_t o = 0; o < y.size; ++o) {
        const size_t p = o / out[1] / out[0], oy = o / out[1] % out[0], ox = o % out[1];
        float blended[2];
        for (size_t k = 0; k < 2; ++k) {
          const size_t line = (p * in[0] + index[0][2 * oy + k]) * in[1];
          const float a = weight[1][2 * ox] * x.real(line + index[1][2 * ox]);
          const float b = weight[1][2 * ox + 1] * x.real(line + index[1][2 * ox + 1]);
          blended[k] = a + b;
        }
        const float upper = weight[0][2 * oy] * blended[0];
        const float lower = weight[0][2 * oy + 1] * blended[1];
        ASSERT_EQ(y.at(o), quantized(upper + lower, to));
      }
    });
  }
}

}  // namespace
}  // namespace xquant::int8_test

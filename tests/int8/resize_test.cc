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

double filter_at(const xq_resize_rule& rule, double distance) {
  const double x = std::fabs(distance), a = rule.cubic_a;
  if (rule.filter == XQ_FILTER_LINEAR) return std::max(0.0, 1 - x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

// One element of a dimension: `line` gives its source elements.
template <typename Line>
float filtered(const xq_resize_rule& rule, const xq_resize_axis& axis, size_t o, const Line& line) {
  const double shrink = rule.antialias != 0 ? std::min(1.0, axis.scale) : 1.0;
  const int side = static_cast<int>(std::ceil((rule.filter == XQ_FILTER_CUBIC ? 2 : 1) / shrink));
  const double at = position<double>(axis, o), low = std::floor(at);
  std::vector<double> weights;
  double sum = 0;
  for (int k = 1 - side; k <= side; ++k) {
    const bool outside = low + k < 0 || low + k >= static_cast<double>(axis.in);
    weights.push_back(
        outside && rule.exclude_outside != 0 ? 0.0 : filter_at(rule, (low + k - at) * shrink));
    sum += weights.back();
  }
  if (rule.exclude_outside == 0 && rule.antialias == 0) sum = 1;
  float result = 0;
  for (int k = 1 - side; k <= side; ++k) {
    const auto weight = static_cast<float>(weights[static_cast<size_t>(k + side - 1)] / sum);
    if (weight == 0.0f) continue;
    const float term = weight * line(clamped(low + k, axis.in));
    result += term;
  }
  return result;
}

TEST(ResizeSeparable, FiltersOneDimensionAfterTheOther) {
  Random random(82);
  for (size_t i = 0; i < 120; ++i) {
    const xq_coordinates coordinates = kCoordinates[i % 5];
    const xq_resize_rule rule = {i % 2 == 0 ? XQ_FILTER_LINEAR : XQ_FILTER_CUBIC,
                                 i % 3 == 0 ? -0.5 : -0.75, i / 2 % 2 == 0, i / 4 % 2 == 0};
    xq_resize_axis axes[3];
    size_t in = 1, out = 1;
    for (size_t d = 0; d < 3; ++d) {
      const auto n = static_cast<size_t>(random.between(1, 7));
      const bool same = random.between(0, 2) == 0;
      axes[d] = axis_of(n, same ? n : static_cast<size_t>(random.between(1, 12)), coordinates);
      in *= axes[d].in;
      out *= axes[d].out;
    }
    const Coded x = random_coded(random, random_quant(random, kTypes[i % 4], -6, -4), in);
    const xq_quant to = random_quant(random, kTypes[i / 4 % 4], -6, -4);
    std::vector<float> reals(in);
    for (size_t e = 0; e < in; ++e) reals[e] = x.real(e);
    size_t inner = 1, outer = in;
    for (size_t d = 3; d-- > 0;) {
      outer /= axes[d].in;
      if (axes[d].in != axes[d].out) {
        std::vector<float> next;
        for (size_t o = 0; o < outer; ++o) {
          for (size_t e = 0; e < axes[d].out * inner; ++e) {
            next.push_back(filtered(rule, axes[d], e / inner, [&](size_t at) {
              return reals[(o * axes[d].in + at) * inner + e % inner];
            }));
          }
        }
        reals = next;
      }
      inner *= axes[d].out;
    }
    with_every_isa([&] {
      Coded y(to, out);
      std::vector<uint64_t> workspace(xq_resize_separable_workspace_size(&rule, axes, 3) / 8 + 1);
      xq_resize_separable(&rule, axes, 3, x.data(), &x.quant, &to, y.data(), workspace.data());
      for (size_t e = 0; e < out; ++e) ASSERT_EQ(y.at(e), quantized(reals[e], to)) << i;
    });
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

TEST(Sample, AddsUpWeightedElementsOrTakesTheLargest) {
  Random random(85);
  for (size_t i = 0; i < 60; ++i) {
    const size_t planes = 1 + i % 3, elements = 1 + i * 7 % 50, outputs = 1 + i * i;
    const Coded x =
        random_coded(random, random_quant(random, kTypes[i % 4], -6, -4), planes * elements);
    const xq_quant to = random_quant(random, kTypes[i / 4 % 4], -6, -4);
    std::vector<int64_t> start = {0}, index;
    std::vector<double> weight;
    for (size_t o = 0; o < outputs; ++o) {
      for (int32_t k = random.between(0, 5); k > 0; --k) {
        index.push_back(random.between(0, static_cast<int32_t>(elements) - 1));
        weight.push_back(random.between(-999, 999) / 512.0);
      }
      start.push_back(static_cast<int64_t>(index.size()));
    }
    for (const int largest : {0, 1}) {
      const xq_samples samples = {outputs, start.data(), index.data(), weight.data(), largest};
      Coded y(to, planes * outputs);
      xq_sample(&samples, x.data(), planes, elements, &x.quant, &to, y.data());
      for (size_t o = 0; o < y.size; ++o) {
        std::vector<double> terms;
        for (auto k = static_cast<size_t>(start[o % outputs]);
             k < static_cast<size_t>(start[o % outputs + 1]); ++k) {
          const size_t at = o / outputs * elements + static_cast<size_t>(index[k]);
          terms.push_back(weight[k] * static_cast<double>(x.real(at)));
        }
        double expected = largest != 0 && !terms.empty() ? terms[0] : 0;
        for (const double term : terms)
          expected = largest != 0 ? std::max(expected, term) : expected + term;
        ASSERT_EQ(y.at(o), quantized(static_cast<float>(expected), to)) << i;
      }
    }
  }
}

}  // namespace
}  // namespace xquant::int8_test

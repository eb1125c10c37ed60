#include "runtime/conv/winograd_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cfenv>
#include <cmath>
#include <limits>
#include <vector>

#include "runtime/aligned_buffer.h"
#include "runtime/conv/winograd_line_matrices.h"
#include "runtime/every_target.h"
#include "runtime/random.h"

namespace xquant::runtime::conv {
namespace {

using line::kElements;
using Elements = std::array<double, kElements>;

enum class Axis { kX, kY };

struct Case {
  Axis axis;
  std::int64_t taps, channels, rows, height, width;
  std::array<std::int64_t, 4> pads;  ///< top, left, bottom, right
};

constexpr Case kCases[] = {
    {Axis::kX, 5, 16, 16, 1, 40, {0, 0, 0, 0}},   {Axis::kX, 5, 33, 18, 1, 509, {0, 2, 0, 2}},
    {Axis::kX, 3, 17, 21, 7, 33, {0, 1, 0, 1}},   {Axis::kX, 4, 20, 16, 3, 70, {1, 2, 0, 1}},
    {Axis::kX, 3, 2100, 16, 9, 90, {0, 1, 0, 0}}, {Axis::kY, 3, 16, 19, 9, 13, {1, 0, 1, 0}},
    {Axis::kY, 4, 24, 16, 14, 5, {2, 0, 1, 0}},   {Axis::kY, 5, 18, 17, 31, 40, {2, 1, 0, 1}},
    {Axis::kY, 5, 600, 16, 44, 9, {0, 0, 3, 0}},  {Axis::kX, 3, 16, 16, 1, 3, {0, 0, 0, 0}},
};

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

ops::Window window_of(const Case& c) {
  ops::Window w;
  w.in = {1, c.height, c.width};
  w.kernel =
      c.axis == Axis::kX ? ops::Window::Three{1, 1, c.taps} : ops::Window::Three{1, c.taps, 1};
  w.pad_begin = {0, c.pads[0], c.pads[1]};
  w.pad_end = {0, c.pads[2], c.pads[3]};
  for (std::size_t d = 1; d < 3; ++d)
    w.out[d] = w.in[d] + w.pad_begin[d] + w.pad_end[d] - w.kernel[d] + 1;
  return w;
}

struct Data {
  std::vector<float> x, weights, bias;
};

Data data_of(const Case& c) {
  Random random(9);
  return {random.numbers(size(c.channels * c.height * c.width)),
          random.numbers(size(c.rows * c.channels * c.taps)), random.numbers(size(c.rows))};
}

/// Block by block, output channels in two parts. poison: what the scratch holds before.
std::vector<float> run(const Case& c, const Data& data,
                       float poison = std::numeric_limits<float>::quiet_NaN()) {
  const ops::Window w = window_of(c);
  const std::size_t rows = size(c.rows), channels = size(c.channels);
  std::vector<float> transformed(WinogradLine::weight_floats(rows, channels));
  WinogradLine::transform_weights(data.weights.data(), rows, channels, size(c.taps),
                                  transformed.data());
  const WinogradLine winograd(w, c.channels, c.rows);
  AlignedBuffer scratch(winograd.scratch_bytes());
  std::fill_n(scratch.floats(), scratch.size() / sizeof(float), poison);
  std::vector<float> y(rows * size(w.out_size()));
  const Planes planes{data.x.data(), transformed.data(), data.bias.data(), y.data(), 0};
  for (std::int64_t block = 0; block < winograd.blocks(); ++block) {
    winograd.run(block, 0, 8, planes, scratch.data(), nullptr);
    winograd.run(block, 8, rows - 8, planes, scratch.data(), nullptr);
  }
  return y;
}

/// Six inputs along the axis from the one that output (y, x) reads first.
std::array<float, kElements> taps_at(const Case& c, const Data& data, std::int64_t channel,
                                     std::int64_t y, std::int64_t x) {
  std::array<float, kElements> d{};
  for (std::size_t k = 0; k < kElements; ++k) {
    const auto step = static_cast<std::int64_t>(k);
    const std::int64_t row = y - c.pads[0] + (c.axis == Axis::kY ? step : 0);
    const std::int64_t column = x - c.pads[1] + (c.axis == Axis::kX ? step : 0);
    if (row < 0 || row >= c.height || column < 0 || column >= c.width) continue;
    d[k] = data.x[size((channel * c.height + row) * c.width + column)];
  }
  return d;
}

const float* kernel_of(const Case& c, const Data& data, std::int64_t o, std::int64_t channel) {
  return &data.weights[size((o * c.channels + channel) * c.taps)];
}

/// Calls visit(channel out, y, x, outputs that exist, positions of these) for every tile.
template <typename Visit>
void for_each_tile(const Case& c, Visit&& visit) {
  const ops::Window w = window_of(c);
  const std::int64_t outputs = static_cast<std::int64_t>(kElements) + 1 - c.taps;
  const std::int64_t down = c.axis == Axis::kY ? outputs : 1,
                     across = c.axis == Axis::kX ? outputs : 1;
  for (std::int64_t o = 0; o < c.rows; ++o) {
    for (std::int64_t y = 0; y < w.out[1]; y += down) {
      for (std::int64_t x = 0; x < w.out[2]; x += across) {
        std::vector<std::size_t> at;
        for (std::int64_t j = 0; j < outputs; ++j) {
          const std::int64_t row = c.axis == Axis::kY ? y + j : y,
                             column = c.axis == Axis::kX ? x + j : x;
          if (row < w.out[1] && column < w.out[2])
            at.push_back(size((o * w.out[1] + row) * w.out[2] + column));
        }
        visit(o, y, x, at);
      }
    }
  }
}

/// |G||g|
Elements expanded_sizes(const float* g, std::size_t taps) {
  Elements u{};
  for (std::size_t p = 0; p + 1 < kElements; ++p) {
    for (std::size_t k = 0; k < taps; ++k)
      u[p] += std::fabs(line::power(line::kPoints[p], k) * static_cast<double>(g[k]));
    u[p] /= std::fabs(line::kScale[p]);
  }
  u[kElements - 1] = std::fabs(static_cast<double>(g[taps - 1]));
  return u;
}

TEST(WinogradLine, HasMatricesThatConvolve) {
  for (const std::size_t taps : {3u, 4u, 5u}) {
    const std::size_t outputs = kElements + 1 - taps;
    for (std::size_t k = 0; k < taps; ++k) {
      std::array<float, kElements> g{};
      g[k] = 1.0f;
      const Elements u = line::expand(g.data(), taps);
      for (std::size_t i = 0; i < kElements; ++i) {
        for (std::size_t j = 0; j < outputs; ++j) {
          double y = 0.0;
          for (std::size_t p = 0; p < kElements; ++p) {
            y += static_cast<double>(line::output(outputs, j, p)) * u[p] *
                 static_cast<double>(line::kInput[p][i]);
          }
          EXPECT_NEAR(y, i == j + k ? 1.0 : 0.0, 1e-14) << taps << " taps: " << i << j << k;
        }
      }
    }
  }
}

TEST(WinogradLine, HasTheBitsOfItsDefinition) {
  for (const Case& c : kCases) {
    const Data data = data_of(c);
    const std::vector<float> y = run(c, data);
    const std::size_t outputs = kElements + 1 - size(c.taps);
    std::size_t wrong = 0, seen = 0;
    for_each_tile(c, [&](std::int64_t o, std::int64_t row, std::int64_t column, const auto& at) {
      std::array<float, kElements> m{};
      for (std::int64_t channel = 0; channel < c.channels; ++channel) {
        const Elements u = line::expand(kernel_of(c, data, o, channel), size(c.taps));
        const auto d = taps_at(c, data, channel, row, column);
        for (std::size_t e = 0; e < kElements; ++e) {
          float v = 0.0f;
          for (std::size_t k = 0; k < kElements; ++k) {
            const float product = line::kInput[e][k] * d[k];
            v = v + product;
          }
          const float product = static_cast<float>(u[e]) * v;
          m[e] = m[e] + product;
        }
      }
      for (std::size_t j = 0; j < at.size(); ++j) {
        float expected = 0.0f;
        for (std::size_t e = 0; e < kElements; ++e) {
          const float product = line::output(outputs, j, e) * m[e];
          expected = expected + product;
        }
        wrong += y[at[j]] != expected + data.bias[size(o)];
        ++seen;
      }
    });
    EXPECT_EQ(wrong, 0u) << "case " << &c - kCases;
    EXPECT_EQ(seen, y.size());
  }
}

TEST(WinogradLine, HasTheSameBitsOnEveryInstructionSet) {
  for (const Case& c : kCases) {
    const Data data = data_of(c);
    const std::vector<float> wanted = run(c, data);
    on_every_target([&](const std::string& target) {
      EXPECT_TRUE(run(c, data) == wanted) << "case " << &c - kCases << ", " << target;
    });
  }
}

/// Left-over bytes in lanes that are dropped cost time all the same: integers are denormal floats.
TEST(WinogradLine, ComputesWithNothingThatItHasNotWritten) {
  for (const Case& c : kCases) {
    const Data data = data_of(c);
    std::feclearexcept(FE_INVALID);
    run(c, data, std::numeric_limits<float>::signaling_NaN());
    EXPECT_EQ(std::fetestexcept(FE_INVALID), 0) << "case " << &c - kCases;
  }
}

TEST(WinogradLine, StaysWithinItsBound) {
  double worst = 0.0;
  for (const Case& c : kCases) {
    const Data data = data_of(c);
    const std::vector<float> y = run(c, data);
    const std::size_t outputs = kElements + 1 - size(c.taps);
    for_each_tile(c, [&](std::int64_t o, std::int64_t row, std::int64_t column, const auto& at) {
      Elements m{};
      std::vector<double> exact(at.size(), 0.0);
      for (std::int64_t channel = 0; channel < c.channels; ++channel) {
        const float* g = kernel_of(c, data, o, channel);
        const Elements u = expanded_sizes(g, size(c.taps));
        const auto d = taps_at(c, data, channel, row, column);
        for (std::size_t e = 0; e < kElements; ++e) {
          double v = 0.0;
          for (std::size_t k = 0; k < kElements; ++k)
            v += std::fabs(static_cast<double>(line::kInput[e][k]) * static_cast<double>(d[k]));
          m[e] += u[e] * v;
        }
        for (std::size_t j = 0; j < at.size(); ++j) {
          for (std::size_t k = 0; k < size(c.taps); ++k)
            exact[j] += static_cast<double>(d[j + k]) * static_cast<double>(g[k]);
        }
      }
      for (std::size_t j = 0; j < at.size(); ++j) {
        const double bias = static_cast<double>(data.bias[size(o)]);
        double whole = std::fabs(bias);
        for (std::size_t e = 0; e < kElements; ++e)
          whole += std::fabs(static_cast<double>(line::output(outputs, j, e))) * m[e];
        const double error = std::fabs(static_cast<double>(y[at[j]]) - (exact[j] + bias));
        const double bound = (static_cast<double>(c.channels) + 13) * 0x1p-24 * whole;
        worst = error <= bound ? std::max(worst, error / bound) : 2.0;  // also when it is NaN
      }
    });
  }
  EXPECT_LT(worst, 1.0);
  RecordProperty("largest_error_by_bound", std::to_string(worst));
}

TEST(WinogradLine, IsChosenByWeightsAndAttributes) {
  ops::Window w = window_of(kCases[0]);
  EXPECT_TRUE(WinogradLine::is_better(16, 16, w));
  EXPECT_TRUE(WinogradLine::is_better(16, 16, window_of(kCases[5])));
  EXPECT_FALSE(WinogradLine::is_better(16, 3, w));
  EXPECT_FALSE(WinogradLine::is_better(8, 16, w));
  w.stride[2] = 2;
  EXPECT_FALSE(WinogradLine::is_better(64, 64, w));
  w = window_of(kCases[0]);
  w.kernel = {1, 3, 3};
  EXPECT_FALSE(WinogradLine::is_better(64, 64, w));
  w.kernel = {1, 1, 7};
  EXPECT_FALSE(WinogradLine::is_better(64, 64, w));
}

}  // namespace
}  // namespace xquant::runtime::conv

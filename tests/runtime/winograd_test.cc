#include "runtime/conv/winograd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cfenv>
#include <cmath>
#include <limits>

#include "runtime/aligned_buffer.h"
#include "runtime/random.h"

namespace xquant::runtime::conv {
namespace {

struct Case {
  std::int64_t channels, rows, height, width;
  std::array<std::int64_t, 4> pads;  ///< top, left, bottom, right
};

constexpr Case kCases[] = {
    {16, 16, 8, 8, {1, 1, 1, 1}},   {17, 19, 7, 9, {1, 1, 1, 1}},   {16, 21, 33, 5, {0, 0, 0, 0}},
    {20, 16, 14, 70, {1, 0, 0, 1}}, {64, 18, 31, 40, {1, 1, 1, 1}}, {600, 16, 6, 9, {0, 2, 3, 0}},
};

ops::Window window_of(const Case& c) {
  ops::Window w;
  w.in = {1, c.height, c.width};
  w.kernel = {1, 3, 3};
  w.pad_begin = {0, c.pads[0], c.pads[1]};
  w.pad_end = {0, c.pads[2], c.pads[3]};
  for (std::size_t d = 1; d < 3; ++d) w.out[d] = w.in[d] + w.pad_begin[d] + w.pad_end[d] - 2;
  return w;
}

template <typename T>
using Tile = std::array<std::array<T, 4>, 4>;

constexpr int kB[4][4] = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
constexpr int kA[2][4] = {{1, 1, 1, 0}, {0, 1, -1, -1}};
constexpr double kG[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

/// U of one kernel; exact in double but for its last rounding to float.
Tile<double> kernel_tile(const float* g, bool absolute) {
  Tile<double> u{};
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      for (std::size_t y = 0; y < 3; ++y) {
        for (std::size_t x = 0; x < 3; ++x) {
          const double term = kG[i][y] * kG[j][x] * static_cast<double>(g[3 * y + x]);
          u[i][j] += absolute ? std::fabs(term) : term;
        }
      }
    }
  }
  return u;
}

/// The padded input as a function of output coordinates.
float element(const Case& c, std::span<const float> x, std::int64_t channel, std::int64_t row,
              std::int64_t column) {
  const std::int64_t y = row - c.pads[0], z = column - c.pads[1];
  if (y < 0 || y >= c.height || z < 0 || z >= c.width) return 0.0f;
  return x[static_cast<std::size_t>((channel * c.height + y) * c.width + z)];
}

Tile<float> input_tile(const Case& c, std::span<const float> x, std::int64_t channel,
                       std::int64_t row, std::int64_t column) {
  Tile<float> d{};
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      d[i][j] = element(c, x, channel, row + static_cast<std::int64_t>(i),
                        column + static_cast<std::int64_t>(j));
    }
  }
  return d;
}

/// B^T d B in float, as the header says.
Tile<float> forward(const Tile<float>& d) {
  Tile<float> columns{}, v{};
  for (std::size_t j = 0; j < 4; ++j) {
    columns[0][j] = d[0][j] - d[2][j], columns[1][j] = d[1][j] + d[2][j];
    columns[2][j] = d[2][j] - d[1][j], columns[3][j] = d[1][j] - d[3][j];
  }
  for (std::size_t i = 0; i < 4; ++i) {
    v[i][0] = columns[i][0] - columns[i][2], v[i][1] = columns[i][1] + columns[i][2];
    v[i][2] = columns[i][2] - columns[i][1], v[i][3] = columns[i][1] - columns[i][3];
  }
  return v;
}

/// A^T m A in float.
std::array<std::array<float, 2>, 2> backward(const Tile<float>& m) {
  std::array<std::array<float, 4>, 2> s{};
  for (std::size_t j = 0; j < 4; ++j) {
    s[0][j] = (m[0][j] + m[1][j]) + m[2][j];
    s[1][j] = (m[1][j] - m[2][j]) - m[3][j];
  }
  std::array<std::array<float, 2>, 2> y{};
  for (std::size_t i = 0; i < 2; ++i) {
    y[i][0] = (s[i][0] + s[i][1]) + s[i][2];
    y[i][1] = (s[i][1] - s[i][2]) - s[i][3];
  }
  return y;
}

struct Data {
  std::vector<float> x, weights, bias;
};

Data data_of(const Case& c) {
  Random random(9);
  const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  return {random.numbers(size(c.channels * c.height * c.width)),
          random.numbers(size(c.rows * c.channels * 9)), random.numbers(size(c.rows))};
}

/// Block by block, output channels in two parts.
/// poison: what the scratch holds before. Nothing may be read that was not written.
std::vector<float> run(const Case& c, const Data& data,
                       float poison = std::numeric_limits<float>::quiet_NaN()) {
  const ops::Window w = window_of(c);
  const auto rows = static_cast<std::size_t>(c.rows),
             channels = static_cast<std::size_t>(c.channels);
  std::vector<float> transformed(Winograd::weight_floats(rows, channels));
  Winograd::transform_weights(data.weights.data(), rows, channels, transformed.data());
  const Winograd winograd(w, c.channels, c.rows);
  AlignedBuffer scratch(winograd.scratch_bytes());
  std::fill_n(scratch.floats(), scratch.size() / sizeof(float), poison);
  std::vector<float> y(rows * static_cast<std::size_t>(w.out_size()));
  const Planes planes{data.x.data(), transformed.data(), data.bias.data(), y.data(), 0};
  for (std::int64_t block = 0; block < winograd.blocks(); ++block) {
    winograd.run(block, 0, 8, planes, scratch.data(), nullptr);
    winograd.run(block, 8, rows - 8, planes, scratch.data(), nullptr);
  }
  return y;
}

/// Calls visit(channel out, row, column) for the first output of every tile.
template <typename Visit>
void for_each_tile(const Case& c, Visit&& visit) {
  const ops::Window w = window_of(c);
  for (std::int64_t o = 0; o < c.rows; ++o) {
    for (std::int64_t y = 0; y < w.out[1]; y += 2) {
      for (std::int64_t x = 0; x < w.out[2]; x += 2) visit(o, y, x);
    }
  }
}

/// Calls visit(i, j, position in y) for the outputs of a tile that exist.
template <typename Visit>
void for_each_output(const Case& c, std::int64_t o, std::int64_t row, std::int64_t column,
                     Visit&& visit) {
  const ops::Window w = window_of(c);
  for (std::int64_t i = 0; i < 2 && row + i < w.out[1]; ++i) {
    for (std::int64_t j = 0; j < 2 && column + j < w.out[2]; ++j) {
      visit(static_cast<std::size_t>(i), static_cast<std::size_t>(j),
            static_cast<std::size_t>((o * w.out[1] + row + i) * w.out[2] + column + j));
    }
  }
}

TEST(Winograd, HasTheBitsOfItsDefinition) {
  for (const Case& c : kCases) {
    const Data data = data_of(c);
    const std::vector<float> y = run(c, data);
    std::size_t wrong = 0;
    for_each_tile(c, [&](std::int64_t o, std::int64_t row, std::int64_t column) {
      Tile<float> m{};
      for (std::int64_t channel = 0; channel < c.channels; ++channel) {
        const auto u = kernel_tile(
            &data.weights[static_cast<std::size_t>((o * c.channels + channel) * 9)], false);
        const auto v = forward(input_tile(c, data.x, channel, row, column));
        for (std::size_t i = 0; i < 4; ++i) {
          for (std::size_t j = 0; j < 4; ++j) {
            const float product = static_cast<float>(u[i][j]) * v[i][j];
            m[i][j] = m[i][j] + product;
          }
        }
      }
      const auto expected = backward(m);
      for_each_output(c, o, row, column, [&](std::size_t i, std::size_t j, std::size_t at) {
        wrong += y[at] != expected[i][j] + data.bias[static_cast<std::size_t>(o)];
      });
    });
    EXPECT_EQ(wrong, 0u) << "case " << &c - kCases;
  }
}

/// Left-over bytes in lanes that are dropped cost time all the same: integers are denormal floats.
TEST(Winograd, ComputesWithNothingThatItHasNotWritten) {
  for (const Case& c : kCases) {
    const Data data = data_of(c);
    std::feclearexcept(FE_INVALID);
    run(c, data, std::numeric_limits<float>::signaling_NaN());
    EXPECT_EQ(std::fetestexcept(FE_INVALID), 0) << "case " << &c - kCases;
  }
}

TEST(Winograd, StaysWithinItsBound) {
  double worst = 0.0;
  for (const Case& c : kCases) {
    const Data data = data_of(c);
    const std::vector<float> y = run(c, data);
    for_each_tile(c, [&](std::int64_t o, std::int64_t row, std::int64_t column) {
      std::array<std::array<double, 2>, 2> exact{}, size{};
      for (std::int64_t channel = 0; channel < c.channels; ++channel) {
        const float* g = &data.weights[static_cast<std::size_t>((o * c.channels + channel) * 9)];
        const auto u = kernel_tile(g, true);
        const auto d = input_tile(c, data.x, channel, row, column);
        Tile<double> product{};
        for (std::size_t i = 0; i < 4; ++i) {
          for (std::size_t j = 0; j < 4; ++j) {
            double v = 0.0;
            for (std::size_t a = 0; a < 4; ++a) {
              for (std::size_t b = 0; b < 4; ++b)
                v += std::abs(kB[i][a] * kB[j][b]) * std::fabs(static_cast<double>(d[a][b]));
            }
            product[i][j] = u[i][j] * v;
          }
        }
        for (std::size_t i = 0; i < 2; ++i) {
          for (std::size_t j = 0; j < 2; ++j) {
            for (std::size_t a = 0; a < 4; ++a) {
              for (std::size_t b = 0; b < 4; ++b)
                size[i][j] += std::abs(kA[i][a] * kA[j][b]) * product[a][b];
            }
            for (std::size_t a = 0; a < 3; ++a) {
              for (std::size_t b = 0; b < 3; ++b) {
                exact[i][j] +=
                    static_cast<double>(d[i + a][j + b]) * static_cast<double>(g[3 * a + b]);
              }
            }
          }
        }
      }
      for_each_output(c, o, row, column, [&](std::size_t i, std::size_t j, std::size_t at) {
        const double bias = static_cast<double>(data.bias[static_cast<std::size_t>(o)]);
        const double error = std::fabs(static_cast<double>(y[at]) - (exact[i][j] + bias));
        const double bound =
            (static_cast<double>(c.channels) + 12) * 0x1p-24 * (size[i][j] + std::fabs(bias));
        worst = error <= bound ? std::max(worst, error / bound) : 2.0;  // also when it is NaN
      });
    });
  }
  EXPECT_LT(worst, 1.0);
  RecordProperty("largest_error_by_bound", std::to_string(worst));
}

TEST(Winograd, IsChosenByWeightsAndAttributes) {
  ops::Window w = window_of(kCases[0]);
  EXPECT_TRUE(Winograd::is_better(16, 16, w));
  EXPECT_FALSE(Winograd::is_better(16, 3, w));
  w.stride[2] = 2;
  EXPECT_FALSE(Winograd::is_better(64, 64, w));
}

}  // namespace
}  // namespace xquant::runtime::conv

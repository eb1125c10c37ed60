// Row functions on every instruction set of this machine, against one element after the other:
// equal bits.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "int8/xq_int8.h"
#include "runtime/activation/activation.h"
#include "runtime/depthwise/depthwise.h"
#include "runtime/every_target.h"
#include "runtime/pool/max_row.h"
#include "runtime/pool/nonnegative_max.h"
#include "runtime/random.h"
#include "runtime/row_sums.h"
#include "runtime/rows.h"

namespace xquant::runtime {
namespace {

constexpr std::size_t kLengths[] = {1, 3, 4, 5, 15, 16, 17, 31, 33, 64, 65, 100, 257};

/// Random numbers with NaN, infinities and both zeros among them.
std::vector<float> odd_numbers(Random& random, std::size_t n) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float odd[] = {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity, 0.0f, -0.0f};
  std::vector<float> values = random.numbers(n);
  for (float& value : values) {
    if (random.below(6) == 0) value = odd[random.below(5)];
  }
  return values;
}

void expect_same_bits(const std::vector<float>& got, const std::vector<float>& wanted,
                      const std::string& where) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (wanted[i] != wanted[i] && got[i] != got[i]) continue;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(got[i]), std::bit_cast<std::uint32_t>(wanted[i]))
        << where << ", element " << i << ": " << got[i] << " and not " << wanted[i];
  }
}

TEST(MaxRow, HasTheBitsOfSingleWindowsAndReadsNothingElse) {
  on_every_target([](const std::string& target) {
    Random random(21);
    for (const std::size_t n : kLengths) {
      for (const std::size_t step : {1u, 2u}) {
        // Taps that end with the memory, as those of a tensor's last row do.
        const std::size_t count = 1 + random.below(9), row = (n - 1) * step + 1;
        std::vector<std::vector<float>> rows;
        std::vector<const float*> taps;
        for (std::size_t t = 0; t < count; ++t) rows.push_back(odd_numbers(random, row + 1));
        for (std::size_t t = 0; t < count; ++t) taps.push_back(rows[t].data() + (t % 2));
        std::vector<float> got(n), wanted(n);
        for (std::size_t i = 0; i < n; ++i) {
          float best = -std::numeric_limits<float>::infinity();
          for (const float* tap : taps) {
            const float value = tap[i * step];
            best = value > best || value != value ? value : best;
          }
          wanted[i] = best;
        }
        pool::max_row(taps.data(), count, step, got.data(), n);
        expect_same_bits(got, wanted, target + ", " + std::to_string(n));
      }
    }
  });
}

/// Rows without signs, whose windows reach into the padding; with one other element, refused.
TEST(NonnegativeMax, HasTheBitsOfSingleWindowsOrSaysNo) {
  on_every_target([](const std::string& target) {
    Random random(25);
    int taken = 0;
    for (int i = 0; i < 400; ++i) {
      const std::size_t in = 1 + random.below(120), kernel = 1 + random.below(5);
      const std::size_t before = random.below(kernel), step = 1 + random.below(2);
      const std::size_t room = in + before + random.below(kernel);
      if (room < kernel) continue;
      const pool::WindowRow shape{in, before, kernel, step, (room - kernel) / step + 1};
      if (!pool::NonnegativeMax::takes(shape)) continue;
      ++taken;
      const std::size_t count = 1 + random.below(4);
      std::vector<std::vector<float>> rows;
      for (std::size_t r = 0; r < count; ++r) {
        rows.push_back(random.numbers(in));
        for (float& value : rows.back()) value = value < 0.0f ? 0.0f : value;
        if (random.below(4) == 0)
          rows.back()[random.below(in)] = std::numeric_limits<float>::infinity();
      }
      std::vector<const float*> pointers;
      for (const auto& row : rows) pointers.push_back(row.data());
      std::vector<float> got(shape.out), wanted(shape.out);
      for (std::size_t o = 0; o < shape.out; ++o) {
        float best = -std::numeric_limits<float>::infinity();
        for (const auto& row : rows) {
          for (std::size_t k = 0; k < kernel; ++k) {
            const std::size_t x = o * step + k;
            if (x >= before && x - before < in) best = std::max(best, row[x - before]);
          }
        }
        wanted[o] = best;
      }
      pool::NonnegativeMax windows(shape);
      ASSERT_TRUE(windows.run(pointers.data(), count, got.data()));
      expect_same_bits(got, wanted, target + ", rows of " + std::to_string(in));
      const float others[] = {-0.0f, -1.0f, std::numeric_limits<float>::quiet_NaN(),
                              -std::numeric_limits<float>::quiet_NaN()};
      rows[random.below(count)][random.below(in)] = others[random.below(4)];
      EXPECT_FALSE(windows.run(pointers.data(), count, got.data()));
    }
    EXPECT_GT(taken, 50) << target;
  });
}

/// Element x of a row of n, zero outside.
float at(const float* row, std::size_t n, std::ptrdiff_t x) {
  return x >= 0 && x < static_cast<std::ptrdiff_t>(n) ? row[x] : 0.0f;
}

/// `size` floats in memory that ends with them, so that a sanitizer sees what is read beyond, and a
/// value behind those that are written.
constexpr float kBeyond = 12345.0f;

TEST(Rows, ArePaddedWithoutTouchingWhatLiesAround) {
  on_every_target([](const std::string& target) {
    Random random(24);
    for (int i = 0; i < 300; ++i) {
      const PaddedRows p{1 + random.below(6), 1 + random.below(40), random.below(20), 0};
      const PaddedRows layout{p.rows, p.n, p.left, p.left + p.n + random.below(20)};
      const std::size_t step = p.n + random.below(9);
      const std::vector<float> from = random.numbers((p.rows - 1) * step + p.n);
      std::vector<float> got(p.rows * layout.width + 1, kBeyond), wanted = got;
      for (std::size_t r = 0; r < p.rows; ++r) {
        for (std::size_t x = 0; x < layout.width; ++x) {
          wanted[r * layout.width + x] =
              at(from.data() + r * step, p.n,
                 static_cast<std::ptrdiff_t>(x) - static_cast<std::ptrdiff_t>(p.left));
        }
      }
      pad_rows(from.data(), step, layout, got.data());
      expect_same_bits(got, wanted, target + ", rows of " + std::to_string(p.n));
    }
  });
}

TEST(Rows, AreCopiedToTheLastByte) {
  on_every_target([](const std::string& target) {
    for (std::size_t n = 0; n <= 200; ++n) {
      std::vector<std::uint8_t> from(n), got(n + 1, 0xEE);
      for (std::size_t i = 0; i < n; ++i) from[i] = static_cast<std::uint8_t>(i + 1);
      std::vector<std::uint8_t> wanted = from;
      wanted.push_back(0xEE);
      copy_row(from.data(), got.data(), n);
      ASSERT_EQ(got, wanted) << target << ", " << n;
    }
  });
}

template <typename T>
void expect_doubled(const std::string& target) {
  for (std::size_t n = 0; n <= 100; ++n) {
    std::vector<T> from(n), wanted, got(2 * n + 1, T{7});
    for (std::size_t i = 0; i < n; ++i) {
      from[i] = static_cast<T>(~std::uint64_t{0} / 3 + i * 1000003);
      wanted.insert(wanted.end(), 2, from[i]);
    }
    wanted.push_back(7);
    double_row(from.data(), got.data(), n);
    ASSERT_EQ(got, wanted) << target << ", " << n << " of " << sizeof(T) << " bytes";
  }
}

TEST(Rows, HaveEveryElementTwice) {
  on_every_target([](const std::string& target) {
    expect_doubled<std::uint8_t>(target);
    expect_doubled<std::uint16_t>(target);
    expect_doubled<std::uint32_t>(target);
    expect_doubled<std::uint64_t>(target);
  });
}

TEST(Rows, AreSplitIntoHalvesWithZerosAround) {
  on_every_target([](const std::string& target) {
    Random random(25);
    for (int i = 0; i < 300; ++i) {
      const std::size_t rows = 1 + random.below(4), n = 1 + random.below(80),
                        step = n + random.below(3);
      const SplitRows layout{rows, n, step, static_cast<std::ptrdiff_t>(random.below(12)) - 8,
                             1 + random.below(50)};
      const std::vector<float> from = random.numbers((rows - 1) * step + n);
      std::vector<float> even(rows * layout.width + 1, kBeyond), odd = even,
                                                                 wanted[2] = {even, odd};
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t x = 0; x < layout.width; ++x) {
          for (std::size_t half = 0; half < 2; ++half) {
            wanted[half][r * layout.width + x] =
                at(from.data() + r * step, n,
                   layout.first + static_cast<std::ptrdiff_t>(2 * x + half));
          }
        }
      }
      split_rows(from.data(), layout, even.data(), i % 3 == 0 ? nullptr : odd.data());
      expect_same_bits(even, wanted[0], target + ", even columns");
      if (i % 3 != 0) expect_same_bits(odd, wanted[1], target + ", odd columns");
    }
  });
}

TEST(RowSums, AreMadeInDoubleInTheOrderOfMemory) {
  on_every_target([](const std::string& target) {
    Random random(28);
    for (const std::size_t n : kLengths) {
      // Of so different sizes that another order would be another sum.
      std::vector<float> x = random.numbers(kSumRows * n);
      for (float& value : x) value = std::ldexp(value, static_cast<int>(random.below(80)) - 40);
      double sums[kSumRows], squares[kSumRows];
      sum_rows(x.data(), n, sums);
      const std::vector<double> means(sums, sums + kSumRows);
      sum_row_squares(x.data(), n, means.data(), squares);
      for (std::size_t r = 0; r < kSumRows; ++r) {
        double sum = 0, square = 0;
        for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(x[r * n + i]);
        for (std::size_t i = 0; i < n; ++i) {
          const double distance = static_cast<double>(x[r * n + i]) - means[r];
          square += distance * distance;
        }
        ASSERT_EQ(sums[r], sum) << target << ", " << n << ", row " << r;
        ASSERT_EQ(squares[r], square) << target << ", " << n << ", row " << r;
      }
    }
  });
}

TEST(Depthwise, SumsTapsInTheirOrder) {
  on_every_target([](const std::string& target) {
    Random random(22);
    for (const std::size_t n : kLengths) {
      const std::size_t count = 1 + random.below(25);
      const std::vector<float> plane = random.numbers(n + count + depthwise::slack());
      const std::vector<float> weights = random.numbers(count);
      const float bias = random.number();
      std::vector<const float*> taps;
      for (std::size_t t = 0; t < count; ++t) taps.push_back(plane.data() + t);
      std::vector<float> got(n), wanted(n);
      for (std::size_t i = 0; i < n; ++i) {
        float sum = 0.0f;
        for (std::size_t t = 0; t < count; ++t) sum += weights[t] * taps[t][i];
        wanted[i] = sum + bias;
      }
      depthwise::convolve(taps.data(), weights.data(), count, &bias, {}, got.data(), {1, n, 0, 0});
      expect_same_bits(got, wanted, target + ", " + std::to_string(n));
      for (float& value : wanted) value = std::clamp(value, -0.5f, 0.25f);
      depthwise::convolve(taps.data(), weights.data(), count, &bias, {-0.5f, 0.25f}, got.data(),
                          {1, n, 0, 0});
      expect_same_bits(got, wanted, target + ", within bounds");
    }
  });
}

TEST(Activation, ReluAndClipHaveTheBitsOfTheirFormulas) {
  on_every_target([](const std::string& target) {
    Random random(26);
    for (const std::size_t n : kLengths) {
      const std::vector<float> x = odd_numbers(random, n);
      std::vector<float> got(n), wanted(n);
      for (std::size_t i = 0; i < n; ++i) wanted[i] = x[i] < 0.0f ? 0.0f : x[i];
      activation::relu(x.data(), got.data(), n);
      expect_same_bits(got, wanted, target + ", Relu");
      for (const auto [low, high] : {std::pair(-0.5f, 0.25f), std::pair(0.5f, -0.5f)}) {
        for (std::size_t i = 0; i < n; ++i) {
          const float z = x[i] < low ? low : x[i];
          wanted[i] = z > high ? high : z;
        }
        activation::clip(low, high, x.data(), got.data(), n);
        expect_same_bits(got, wanted, target + ", Clip");
      }
    }
  });
}

TEST(Activation, HardOnesHaveTheBitsOfTheirFormulas) {
  const auto unit = [](float v) {
    const float most = v != v ? v : v > 1.0f ? 1.0f : v;
    return most < 0.0f ? 0.0f : most;
  };
  on_every_target([&](const std::string& target) {
    Random random(23);
    for (const std::size_t n : kLengths) {
      std::vector<float> x = odd_numbers(random, n), got(n), wanted(n);
      for (float& value : x) value *= 5.0f;
      for (std::size_t i = 0; i < n; ++i) wanted[i] = unit(0.3f * x[i] + 0.4f);
      activation::hard_sigmoid(0.3f, 0.4f, x.data(), got.data(), n);
      expect_same_bits(got, wanted, target + ", HardSigmoid");
      for (std::size_t i = 0; i < n; ++i) wanted[i] = x[i] * unit((1.0f / 6.0f) * x[i] + 0.5f);
      activation::hard_swish(x.data(), got.data(), n);
      expect_same_bits(got, wanted, target + ", HardSwish");
    }
  });
}

TEST(Activation, RoundTripHasTheValuesOfQuantizingAndDequantizing) {
  on_every_target([](const std::string& target) {
    Random random(12);
    for (const std::size_t n : kLengths) {
      std::vector<float> x = odd_numbers(random, n), got(n), wanted(n);
      for (std::size_t i = 0; i < n; ++i) {
        x[i] *= 300.0f;
        if (i % 3 == 0 && std::abs(x[i]) < 1e6f) x[i] = std::trunc(x[i]) * 0.125f;  // ties
      }
      std::vector<std::int8_t> codes(n);
      for (const int zero_point : {-128, -3, 0, 127}) {
        xq_quantize_f32_s8(x.data(), n, 0.25f, zero_point, codes.data());
        xq_dequantize_s8_f32(codes.data(), n, 0.25f, zero_point, wanted.data());
        activation::round_trip(0.25f, -128 - zero_point, 127 - zero_point, x.data(), got.data(), n);
        expect_same_bits(got, wanted, target + ", round trip");
      }
    }
  });
}

}  // namespace
}  // namespace xquant::runtime

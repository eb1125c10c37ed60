#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "int8/every_isa.h"
#include "int8/real_oracle.h"

namespace xquant::int8_test {
namespace {

size_t volume(const size_t n[3]) { return n[0] * n[1] * n[2]; }

// Calls visit(element within the plane, -1 in the padding) for the positions of one window inside
// the padded image.
template <typename Visit>
void window(const xq_pool& p, const size_t o[3], const Visit& visit) {
  for (size_t k = 0; k < volume(p.kernel); ++k) {
    const size_t at_k[3] = {k / p.kernel[1] / p.kernel[2], k / p.kernel[2] % p.kernel[1],
                            k % p.kernel[2]};
    int64_t element = 0;
    bool padded = true, inside = true;
    for (size_t d = 0; d < 3; ++d) {
      const auto at = static_cast<int64_t>(o[d] * p.stride[d] + at_k[d] * p.dilation[d]) -
                      static_cast<int64_t>(p.pad_begin[d]);
      padded = padded && at < static_cast<int64_t>(p.in[d] + p.pad_end[d]);
      inside = inside && at >= 0 && at < static_cast<int64_t>(p.in[d]);
      element = element * static_cast<int64_t>(p.in[d]) + at;
    }
    if (padded) visit(inside ? element : -1);
  }
}

void expect_pools(Random& random, const xq_pool& p, xq_type from_type, xq_type to_type) {
  const Coded x =
      random_coded(random, random_quant(random, from_type, -6, -4), p.planes * volume(p.in));
  const xq_quant to = random.between(0, 1) && from_type == to_type
                          ? x.quant
                          : random_quant(random, to_type, -6, -4);
  const size_t outputs = volume(p.out);
  with_every_isa([&] {
    Coded largest(to, p.planes * outputs), inside(to, largest.size), padded(to, largest.size);
    xq_max_pool(&p, x.data(), &x.quant, &to, largest.data());
    xq_average_pool(&p, XQ_COUNT_INSIDE, x.data(), &x.quant, &to, inside.data());
    xq_average_pool(&p, XQ_COUNT_PADDED, x.data(), &x.quant, &to, padded.data());
    for (size_t i = 0; i < largest.size; ++i) {
      const size_t at = i % outputs;
      const size_t o[3] = {at / p.out[1] / p.out[2], at / p.out[2] % p.out[1], at % p.out[2]};
      int64_t sum = 0, in_image = 0, in_padding = 0;
      float best = -std::numeric_limits<float>::infinity();
      window(p, o, [&](int64_t element) {
        if (element < 0) {
          ++in_padding;
          return;
        }
        const size_t e = i / outputs * volume(p.in) + static_cast<size_t>(element);
        ++in_image;
        sum += x.at(e) - x.quant.zero_point;
        best = std::max(best, x.real(e));
      });
      const double real = static_cast<double>(sum) * static_cast<double>(x.quant.scale);
      const auto mean = [&](int64_t n) {
        return static_cast<float>(real / static_cast<double>(n));
      };
      ASSERT_EQ(largest.at(i), quantized(best, to));
      ASSERT_EQ(inside.at(i), quantized(mean(in_image), to));
      ASSERT_EQ(padded.at(i), quantized(mean(in_image + in_padding), to));
    }
  });
}

TEST(Pool, EqualsNaiveWindowsWhereOutputsOutnumberSums) {
  Random random(61);
  const auto pick = [&](int32_t low, int32_t high) {
    return static_cast<size_t>(random.between(low, high));
  };
  for (size_t i = 0; i < 60; ++i) {
    xq_pool p = {};
    p.planes = pick(10, 20);
    p.in[0] = pick(1, 2), p.kernel[0] = 1, p.stride[0] = pick(1, 2), p.dilation[0] = 1;
    for (size_t d = 1; d < 3; ++d) {
      p.kernel[d] = pick(1, 4);
      p.stride[d] = pick(1, 3);
      p.dilation[d] = pick(1, 2);
      p.in[d] = pick(20, 90);
      p.pad_end[d] = i % 4 == 0 ? pick(0, 2) : 0;
    }
    for (size_t d = 0; d < 3; ++d) {
      const size_t reach = (p.kernel[d] - 1) * p.dilation[d] + 1;
      p.out[d] = (p.in[d] + p.pad_end[d] - reach) / p.stride[d] + 1;
    }
    const xq_type types[] = {XQ_S8, XQ_U8};
    expect_pools(random, p, types[i % 2], types[i / 2 % 2]);
  }
}

TEST(Pool, EqualsNaiveWindowsInOneTwoAndThreeDimensions) {
  Random random(60);
  const auto pick = [&](int32_t low, int32_t high) {
    return static_cast<size_t>(random.between(low, high));
  };
  for (size_t i = 0; i < 120; ++i) {
    xq_pool p = {};
    p.planes = pick(1, 3);
    for (size_t d = 0; d < 3; ++d) {
      const bool used = d >= 2 - i % 3;
      p.kernel[d] = used ? pick(1, 3) : 1;
      p.stride[d] = used ? pick(1, 3) : 1;
      p.dilation[d] = used ? pick(1, 2) : 1;
      p.pad_begin[d] = used ? pick(0, 2) : 0;
      p.pad_end[d] = used ? pick(0, 2) : 0;
      const size_t reach = (p.kernel[d] - 1) * p.dilation[d] + 1;
      p.in[d] = used ? reach + pick(0, d == 2 ? 40 : 4) : 1;
      const size_t room = p.in[d] + p.pad_begin[d] + p.pad_end[d] - reach;
      p.out[d] = room / p.stride[d] + 1 + (room % p.stride[d] != 0 && pick(0, 1));  // ceil_mode
    }
    SCOPED_TRACE(i);
    ASSERT_NO_FATAL_FAILURE(expect_pools(random, p, kTypes[i % 4], kTypes[i / 4 % 4]));
  }
}

TEST(Reduce, SumsCodesExactly) {
  Random random(61);
  for (size_t length = 1; length <= 67; ++length) {
    for (const size_t inner : {size_t{1}, size_t{3}}) {
      const xq_type type = kTypes[length % 4];
      const Coded x = random_coded(random, random_quant(random, type, -6, -4), 4 * length * inner);
      const xq_quant to = random_quant(random, kTypes[length / 4 % 4], -4, -2);
      with_every_isa([&] {
        for (const xq_reduction op :
             {XQ_REDUCE_SUM, XQ_REDUCE_MEAN, XQ_REDUCE_MAX, XQ_REDUCE_MIN}) {
          Coded y(to, 4 * inner);
          xq_reduce(op, x.data(), 4, length, inner, &x.quant, &to, y.data());
          for (size_t i = 0; i < y.size; ++i) {
            int64_t sum = 0;
            float high = x.real(i / inner * length * inner + i % inner), low = high;
            for (size_t l = 0; l < length; ++l) {
              const size_t at = (i / inner * length + l) * inner + i % inner;
              sum += x.at(at) - x.quant.zero_point;
              high = std::max(high, x.real(at));
              low = std::min(low, x.real(at));
            }
            const double real = static_cast<double>(sum) * static_cast<double>(x.quant.scale);
            const float expected = op == XQ_REDUCE_SUM ? static_cast<float>(real)
                                   : op == XQ_REDUCE_MEAN
                                       ? static_cast<float>(real / static_cast<double>(length))
                                   : op == XQ_REDUCE_MAX ? high
                                                         : low;
            ASSERT_EQ(y.at(i), quantized(expected, to)) << op << " length " << length;
          }
        }
      });
    }
  }
}

// The float that a norm of these distances from the zero point is.
float norm_of(xq_reduction op, const std::vector<int64_t>& distances, float scale) {
  uint64_t sum = 0;
  for (const int64_t d : distances)
    sum += static_cast<uint64_t>(op == XQ_REDUCE_L1 ? std::abs(d) : d * d);
  const auto whole = static_cast<double>(sum), step = static_cast<double>(scale);
  if (op == XQ_REDUCE_L1) return static_cast<float>(whole * step);
  return static_cast<float>(op == XQ_REDUCE_L2 ? std::sqrt(whole) * step : whole * (step * step));
}

TEST(Reduce, NormsAreRootsOfExactSums) {
  Random random(62);
  for (size_t length = 1; length <= 67; ++length) {
    for (const size_t inner : {size_t{1}, size_t{3}}) {
      const xq_type type = kTypes[length % 4];
      const Coded x = random_coded(random, random_quant(random, type, -6, -4), 4 * length * inner);
      const xq_quant to = random_quant(random, kTypes[length / 4 % 4], -4, -1);
      with_every_isa([&] {
        for (const xq_reduction op : {XQ_REDUCE_L1, XQ_REDUCE_L2, XQ_REDUCE_SUM_SQUARE}) {
          Coded y(to, 4 * inner);
          xq_reduce(op, x.data(), 4, length, inner, &x.quant, &to, y.data());
          for (size_t i = 0; i < y.size; ++i) {
            std::vector<int64_t> distances;
            for (size_t l = 0; l < length; ++l)
              distances.push_back(x.at((i / inner * length + l) * inner + i % inner) -
                                  x.quant.zero_point);
            ASSERT_EQ(y.at(i), quantized(norm_of(op, distances, x.quant.scale), to))
                << op << " length " << length;
          }
        }
      });
    }
  }
}

float root_of_powers(int p, const std::vector<int64_t>& distances, float scale) {
  long double sum = 0;
  for (const int64_t d : distances) sum += std::pow(static_cast<long double>(std::abs(d)), p);
  return static_cast<float>(std::pow(sum, 1.0L / p) * static_cast<long double>(scale));
}

// r one after the other, in binary64.
float of_reals(xq_reduction op, const std::vector<float>& reals) {
  double product = 1, sum = 0, exponentials = 0;
  const auto largest = static_cast<double>(*std::max_element(reals.begin(), reals.end()));
  for (const float r : reals) {
    product *= static_cast<double>(r);
    sum += static_cast<double>(r);
    exponentials += std::exp(static_cast<double>(r) - largest);
  }
  if (op == XQ_REDUCE_PROD) return static_cast<float>(product);
  return static_cast<float>(op == XQ_REDUCE_LOG_SUM ? std::log(sum)
                                                    : largest + std::log(exponentials));
}

TEST(Reduce, MultipliesAndTakesLogarithms) {
  Random random(65);
  for (size_t length = 1; length <= 67; ++length) {
    for (const size_t inner : {size_t{1}, size_t{3}}) {
      const xq_type type = kTypes[length % 4];
      const Coded x = random_coded(random, random_quant(random, type, -7, -5), 4 * length * inner);
      const xq_quant to = random_quant(random, kTypes[length / 4 % 4], -5, -3);
      for (const xq_reduction op : {XQ_REDUCE_PROD, XQ_REDUCE_LOG_SUM, XQ_REDUCE_LOG_SUM_EXP}) {
        Coded y(to, 4 * inner);
        xq_reduce(op, x.data(), 4, length, inner, &x.quant, &to, y.data());
        for (size_t i = 0; i < y.size; ++i) {
          std::vector<float> reals;
          for (size_t l = 0; l < length; ++l)
            reals.push_back(x.real((i / inner * length + l) * inner + i % inner));
          const int wanted = quantized(of_reals(op, reals), to);
          // f32 logarithms of f32 sums may fall on the other side of a tie.
          ASSERT_LE(std::abs(y.at(i) - wanted), op == XQ_REDUCE_LOG_SUM_EXP ? 1 : 0)
              << op << " length " << length;
        }
      }
    }
  }
}

TEST(LpPool, IsTheNormOfWhatIsInside) {
  Random random(63);
  for (size_t i = 0; i < 40; ++i) {
    xq_pool p = {2,
                 {1, 6, 9},
                 {},
                 {1, 2 + i % 2, 3},
                 {1, 1 + i % 3, 2},
                 {1, 1, 1 + i / 3 % 2},
                 {0, i % 2, 1},
                 {0, 1, 0}};
    for (size_t d = 0; d < 3; ++d) {
      const size_t reach = (p.kernel[d] - 1) * p.dilation[d] + 1;
      p.out[d] = (p.in[d] + p.pad_begin[d] + p.pad_end[d] - reach) / p.stride[d] + 1;
    }
    const Coded x =
        random_coded(random, random_quant(random, kTypes[i % 4], -6, -4), 2 * volume(p.in));
    const xq_quant to = random_quant(random, kTypes[i / 4 % 4], -5, -3);
    for (const int order : {1, 2, 3, 5}) {
      Coded y(to, 2 * volume(p.out));
      xq_lp_pool(&p, order, x.data(), &x.quant, &to, y.data());
      for (size_t e = 0; e < y.size; ++e) {
        const size_t at = e % volume(p.out);
        const size_t o[3] = {at / p.out[1] / p.out[2], at / p.out[2] % p.out[1], at % p.out[2]};
        std::vector<int64_t> distances;
        window(p, o, [&](int64_t element) {
          if (element < 0) return;
          const size_t from = e / volume(p.out) * volume(p.in) + static_cast<size_t>(element);
          distances.push_back(x.at(from) - x.quant.zero_point);
        });
        if (order > 2) {
          ASSERT_EQ(y.at(e), quantized(root_of_powers(order, distances, x.quant.scale), to)) << i;
          continue;
        }
        const xq_reduction op = order == 1 ? XQ_REDUCE_L1 : XQ_REDUCE_L2;
        ASSERT_EQ(y.at(e), quantized(norm_of(op, distances, x.quant.scale), to)) << i;
      }
    }
  }
}

TEST(Reduce, HoldsTheLargestSums) {
  const size_t n = 1 << 20;
  const std::vector<uint16_t> x(n, 65535);
  const xq_quant from = xq_quant_of(XQ_U16, 0x1p-20f, 0), to = xq_quant_of(XQ_U16, 2.0f, 0);
  uint16_t y = 0;
  xq_reduce(XQ_REDUCE_SUM, x.data(), 1, n, 1, &from, &to, &y);
  EXPECT_EQ(y, 32768);  // 65535 * 2^20 * 2^-20 / 2, half to even
}

TEST(CumSum, RoundsExactSumsOnce) {
  Random random(64);
  for (size_t length = 1; length <= 600; length += length < 40 ? 1 : 73) {
    for (const size_t inner : {size_t{1}, size_t{3}}) {
      const Coded x = random_coded(random, random_quant(random, kTypes[length % 4], -6, -4),
                                   2 * length * inner);
      const xq_quant to = random_quant(random, kTypes[length / 4 % 4], -4, -1);
      for (int kind = 0; kind < 4; ++kind) {
        const int exclusive = kind % 2, reverse = kind / 2;
        Coded y(to, x.size);
        xq_cumsum(x.data(), 2, length, inner, exclusive, reverse, &x.quant, &to, y.data());
        for (size_t i = 0; i < x.size; ++i) {
          const size_t at = i / inner % length, first = i - at * inner;
          int64_t sum = 0;
          for (size_t l = 0; l < length; ++l) {
            const bool before = reverse != 0 ? l > at : l < at;
            if (before || (l == at && exclusive == 0))
              sum += x.at(first + l * inner) - x.quant.zero_point;
          }
          const auto real = static_cast<double>(sum) * static_cast<double>(x.quant.scale);
          ASSERT_EQ(y.at(i), quantized(static_cast<float>(real), to)) << length << " kind " << kind;
        }
      }
    }
  }
}

}  // namespace
}  // namespace xquant::int8_test

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "int8/every_isa.h"
#include "int8/real_oracle.h"

namespace xquant::int8_test {
namespace {

// Largest distance in steps between codes and quantized doubles; ties and the last bit of an
// exponential may move a result by one.
int distance(const Coded& y, const std::vector<double>& expected) {
  int largest = 0;
  for (size_t i = 0; i < y.size; ++i) {
    largest =
        std::max(largest, std::abs(y.at(i) - quantized(static_cast<float>(expected[i]), y.quant)));
  }
  return largest;
}

// Elements [outer, length, inner] -> the same, each run along the middle dimension by `row`.
template <typename Row>
std::vector<double> along(const Coded& x, size_t length, size_t inner, const Row& row) {
  std::vector<double> y(x.size);
  for (size_t i = 0; i < x.size / length; ++i) {
    std::vector<double> values;
    const auto at = [&](size_t l) { return (i / inner * length + l) * inner + i % inner; };
    for (size_t l = 0; l < length; ++l) values.push_back(static_cast<double>(x.real(at(l))));
    row(values);
    for (size_t l = 0; l < length; ++l) y[at(l)] = values[l];
  }
  return y;
}

TEST(Softmax, IsWithinOneStepOfBinary64AndTheSameEverywhere) {
  Random random(70);
  for (size_t length = 1; length <= 67; ++length) {
    for (const size_t inner : {size_t{1}, size_t{5}}) {
      const Coded x = random_coded(random, random_quant(random, kTypes[length % 4], -9, -5),
                                   3 * length * inner);
      const xq_quant to = xq_quant_of(XQ_U8, 1.0f / 256.0f, 0);
      const xq_quant log_to = xq_quant_of(XQ_S8, 0.25f, 127);
      const auto soft = along(x, length, inner, [](std::vector<double>& row) {
        const double largest = *std::max_element(row.begin(), row.end());
        double sum = 0;
        for (double& v : row) sum += v = std::exp(v - largest);
        for (double& v : row) v /= sum;
      });
      std::vector<int32_t> first;
      with_every_isa([&] {
        auto workspace = aligned_memory(xq_softmax_workspace_size(length));
        Coded y(to, x.size), log_y(log_to, x.size);
        xq_softmax(x.data(), 3, length, inner, &x.quant, &to, y.data(), workspace.data());
        xq_log_softmax(x.data(), 3, length, inner, &x.quant, &log_to, log_y.data(),
                       workspace.data());
        ASSERT_LE(distance(y, soft), 1);
        std::vector<double> logs(soft);
        for (double& v : logs) v = std::log(v);
        ASSERT_LE(distance(log_y, logs), 1);
        std::vector<int32_t> codes;
        for (size_t i = 0; i < y.size; ++i) codes.push_back(y.at(i) * 1000 + log_y.at(i));
        if (first.empty()) first = codes;
        ASSERT_EQ(codes, first);
      });
    }
  }
}

// Rows together look their exponentials up in a table, one row computes them: the same codes.
TEST(Softmax, OfManyRowsIsThatOfEachRow) {
  Random random(76);
  for (const xq_type type : kTypes) {
    constexpr size_t kRows = 40, kLength = 19;
    const Coded x = random_coded(random, random_quant(random, type, -6, -3), kRows * kLength);
    const xq_quant to = xq_quant_of(XQ_U16, 1.0f / 65536.0f, 0);  // ties hide no difference
    with_every_isa([&] {
      auto workspace = aligned_memory(xq_softmax_workspace_size(kLength));
      Coded together(to, x.size), alone(to, x.size);
      xq_softmax(x.data(), kRows, kLength, 1, &x.quant, &to, together.data(), workspace.data());
      for (size_t row = 0; row < kRows; ++row) {
        const size_t at = row * kLength;
        const auto* from = static_cast<const char*>(static_cast<const void*>(x.data()));
        auto* result = static_cast<char*>(static_cast<void*>(alone.data()));
        xq_softmax(from + at * xq_type_size(type), 1, kLength, 1, &x.quant, &to, result + at * 2,
                   workspace.data());
      }
      for (size_t i = 0; i < x.size; ++i) ASSERT_EQ(together.at(i), alone.at(i)) << i;
    });
  }
}

struct Affine {
  std::vector<float> gamma, beta;
};

Affine random_affine(Random& random, size_t n) {
  Affine a;
  for (size_t i = 0; i < n; ++i) {
    a.gamma.push_back(random.positive(-2, 1));
    a.beta.push_back(static_cast<float>(random.between(-100, 100)) / 64.0f);
  }
  return a;
}

TEST(Norm, IsWithinOneStepOfBinary64) {
  Random random(71);
  const float epsilon = 1e-5f;
  for (size_t length = 1; length <= 67; ++length) {
    const Coded x =
        random_coded(random, random_quant(random, kTypes[length % 4], -8, -4), 4 * length);
    const Affine a = random_affine(random, std::max(length, size_t{2}));
    const xq_quant to = xq_quant_of(XQ_S8, 1.0f / 16.0f, 5);
    const auto layer = along(x, length, 1, [&](std::vector<double>& row) {
      double mean = 0, variance = 0;
      for (const double v : row) mean += v / static_cast<double>(length);
      for (const double v : row) variance += (v - mean) * (v - mean) / static_cast<double>(length);
      for (size_t i = 0; i < length; ++i) {
        row[i] = (row[i] - mean) / std::sqrt(variance + 1e-5) * static_cast<double>(a.gamma[i]) +
                 static_cast<double>(a.beta[i]);
      }
    });
    size_t plane = 0;
    const auto instance = along(x, length, 1, [&](std::vector<double>& row) {
      double mean = 0, variance = 0;
      for (const double v : row) mean += v / static_cast<double>(length);
      for (const double v : row) variance += (v - mean) * (v - mean) / static_cast<double>(length);
      const size_t c = plane++ % 2;
      for (double& v : row) {
        v = (v - mean) / std::sqrt(variance + 1e-5) * static_cast<double>(a.gamma[c]) +
            static_cast<double>(a.beta[c]);
      }
    });
    const auto rms = along(x, length, 1, [&](std::vector<double>& row) {
      double square = 0;
      for (const double v : row) square += v * v / static_cast<double>(length);
      for (size_t i = 0; i < length; ++i) {
        row[i] = row[i] / std::sqrt(square + 1e-5) * static_cast<double>(a.gamma[i]);
      }
    });
    with_every_isa([&] {
      auto workspace = aligned_memory(xq_norm_workspace_size(length));
      Coded y(to, x.size);
      xq_layer_norm(x.data(), 4, length, a.gamma.data(), a.beta.data(), epsilon, &x.quant, &to,
                    y.data(), workspace.data());
      ASSERT_LE(distance(y, layer), 1);
      xq_instance_norm(x.data(), 2, 2, length, a.gamma.data(), a.beta.data(), epsilon, &x.quant,
                       &to, y.data(), workspace.data());
      ASSERT_LE(distance(y, instance), 1);
      xq_rms_norm(x.data(), 4, length, a.gamma.data(), epsilon, &x.quant, &to, y.data(),
                  workspace.data());
      ASSERT_LE(distance(y, rms), 1);
    });
  }
}

// Batch 2, 6 channels in groups of 1, 2, 3 and 6 planes; gamma and beta differ from channel to
// channel inside a group.
TEST(Norm, OfGroupsIsWithinOneStepOfBinary64AndTheSameEverywhere) {
  Random random(73);
  for (size_t length = 1; length <= 67; length += length < 20 ? 1 : 7) {
    for (const size_t groups : {size_t{1}, size_t{2}, size_t{3}, size_t{6}}) {
      const Coded x =
          random_coded(random, random_quant(random, kTypes[length % 4], -8, -4), 12 * length);
      const Affine a = random_affine(random, 6);
      const xq_quant to = xq_quant_of(XQ_S8, 1.0f / 16.0f, 5);
      const size_t members = 6 / groups;
      size_t group = 0;
      const auto expected = along(x, members * length, 1, [&](std::vector<double>& row) {
        const double n = static_cast<double>(row.size());
        double mean = 0, variance = 0;
        for (const double v : row) mean += v / n;
        for (const double v : row) variance += (v - mean) * (v - mean) / n;
        for (size_t i = 0; i < row.size(); ++i) {
          const size_t c = group % groups * members + i / length;
          row[i] = (row[i] - mean) / std::sqrt(variance + 1e-5) * static_cast<double>(a.gamma[c]) +
                   static_cast<double>(a.beta[c]);
        }
        ++group;
      });
      std::vector<uint16_t> first;
      with_every_isa([&] {
        auto workspace = aligned_memory(xq_norm_workspace_size(members * length));
        Coded y(to, x.size);
        xq_group_norm(x.data(), 2, 6, length, groups, a.gamma.data(), a.beta.data(), 1e-5f,
                      &x.quant, &to, y.data(), workspace.data());
        ASSERT_LE(distance(y, expected), 1);
        if (first.empty()) first = y.storage;
        ASSERT_EQ(y.storage, first);
      });
    }
  }
}

TEST(Norm, LeavesOutScaleAndShiftThatAreNotGiven) {
  Random random(72);
  const xq_quant quant = xq_quant_of(XQ_S8, 0.05f, -3);
  const Coded x = random_coded(random, quant, 3 * 20);
  const std::vector<float> ones(20, 1.0f), zeros(20, 0.0f);
  auto workspace = aligned_memory(xq_norm_workspace_size(20));
  Coded with(quant, x.size), without(quant, x.size);
  xq_layer_norm(x.data(), 3, 20, ones.data(), zeros.data(), 0.0f, &quant, &quant, with.data(),
                workspace.data());
  xq_layer_norm(x.data(), 3, 20, nullptr, nullptr, 0.0f, &quant, &quant, without.data(),
                workspace.data());
  EXPECT_EQ(with.storage, without.storage);
}

TEST(Hardmax, MarksTheFirstOfTheLargest) {
  Random random(74);
  for (size_t length = 1; length <= 67; ++length) {
    for (const size_t inner : {size_t{1}, size_t{5}}) {
      Coded x = random_coded(random, random_quant(random, kTypes[length % 4], -9, -5),
                             3 * length * inner);
      for (size_t i = 0; i < x.size; ++i) x.set(i, x.at(i) / 16);  // so that many are equal
      const xq_quant to = random_quant(random, kTypes[length / 4 % 4], -7, 1);
      const auto hard = along(x, length, inner, [](std::vector<double>& row) {
        const auto largest = std::max_element(row.begin(), row.end()) - row.begin();
        for (size_t i = 0; i < row.size(); ++i)
          row[i] = i == static_cast<size_t>(largest) ? 1.0 : 0.0;
      });
      Coded y(to, x.size);
      auto workspace = aligned_memory(xq_softmax_workspace_size(length));
      xq_hardmax(x.data(), 3, length, inner, &x.quant, &to, y.data(), workspace.data());
      ASSERT_EQ(distance(y, hard), 0) << length;
    }
  }
}

TEST(VectorNorm, DividesByTheNormOrTheDeviation) {
  Random random(75);
  for (size_t length = 1; length <= 67; ++length) {
    for (const size_t inner : {size_t{1}, size_t{5}}) {
      const Coded x = random_coded(random, random_quant(random, kTypes[length % 4], -9, -5),
                                   3 * length * inner);
      const xq_quant to = random_quant(random, kTypes[length / 4 % 4], -7, -5);
      for (int kind = XQ_DIVISOR_L1; kind <= XQ_DIVISOR_DEVIATION; ++kind) {
        const auto expected = along(x, length, inner, [&](std::vector<double>& row) {
          double mean = 0, divisor = 0;
          for (const double v : row) mean += v / static_cast<double>(row.size());
          if (kind != XQ_DIVISOR_DEVIATION) mean = 0;
          for (const double v : row)
            divisor += kind == XQ_DIVISOR_L1 ? std::abs(v) : (v - mean) * (v - mean);
          if (kind == XQ_DIVISOR_L2) divisor = std::sqrt(divisor);
          if (kind == XQ_DIVISOR_DEVIATION)
            divisor = std::sqrt(divisor / static_cast<double>(row.size())) + 1e-9;
          for (double& v : row) v = (v - mean) / divisor;
        });
        Coded y(to, x.size);
        auto workspace = aligned_memory(xq_norm_workspace_size(length));
        xq_vector_norm(static_cast<xq_divisor>(kind), x.data(), 3, length, inner, &x.quant, &to,
                       y.data(), workspace.data());
        // A row of one value has a deviation of what its sum was rounded by.
        if (kind == XQ_DIVISOR_DEVIATION && length < 3) continue;
        ASSERT_LE(distance(y, expected), 1) << kind << " length " << length;
      }
    }
  }
}

TEST(VectorNorm, OfZerosIsTheZeroPoint) {
  const xq_quant quant = xq_quant_of(XQ_S8, 0.5f, 3);
  const int8_t x[3] = {3, 3, 3};
  int8_t y[3] = {};
  uint64_t workspace[2];
  xq_vector_norm(XQ_DIVISOR_L2, x, 1, 3, 1, &quant, &quant, y, workspace);
  for (const int8_t code : y) EXPECT_EQ(code, 3);
}

TEST(Lrn, DividesByAPowerOfTheSquaresOfNeighbours) {
  Random random(76);
  for (size_t size = 1; size <= 7; ++size) {
    for (size_t channels = 1; channels <= 6; ++channels) {
      const size_t inner = 1 + size * channels * 13;
      const Coded x = random_coded(random, random_quant(random, kTypes[size % 4], -6, -4),
                                   2 * channels * inner);
      const xq_quant to = random_quant(random, kTypes[channels % 4], -6, -4);
      const xq_lrn_window window = {size, 0.7f, 0.75f, 1.5f};
      std::vector<double> expected;
      for (size_t i = 0; i < x.size; ++i) {
        const auto c = static_cast<int>(i / inner % channels);
        double squares = 0;
        for (int k = c - static_cast<int>(size - 1) / 2; k <= c + static_cast<int>(size) / 2; ++k) {
          if (k < 0 || k >= static_cast<int>(channels)) continue;
          const size_t at = i + static_cast<size_t>(k) * inner - static_cast<size_t>(c) * inner;
          squares += static_cast<double>(x.real(at)) * static_cast<double>(x.real(at));
        }
        const double sum = 1.5 + static_cast<double>(0.7f) / static_cast<double>(size) * squares;
        expected.push_back(static_cast<double>(x.real(i)) / std::pow(sum, 0.75));
      }
      Coded y(to, x.size);
      xq_lrn(&window, x.data(), 2, channels, inner, &x.quant, &to, y.data());
      ASSERT_LE(distance(y, expected), 1) << size << " of " << channels;
    }
  }
}

}  // namespace
}  // namespace xquant::int8_test

// Operators that work on whole rows or several rows at a time, against one element after the other:
// equal bits.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "runtime/program.h"
#include "runtime/random.h"

namespace xquant::runtime {
namespace {

Tensor run(const std::string& type, const Tensor& x, Attributes attributes, std::int64_t opset) {
  Node node{.name = "node", .op_type = type, .outputs = {ValueId(0)}};
  node.attributes = std::move(attributes);
  const Tensor* operands[] = {&x};
  return evaluate(node, {{"", opset}}, operands).at(0);
}

struct Pool {
  std::int64_t kernel, stride, dilation, pad;
};

/// Windows over the last dimension of [1, 1, size].
template <typename Visit>
void for_each_window(const Pool& p, std::int64_t size, Visit&& visit) {
  const std::int64_t count = (size + 2 * p.pad - (p.kernel - 1) * p.dilation - 1) / p.stride + 1;
  for (std::int64_t o = 0; o < count; ++o) {
    std::vector<std::size_t> inside;
    for (std::int64_t k = 0; k < p.kernel; ++k) {
      const std::int64_t at = o * p.stride + k * p.dilation - p.pad;
      if (at >= 0 && at < size) inside.push_back(static_cast<std::size_t>(at));
    }
    visit(inside);
  }
}

// The first among equals, which two zeros are; NaN where one is.
TEST(Rows, MaxPoolTakesNanAndTheFirstZero) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kFew[] = {0.0f, -0.0f, -1.0f, 0.0f, -0.0f, 1.0f, kNan, -2.0f};
  Random random(16);
  for (const std::int64_t stride : {1, 2}) {
    for (std::int64_t size = 4; size <= 80; ++size) {
      std::vector<float> x;
      const Tensor picks = random.tensor({size});
      for (const float pick : picks.data<float>()) {
        // NaN are rare, so that most vectors have none.
        const auto at = static_cast<std::size_t>(std::fabs(pick) * 1000);
        x.push_back(at % 40 == 0 ? kNan : kFew[at % 6]);
      }
      std::vector<float> expected;
      for_each_window({3, stride, 1, 1}, size, [&](const std::vector<std::size_t>& inside) {
        float best = -std::numeric_limits<float>::infinity();
        for (const std::size_t i : inside) best = x[i] > best || x[i] != x[i] ? x[i] : best;
        expected.push_back(best);
      });
      const Tensor y = run("MaxPool", Tensor::of<float>({1, 1, size}, x),
                           {{"kernel_shape", std::vector<std::int64_t>{3}},
                            {"strides", std::vector<std::int64_t>{stride}},
                            {"pads", std::vector<std::int64_t>{1, 1}}},
                           12);
      ASSERT_EQ(std::memcmp(y.data<float>().data(), expected.data(), expected.size() * 4), 0)
          << size << " by " << stride;
    }
  }
}

TEST(Rows, PoolingHasTheBitsOfSingleWindows) {
  Random random(15);
  for (const Pool& p : {Pool{3, 1, 1, 1}, Pool{2, 2, 1, 0}, Pool{3, 2, 1, 1}, Pool{3, 3, 2, 2},
                        Pool{5, 1, 3, 0}, Pool{1, 4, 1, 0}}) {
    const Tensor x = random.tensor({1, 1, 61});
    const auto data = x.data<float>();
    std::vector<float> largest, mean;
    for_each_window(p, 61, [&](const std::vector<std::size_t>& inside) {
      float best = -std::numeric_limits<float>::infinity();
      double sum = 0;
      for (const std::size_t i : inside) best = std::max(best, data[i]);
      for (const std::size_t i : inside) sum += static_cast<double>(data[i]);
      largest.push_back(best);
      mean.push_back(static_cast<float>(sum / static_cast<double>(inside.size())));
    });
    const auto list = [](std::int64_t value) { return std::vector<std::int64_t>{value}; };
    const Attributes attributes{{"kernel_shape", list(p.kernel)},
                                {"strides", list(p.stride)},
                                {"dilations", list(p.dilation)},
                                {"pads", std::vector<std::int64_t>{p.pad, p.pad}}};
    const Shape shape{1, 1, static_cast<std::int64_t>(mean.size())};
    EXPECT_TRUE(run("MaxPool", x, attributes, 19) == Tensor::of<float>(shape, largest));
    EXPECT_TRUE(run("AveragePool", x, attributes, 19) == Tensor::of<float>(shape, mean));
  }
}

TEST(Rows, ReductionsHaveTheBitsOfSingleSums) {
  Random random(16);
  const Tensor x = random.tensor({41, 23, 37});
  const auto data = x.data<float>();
  const std::int64_t steps[] = {23 * 37, 37, 1}, sizes[] = {41, 23, 37};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::vector<float> sums;
    std::vector<std::int64_t> best;
    for (std::int64_t i = 0; i < 41 * 23 * 37 / sizes[axis]; ++i) {
      const std::int64_t first = i / steps[axis] * steps[axis] * sizes[axis] + i % steps[axis];
      double sum = 0;
      std::int64_t found = 0;
      const auto at = [&](std::int64_t k) {
        return data[static_cast<std::size_t>(first + k * steps[axis])];
      };
      for (std::int64_t k = 0; k < sizes[axis]; ++k) {
        sum += static_cast<double>(at(k));
        if (at(k) > at(found)) found = k;
      }
      sums.push_back(static_cast<float>(sum));
      best.push_back(found);
    }
    Shape shape = x.shape();
    shape[axis] = 1;
    const auto number = static_cast<std::int64_t>(axis);
    EXPECT_TRUE(run("ReduceSum", x, {{"axes", std::vector<std::int64_t>{number}}}, 11) ==
                Tensor::of<float>(shape, sums));
    EXPECT_TRUE(run("ArgMax", x, {{"axis", number}}, 13) == Tensor::of<std::int64_t>(shape, best));
  }
}

// Rows that lie across memory: those of the same tensor with the last two dimensions swapped.
TEST(Rows, SoftmaxAcrossColumnsIsThatOfRows) {
  Random random(19);
  for (const std::string type : {"Softmax", "LogSoftmax", "Hardmax"}) {
    for (const std::int64_t columns : {1, 2, 7, 15, 16, 17, 40}) {
      const std::int64_t outer = 3, length = 21;
      // So small that their exponentials are 0 unless the largest is taken off.
      std::vector<float> numbers =
          random.numbers(static_cast<std::size_t>(outer * length * columns));
      for (float& value : numbers) value = 5.0f * value - 200.0f;
      const Tensor x = Tensor::of<float>({outer, length, columns}, numbers);
      const Tensor swapped =
          run("Transpose", x, {{"perm", std::vector<std::int64_t>{0, 2, 1}}}, 13);
      const Tensor across = run(type, x, {{"axis", std::int64_t{1}}}, 13);
      const Tensor along = run(type, swapped, {{"axis", std::int64_t{2}}}, 13);
      EXPECT_TRUE(run("Transpose", across, {{"perm", std::vector<std::int64_t>{0, 2, 1}}}, 13) ==
                  along)
          << type << ", " << columns << " columns";
    }
  }
}

TEST(Rows, SoftmaxOfARowDoesNotDependOnTheRowsBesideIt) {
  Random random(17);
  const std::int64_t rows = 21, length = 45;
  const Tensor x = random.tensor({rows, length});
  const Tensor together = run("Softmax", x, {}, 13);
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto row = [&](const Tensor& tensor) {
      return tensor.data<float>().subspan(static_cast<std::size_t>(r * length),
                                          static_cast<std::size_t>(length));
    };
    const Tensor alone = run("Softmax", Tensor::of<float>({1, length}, row(x)), {}, 13);
    EXPECT_TRUE(alone == Tensor::of<float>({1, length}, row(together))) << "row " << r;
  }
}

}  // namespace
}  // namespace xquant::runtime

#include "runtime/half_precision.h"

#include <gtest/gtest.h>

#include <vector>

#include "runtime/build_graph.h"
#include "runtime/executor.h"
#include "runtime/ops/half.h"
#include "runtime/random.h"

namespace xquant::runtime {
namespace {

const OpsetImports kOpset{{"", 17}};

using Narrow = std::uint16_t (*)(float);

Tensor narrowed(const Tensor& tensor, DataType type, Narrow narrow) {
  std::string bytes;
  for (const float value : tensor.data<float>()) {
    const std::uint16_t half = narrow(value);
    bytes.append(reinterpret_cast<const char*>(&half), sizeof(half));
  }
  return Tensor(type, tensor.shape(), std::move(bytes));
}

/// The tensor as a half type sees it, in float.
Tensor through(const Tensor& tensor, DataType type) {
  std::vector<float> values;
  for (const float value : tensor.data<float>()) {
    values.push_back(type == DataType::kFloat16 ? ops::from_half(ops::to_half(value))
                                                : ops::from_bfloat16(ops::to_bfloat16(value)));
  }
  return Tensor::of<float>(tensor.shape(), values);
}

Tensor convolved(const Tensor& x, const Tensor& weights) {
  GraphBuilder builder;
  builder.constant("weights", weights);
  builder.node("Conv", {"x", "weights"}, {"y"});
  Executor executor(Program::compile(builder.build({"y"}), kOpset));
  executor.run({{x}});
  return executor.run({{x}}).at(0);  // from the planned arena
}

TEST(HalfPrecision, AConvolutionIsTheOneInFloatRoundedOnce) {
  Random random(1);
  const Tensor x = random.tensor({1, 3, 9, 9}), weights = random.tensor({4, 3, 3, 3});
  for (const auto& [type, narrow] :
       {std::pair<DataType, Narrow>{DataType::kFloat16, ops::to_half},
        std::pair<DataType, Narrow>{DataType::kBfloat16, ops::to_bfloat16}}) {
    const Tensor got = convolved(narrowed(x, type, narrow), narrowed(weights, type, narrow));
    const Tensor exact = convolved(through(x, type), through(weights, type));
    EXPECT_TRUE(got == narrowed(exact, type, narrow)) << name(type);
  }
}

TEST(HalfPrecision, StatisticsOfLayerNormalizationStayFloat) {
  Random random(2);
  GraphBuilder builder;
  builder.constant("scale", narrowed(random.tensor({8}), DataType::kFloat16, ops::to_half));
  builder.node("LayerNormalization", {"x", "scale"}, {"y", "mean", "deviation"});
  Executor executor(Program::compile(builder.build({"y", "mean"}), kOpset));
  const auto got =
      executor.run({{narrowed(random.tensor({2, 8}), DataType::kFloat16, ops::to_half)}});
  EXPECT_EQ(got.at(0).type(), DataType::kFloat16);
  EXPECT_EQ(got.at(1).type(), DataType::kFloat);
}

}  // namespace
}  // namespace xquant::runtime

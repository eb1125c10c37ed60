#include <gtest/gtest.h>

#include "report/compared.h"

namespace xquant::report {
namespace {

TEST(Analysis, ListsEveryTensorOnceAtTheFirstOperatorThatTouchesIt) {
  SmallGraph g;
  g.output(product(g, product(g, g.input("x", {2, 2}), "a"), "y"));
  const Analysis analysis = Compared().run(g, 1, kSamples);
  std::string order;
  for (const TensorError& row : analysis.tensors) order += row.op + "/" + row.tensor + " ";
  EXPECT_EQ(order,
            "a_node[MatMul]/x a_node[MatMul]/a_w a_node[MatMul]/a y_node[MatMul]/y_w "
            "y_node[MatMul]/y ");
  EXPECT_TRUE(find(analysis, "a_w")->constant);
  EXPECT_FALSE(find(analysis, "x")->is_result);
  EXPECT_TRUE(find(analysis, "y")->is_result);
}

TEST(Analysis, MeasuresTheInputAgainstItsDequantizedForm) {
  SmallGraph g;
  g.output(product(g, g.input("x", {2, 2}), "y"));
  const Analysis analysis = Compared().run(g, 1, kSamples);
  const TensorError& x = *find(analysis, "x");
  const plan::QuantParams params = quantize::asymmetric_params({-1, 1});
  double noise = 0;
  for (const auto& sample : kSamples) {
    const Tensor tensor = Tensor::of<float>({4}, sample);
    const Tensor back =
        quantize::dequantize_tensor(quantize::quantize_tensor(tensor, params), params);
    for (std::size_t i = 0; i < 4; ++i) {
      const double error =
          static_cast<double>(back.data<float>()[i]) - static_cast<double>(sample[i]);
      noise += error * error;
    }
  }
  EXPECT_DOUBLE_EQ(x.sums.mse(), noise / 12);
  EXPECT_EQ(x.float_min, -1.0F);
  EXPECT_EQ(x.float_max, 1.0F);
  std::uint64_t counted = 0;
  for (const std::uint64_t bin : x.histogram) counted += bin;
  EXPECT_EQ(counted, 12U);
  EXPECT_EQ(x.histogram[0], 1U);
  EXPECT_EQ(x.histogram[31], 1U);  // the largest belongs to the last bin
}

TEST(Analysis, IsTheSameForAnyNumberOfThreads) {
  SmallGraph g;
  g.output(product(g, product(g, g.input("x", {2, 2}), "a"), "y"));
  const Analysis one = Compared().run(g, 1, kSamples);
  const Analysis three = Compared().run(g, 3, kSamples);
  ASSERT_EQ(one.tensors.size(), three.tensors.size());
  for (std::size_t i = 0; i < one.tensors.size(); ++i) {
    EXPECT_EQ(one.tensors[i].sums.noise, three.tensors[i].sums.noise);
    EXPECT_EQ(one.tensors[i].histogram, three.tensors[i].histogram);
    EXPECT_EQ(one.tensors[i].quantized_max, three.tensors[i].quantized_max);
  }
  EXPECT_EQ(one.outputs[0].sums.noise, three.outputs[0].sums.noise);
}

TEST(Analysis, ComparesAFloatOutputAsTheModelReturnsIt) {
  // s is an output and, quantized, the operand of the next product.
  SmallGraph g;
  const ValueId s = g.op("Softmax", {g.input("x", {2, 2})}, "s");
  g.output(s);
  g.output(product(g, s, "y"));
  const Analysis analysis = Compared().run(g, 2, kSamples);
  ASSERT_EQ(analysis.outputs.size(), 2U);
  EXPECT_EQ(analysis.outputs[0].name, "s");
  EXPECT_EQ(analysis.outputs[0].sums.noise, 0);
  EXPECT_GT(find(analysis, "s")->sums.noise, 0);
  EXPECT_GT(analysis.outputs[1].sums.noise, 0);
}

TEST(Analysis, CountsRowsWhoseLargestElementStays) {
  SmallGraph g;
  g.output(product(g, g.input("x", {2, 2}), "y"));
  const Analysis analysis = Compared().run(g, 1, kSamples);
  EXPECT_TRUE(analysis.outputs[0].is_vector);
  EXPECT_EQ(analysis.outputs[0].samples, 6);
  EXPECT_EQ(analysis.outputs[0].agreeing, 6);
  EXPECT_EQ(analysis.samples, 3);
}

TEST(Analysis, LeavesOutputsThatAreNotFloatOut) {
  SmallGraph g;
  const ValueId y = product(g, g.input("x", {2, 2}), "y");
  g.output(g.op("ArgMax", {y}, "best"));
  g.output(y);
  const Analysis analysis = Compared().run(g, 1, kSamples);
  ASSERT_EQ(analysis.outputs.size(), 1U);
  EXPECT_EQ(analysis.outputs[0].name, "y");
}

}  // namespace
}  // namespace xquant::report

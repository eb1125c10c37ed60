// Accuracy that other quantizers leave behind, C07 to C16 of the table in tests/quantize/README.md,
// as far as it shows in whole runs.
#include <gtest/gtest.h>

#include <set>

#include "pipeline/known_failure.h"

namespace xquant::pipeline {
namespace {

std::size_t pairs(const Model& model) {
  std::size_t count = 0;
  for (const NodeId id : model.graph.nodes()) count += model.graph.node(id).is("QuantizeLinear");
  return count;
}

TEST(KnownFailure, C02_TheBiasOfAMatMulIsPartOfIt) {
  KnownFailure f;
  const ValueId rows = f.g.op("Reshape", {f.x(), f.g.integers("s", {4, 4})}, "rows");
  const ValueId m = f.g.op("MatMul", {rows, f.weight(4, 3, "w")}, "m");
  f.g.output(f.g.op("Add", {m, f.g.constant("b", {3}, {1, 2, 3})}, "y"));
  const Model model = parsed(f.run());
  EXPECT_EQ(pairs(model), 2U);  // of "rows" and of "y"
}

TEST(KnownFailure, C07_AConvAndItsSiluAreOneUnit) {
  KnownFailure f;
  const ValueId c = f.conv(f.x(), 1, 2, "c");
  f.g.output(f.g.op("Mul", {c, f.g.op("Sigmoid", {c}, "s")}, "y"));
  EXPECT_EQ(pairs(parsed(f.run())), 2U);  // of "x" and of "y"
}

TEST(KnownFailure, C09_AFloatTensorIsQuantizedOnceForAllReaders) {
  KnownFailure f;
  const ValueId s = f.g.op("Softmax", {f.x()}, "s");
  f.g.output(f.conv(s, 1, 2, "y"));
  f.g.output(f.conv(s, 1, 3, "z"));
  EXPECT_EQ(pairs(parsed(f.run())), 3U);
}

TEST(KnownFailure, C15_AModelOfOneOperatorIsQuantized) {
  KnownFailure f;
  f.g.output(f.conv(f.x(), 1, 2, "y"));
  EXPECT_EQ(f.run().summary.quantized_operators, 1);
}

TEST(KnownFailure, C16_SmallScalesThatDifferStayApart) {
  KnownFailure f;
  f.quantization = R"("finetune_level": 0)";
  const ValueId a = f.g.op("Conv", {f.x(), f.g.constant("v", {1, 1, 1, 1}, {1e-4F})}, "a");
  const ValueId b = f.g.op("Conv", {a, f.g.constant("w", {1, 1, 1, 1}, {0.5F})}, "b");
  f.g.output(f.conv(b, 1, 1, "y"));
  const Model model = parsed(f.run());
  std::set<float> scales;
  for (const char* name : {"a", "b"}) {
    const Node& node = model.graph.node(model.graph.value(model.graph.find_value(name)).producer);
    scales.insert(model.graph.constant(node.input(1))->data<float>()[0]);
  }
  EXPECT_EQ(scales.size(), 2U);
  EXPECT_LT(*scales.rbegin(), 1e-4F);
}

}  // namespace
}  // namespace xquant::pipeline

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "emit/emitted.h"

namespace xquant::emit {
namespace {

using Ints = std::vector<std::int64_t>;
using quantize::conv;
using quantize::picture;

TEST(Qdq, StandsAroundAnInt8OperatorAndKeepsNames) {
  SmallGraph g;
  g.output(conv(g, picture(g), "y"));
  const Written w(g);
  EXPECT_TRUE(w.is_pair_of("x_dequantized", "x"));
  EXPECT_TRUE(w.is_pair_of("y", "y_float"));
  EXPECT_EQ(w.operand("y_float", 0), "x_dequantized");
  EXPECT_EQ(w.writer("y").name, "y_DequantizeLinear");
  EXPECT_EQ(w.emitted.float_names.at("x"), "x_dequantized");
  EXPECT_EQ(w.emitted.float_names.at("y"), "y");
}

TEST(Qdq, OfAnInputServesAllInt8ReadersAndNoFloatOne) {
  SmallGraph g;
  const ValueId x = picture(g);
  g.output(conv(g, x, "a"));
  g.output(conv(g, x, "b"));
  g.output(g.op("Exp", {x}, "f"));
  const Written w(g);
  EXPECT_EQ(w.operand("a_float", 0), "x_dequantized");
  EXPECT_EQ(w.operand("b_float", 0), "x_dequantized");
  EXPECT_EQ(w.operand("f", 0), "x");
  EXPECT_EQ(w.count("QuantizeLinear"), 3U);
}

TEST(Qdq, LeavesBoundsThatAreAlsoDataAlone) {
  // low is data of an Add and the lower bound of a Clip.
  SmallGraph g;
  const ValueId low = g.input("low", {});
  const ValueId c = conv(g, picture(g), "c");
  const ValueId sum = g.op("Add", {c, low}, "sum");
  g.output(g.op("Clip", {g.op("Mul", {sum, c}, "m"), low}, "y"));
  const Written w(g);
  EXPECT_EQ(w.operand("sum_float", 1), "low_dequantized");
  EXPECT_EQ(w.operand("y_float", 1), "low");
}

TEST(Qdq, BehindAPassThroughComesOnlyWhereSeveralReadIt) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const ValueId once = g.op("MaxPool", {c}, "once", {{"kernel_shape", Ints{1, 1}}});
  const ValueId twice = g.op("MaxPool", {once}, "twice", {{"kernel_shape", Ints{1, 1}}});
  g.output(conv(g, twice, "a"));
  g.output(conv(g, twice, "b"));
  const Written w(g);
  EXPECT_EQ(w.writer("once").op_type, "MaxPool");
  EXPECT_TRUE(w.is_pair_of("twice", "twice_float"));
  EXPECT_EQ(w.writer("twice").input(1), w.writer("c").input(1));  // the scale of what comes in
}

TEST(Qdq, BehindAPassThroughComesAlwaysWhereTheTargetSaysSo) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  g.output(g.op("Flatten", {c}, "y"));
  EXPECT_EQ(Written(g).writer("y").op_type, "Flatten");
  EXPECT_TRUE(Written(g, "ort").is_pair_of("y", "y_float"));
}

TEST(Qdq, ComesBehindEveryPartOfASplit) {
  SmallGraph g;
  const auto parts =
      g.node("Split", {conv(g, picture(g), "c")}, {"a", "b"}, {{"axis", std::int64_t{1}}});
  g.output(parts[1]);
  g.output(parts[0]);
  const Written w(g);
  EXPECT_TRUE(w.is_pair_of("a", "a_float"));
  EXPECT_TRUE(w.is_pair_of("b", "b_float"));
  EXPECT_EQ(w.operand("a", 1), w.operand("c", 1));
  EXPECT_EQ(w.operand("a", 2), w.operand("b", 2));
}

TEST(Qdq, SharesEqualParametersBetweenTensors) {
  SmallGraph g;
  g.output(conv(g, conv(g, picture(g), "c"), "y"));
  const Written w(g);  // all activations have one range here
  EXPECT_EQ(w.writer("y").input(1), w.writer("c").input(1));
  EXPECT_EQ(w.writer("x_dequantized").input(2), w.writer("c").input(2));
}

TEST(Qdq, KeepsTheOrderAndTheNamesOfOutputs) {
  SmallGraph g;
  const ValueId c = conv(g, picture(g), "c");
  const ValueId r = g.op("Relu", {c}, "r");
  const ValueId s = g.op("Softmax", {r}, "s");
  for (const ValueId id : {s, r, g["x"]}) g.output(id);
  const Written w(g, "spacemit", 0, 1);
  std::string names;
  for (const ValueId id : w.graph().outputs) names += w.graph().value(id).name + " ";
  EXPECT_EQ(names, "s r x ");
  EXPECT_EQ(w.graph().inputs.size(), 1U);
}

TEST(Qdq, OfAFloatResultLeavesTheGraphOutputFloat) {
  SmallGraph g;
  const ValueId s = g.op("Softmax", {conv(g, picture(g), "c")}, "s");
  g.output(s);
  g.output(conv(g, s, "y"));
  const Written w(g);
  EXPECT_EQ(w.writer("s").op_type, "Softmax");
  EXPECT_EQ(w.operand("y_float", 0), "s_dequantized");
}

TEST(Qdq, LetsSubgraphsReadTheirValuesByName) {
  SmallGraph inner;
  inner.output(inner.op("Exp", {inner.graph.add_value("c")}, "branch"));
  SmallGraph g;
  g.output(conv(g, conv(g, picture(g), "c"), "y"));
  quantize::Planned planned(g);
  // Added after planning, since the runtime does not run If.
  const auto branch = std::make_shared<const Graph>(inner.graph);
  const auto condition = g.graph.add_constant("t", Tensor::scalar(true));
  g.output(g.op("If", {condition}, "z", {{"then_branch", branch}, {"else_branch", branch}}));
  planned.plan.nodes.push_back({});
  for (plan::Group& group : planned.plan.groups) {
    group.params = quantize::asymmetric_params({-1, 1});
  }
  Diagnostics diagnostics;
  quantize::choose_constant_params(g.graph, planned.plan, diagnostics);
  const Emitted emitted = emit_qdq(g.graph, planned.plan, plan::target("spacemit"));
  const ValueId c = emitted.graph.find_value("c");
  ASSERT_NE(c, ValueId::kNone);
  EXPECT_EQ(emitted.graph.node(emitted.graph.value(c).producer).op_type, "DequantizeLinear");
}

TEST(Qdq, GivesEveryNodeANameOfItsOwn) {
  SmallGraph g;
  g.output(conv(g, conv(g, picture(g), "c"), "y"));
  g.graph.node(g.graph.nodes()[0]).name = "y_QuantizeLinear";
  const Written w(g);
  std::set<std::string> names;
  for (const NodeId id : w.graph().nodes()) {
    EXPECT_TRUE(names.insert(w.graph().node(id).name).second) << w.graph().node(id).name;
  }
}

}  // namespace
}  // namespace xquant::emit

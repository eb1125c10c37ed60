#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>

#include "convert/lower_newer.h"
#include "graph/small_graph.h"
#include "simplify/pieces.h"
#include "simplify/simplify.h"

namespace xquant::simplify {
namespace {

/// Writes x -> y into the graph.
using Body = ValueId (*)(SmallGraph&, ValueId x);

struct Case {
  std::string name;
  Body body;
  std::string fused;  ///< the types after simplification
  std::int64_t opset;
  Shape shape{2, 3, 4};
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

class Fusion : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const ValueId x = g.input("x", GetParam().shape);
    g.output(GetParam().body(g, x));
  }
  SmallGraph g;
};

TEST_P(Fusion, KeepsTheFunctionAndIsWrittenInOlderOperators) {
  const Case& c = GetParam();
  const Tensor input = random_tensor(c.shape);
  const auto before = run(g.graph, c.opset, input);
  simplify(g.graph, {{"", c.opset}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph), c.fused);
  // Some roundings more or less, of values up to 4.
  expect_near(run(g.graph, c.opset, input), before, 4e-6F);

  Model model{.opset_imports = {{"", c.opset}}, .graph = g.graph};
  convert::lower_newer_operators(model);
  expect_near(run(model.graph, c.opset, input), before, 4e-6F);
  for (const NodeId id : model.graph.nodes()) {
    const Node& node = model.graph.node(id);
    EXPECT_TRUE(c.opset >= 20 || node.op_type != "Gelu");
    EXPECT_TRUE(c.opset >= 17 || node.op_type != "LayerNormalization");
    EXPECT_TRUE(c.opset >= 23 || node.op_type != "RMSNormalization");
    EXPECT_TRUE(c.opset >= 14 || node.op_type != "HardSwish");
  }
}

TEST_P(Fusion, IsFoundWithoutFullSimplification) {
  simplify(g.graph, {{"", GetParam().opset}}, Extent::kQuantizationNeeds);
  const std::string types = types_of(g.graph);
  EXPECT_NE(types.find(GetParam().fused), std::string::npos) << types;
}

ValueId scale(SmallGraph& g) { return g.constant("scale", {4}, {1, -2, 0.5F, 3}); }
ValueId bias(SmallGraph& g) { return g.constant("bias", {4}, {0.25F, 0, -1, 2}); }
const std::vector<std::int64_t> kLast{-1};

ValueId mean(SmallGraph& g, ValueId x, const std::vector<std::int64_t>& axes = kLast) {
  return op(g, "ReduceMean", {x}, {{"axes", axes}});
}

// ---- LayerNormalization

ValueId pytorch_layer_norm(SmallGraph& g, ValueId x) {
  const ValueId d = op(g, "Sub", {x, mean(g, x)});
  const ValueId variance = mean(g, op(g, "Pow", {d, number(g, 2)}));
  const ValueId deviation = op(g, "Sqrt", {op(g, "Add", {variance, number(g, 1e-5F)})});
  const ValueId normalized = op(g, "Div", {d, deviation});
  return op(g, "Add", {op(g, "Mul", {normalized, scale(g)}), bias(g)});
}

/// As PyTorch writes it in half precision, where Pow is between casts.
ValueId layer_norm_between_casts(SmallGraph& g, ValueId x) {
  const Attributes to_float = {{"to", std::int64_t{1}}};
  const ValueId d = op(g, "Sub", {x, mean(g, x)});
  const ValueId square = op(g, "Pow", {op(g, "Cast", {d}, to_float), number(g, 2)});
  const ValueId variance = mean(g, op(g, "Cast", {square}, to_float));
  const ValueId deviation = op(g, "Sqrt", {op(g, "Add", {variance, number(g, 1e-5F)})});
  const ValueId normalized = op(g, "Div", {d, deviation});
  return op(g, "Add", {op(g, "Mul", {normalized, scale(g)}), bias(g)});
}

ValueId two_subtractions(SmallGraph& g, ValueId x) {
  const ValueId m = mean(g, x);
  const ValueId squared = op(g, "Pow", {op(g, "Sub", {x, m}), number(g, 2)});
  const ValueId deviation = op(g, "Sqrt", {op(g, "Add", {number(g, 1e-5F), mean(g, squared)})});
  const ValueId normalized = op(g, "Div", {op(g, "Sub", {x, m}), deviation});
  return op(g, "Add", {bias(g), op(g, "Mul", {scale(g), normalized})});
}

ValueId keras_layer_norm(SmallGraph& g, ValueId x) {
  const ValueId m = mean(g, x, {2});
  const ValueId d = op(g, "Sub", {m, x});
  const ValueId variance = mean(g, op(g, "Mul", {d, d}), {2});
  const ValueId inverse =
      op(g, "Reciprocal", {op(g, "Sqrt", {op(g, "Add", {variance, number(g, 1e-3F)})})});
  const ValueId factor = op(g, "Mul", {inverse, scale(g)});
  const ValueId offset = op(g, "Sub", {bias(g), op(g, "Mul", {m, factor})});
  return op(g, "Add", {op(g, "Mul", {x, factor}), offset});
}

ValueId jax_layer_norm(SmallGraph& g, ValueId x) {
  const auto average = [&](ValueId value) {
    const ValueId sum =
        op(g, "ReduceSum", {value, g.integers(g.graph.fresh_value_name("axes"), {2})},
           {{"keepdims", std::int64_t{0}}});
    return op(g, "Mul", {sum, number(g, 0.25F)});
  };
  const ValueId target = g.integers("target", {2, 3, 1});
  const ValueId whole = g.integers("whole", {2, 3, 4});
  const auto at_x = [&](ValueId value) {
    return op(g, "Expand", {op(g, "Reshape", {value, target}), whole});
  };
  const ValueId m = average(x);
  const ValueId difference = op(g, "Sub", {average(op(g, "Mul", {x, x})), op(g, "Mul", {m, m})});
  const ValueId variance = at_x(op(g, "Max", {number(g, 0), difference}));
  const ValueId inverse =
      op(g, "Reciprocal", {op(g, "Sqrt", {op(g, "Add", {variance, number(g, 1e-6F)})})});
  const ValueId factor = op(g, "Mul", {inverse, scale(g)});
  return op(g, "Add", {op(g, "Mul", {op(g, "Sub", {x, at_x(m)}), factor}), bias(g)});
}

ValueId channels_first_layer_norm(SmallGraph& g, ValueId x) {
  const ValueId d = op(g, "Sub", {x, mean(g, x, {1})});
  const ValueId variance = mean(g, op(g, "Pow", {d, number(g, 2)}), {1});
  const ValueId deviation = op(g, "Sqrt", {op(g, "Add", {variance, number(g, 1e-6F)})});
  const ValueId normalized = op(g, "Div", {d, deviation});
  const ValueId scaled = op(g, "Mul", {g.constant("s", {3, 1}, {1, -2, 0.5F}), normalized});
  return op(g, "Add", {scaled, g.constant("b", {1, 3, 1}, {0.5F, 0, 1})});
}

// ---- RMSNormalization

ValueId llama_norm(SmallGraph& g, ValueId x) {
  const ValueId moment = mean(g, op(g, "Pow", {x, number(g, 2)}));
  const ValueId deviation = op(g, "Sqrt", {op(g, "Add", {moment, number(g, 1e-6F)})});
  const ValueId inverse = op(g, "Div", {number(g, 1), deviation});
  return op(g, "Mul", {scale(g), op(g, "Mul", {x, inverse})});
}

// ---- Gelu

ValueId erf_gate(SmallGraph& g, ValueId x) {
  const ValueId erf = op(g, "Erf", {op(g, "Div", {x, number(g, 1.4142135F)})});
  return op(g, "Add", {erf, number(g, 1)});
}
ValueId product_then_half(SmallGraph& g, ValueId x) {
  return op(g, "Mul", {op(g, "Mul", {x, erf_gate(g, x)}), number(g, 0.5F)});
}
ValueId half_then_product(SmallGraph& g, ValueId x) {
  return op(g, "Mul", {op(g, "Mul", {number(g, 0.5F), x}), erf_gate(g, x)});
}
ValueId half_of_gate(SmallGraph& g, ValueId x) {
  const ValueId erf = op(g, "Erf", {op(g, "Mul", {number(g, 0.70710678F), x})});
  const ValueId half = op(g, "Mul", {op(g, "Add", {number(g, 1), erf}), number(g, 0.5F)});
  return op(g, "Mul", {half, x});
}
ValueId halved_gelu(SmallGraph& g, ValueId x) {
  return op(g, "Div", {op(g, "Mul", {x, erf_gate(g, x)}), number(g, 2)});
}
ValueId gelu_of_a_product(SmallGraph& g, ValueId x) {
  return product_then_half(g, op(g, "Mul", {x, number(g, 3)}));
}
ValueId tanh_gelu(SmallGraph& g, ValueId x) {
  const ValueId cube = op(g, "Pow", {x, number(g, 3)});
  const ValueId sum = op(g, "Add", {x, op(g, "Mul", {cube, number(g, 0.044715F)})});
  const ValueId tanh = op(g, "Tanh", {op(g, "Mul", {sum, number(g, 0.7978846F)})});
  const ValueId half = op(g, "Mul", {op(g, "Add", {tanh, number(g, 1)}), number(g, 0.5F)});
  return op(g, "Mul", {x, half});
}
ValueId jax_gelu(SmallGraph& g, ValueId x) {
  const ValueId cube =
      op(g, "Mul", {x, op(g, "Mul", {x, op(g, "Mul", {number(g, 0.044715F), x})})});
  const ValueId tanh =
      op(g, "Tanh", {op(g, "Mul", {number(g, 0.7978846F), op(g, "Add", {x, cube})})});
  return op(g, "Mul", {x, op(g, "Mul", {number(g, 0.5F), op(g, "Add", {number(g, 1), tanh})})});
}

// ---- HardSwish

ValueId paddle_hard_swish(SmallGraph& g, ValueId x) {
  const ValueId clipped =
      op(g, "Clip", {op(g, "Add", {x, number(g, 3)}), number(g, 0), number(g, 6)});
  return op(g, "Div", {op(g, "Mul", {x, clipped}), number(g, 6)});
}
ValueId gate_first(SmallGraph& g, ValueId x) {
  const ValueId clipped =
      op(g, "Clip", {op(g, "Add", {x, number(g, 3)}), number(g, 0), number(g, 6)});
  return op(g, "Mul", {op(g, "Mul", {clipped, number(g, 1.0F / 6.0F)}), x});
}
ValueId with_hard_sigmoid(SmallGraph& g, ValueId x) {
  return op(g, "Mul", {x, op(g, "HardSigmoid", {x}, {{"alpha", 1.0F / 6.0F}})});
}
ValueId hard_sigmoid(SmallGraph& g, ValueId x) {
  const ValueId clipped =
      op(g, "Clip", {op(g, "Add", {x, number(g, 3)}), number(g, 0), number(g, 6)});
  return op(g, "Div", {clipped, number(g, 6)});
}

// ---- LeakyRelu and PRelu

ValueId keras_prelu(SmallGraph& g, ValueId x) {
  const ValueId below = op(g, "Relu", {op(g, "Neg", {x})});
  const ValueId slopes = g.constant("a", {3, 1}, {-0.25F, 0.5F, 0});
  return op(g, "Add", {op(g, "Relu", {x}), op(g, "Mul", {slopes, below})});
}
ValueId magnitude_prelu(SmallGraph& g, ValueId x) {
  const ValueId below = op(g, "Sub", {x, op(g, "Abs", {x})});
  const ValueId slopes = g.constant("a", {1, 3, 1}, {0.25F, 0.5F, -1});
  const ValueId part = op(g, "Mul", {op(g, "Mul", {below, slopes}), number(g, 0.5F)});
  return op(g, "Add", {part, op(g, "Relu", {x})});
}
ValueId leaky_halves(SmallGraph& g, ValueId x) {
  const ValueId below = op(g, "Relu", {op(g, "Mul", {x, number(g, -1)})});
  return op(g, "Sub", {op(g, "Relu", {x}), op(g, "Mul", {below, number(g, 0.1F)})});
}

// ---- Softmax

ValueId jax_softmax(SmallGraph& g, ValueId x) {
  const ValueId largest = op(
      g, "ReduceMax", {x}, {{"axes", std::vector<std::int64_t>{2}}, {"keepdims", std::int64_t{0}}});
  const ValueId lowest = number(g, -std::numeric_limits<float>::infinity());
  const ValueId target = g.integers("target", {2, 3, 1});
  const ValueId at_x = op(g, "Reshape", {op(g, "Max", {lowest, largest}), target});
  const ValueId power = op(g, "Exp", {op(g, "Sub", {x, at_x})});
  const ValueId sum = op(g, "ReduceSum", {power, g.integers("axis", {2})});
  return op(g, "Div", {power, sum});
}

INSTANTIATE_TEST_SUITE_P(
    Exporters, Fusion,
    testing::Values(
        Case{"pytorch_layer_norm", pytorch_layer_norm, "LayerNormalization ", 13},
        Case{"pytorch_layer_norm_17", pytorch_layer_norm, "LayerNormalization ", 17},
        Case{"layer_norm_between_casts", layer_norm_between_casts, "LayerNormalization ", 13},
        Case{"keras_layer_norm", keras_layer_norm, "LayerNormalization ", 13},
        Case{"jax_layer_norm", jax_layer_norm, "LayerNormalization ", 15},
        Case{"channels_first_layer_norm", channels_first_layer_norm,
             "Transpose LayerNormalization Transpose ", 13},
        Case{"llama_norm", llama_norm, "RMSNormalization ", 13},
        Case{"product_then_half", product_then_half, "Gelu ", 13},
        Case{"half_then_product", half_then_product, "Gelu ", 11},
        Case{"half_of_gate", half_of_gate, "Gelu ", 20}, Case{"halved", halved_gelu, "Gelu ", 13},
        Case{"gelu_of_a_product", gelu_of_a_product, "Mul Gelu ", 13},
        Case{"tanh_gelu", tanh_gelu, "Gelu ", 13}, Case{"jax_gelu", jax_gelu, "Gelu ", 15},
        Case{"paddle_hard_swish", paddle_hard_swish, "HardSwish ", 12},
        Case{"gate_first", gate_first, "HardSwish ", 14},
        Case{"with_hard_sigmoid", with_hard_sigmoid, "HardSwish ", 11},
        Case{"hard_sigmoid", hard_sigmoid, "HardSigmoid ", 12},
        Case{"keras_prelu", keras_prelu, "PRelu ", 13},
        Case{"magnitude_prelu", magnitude_prelu, "PRelu ", 11},
        Case{"leaky_halves", leaky_halves, "LeakyRelu ", 13},
        Case{"jax_softmax", jax_softmax, "Softmax ", 13}),
    [](const auto& info) { return info.param.name; });

TEST(LayerNormalization, IsFoundWhenAnExporterSubtractsTheMeanTwice) {
  SmallGraph g;
  const Tensor input = random_tensor({2, 3, 4});
  g.output(two_subtractions(g, g.input("x", {2, 3, 4})));
  const auto before = run(g.graph, 13, input);
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph), "LayerNormalization ");
  expect_near(run(g.graph, 13, input), before, 4e-6F);
}

TEST(LayerNormalization, StaysDecomposedOverAnAxisThatIsNotKnownToBeTheLast) {
  SmallGraph g;
  const ValueId x = g.graph.add_value("x", {.element = DataType::kFloat});
  g.graph.inputs.push_back(x);
  g.output(keras_layer_norm(g, x));
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph).find("LayerNormalization"), std::string::npos);
}

TEST(LayerNormalization, OverSeveralAxesNormalizesAllOfThem) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 3, 4});
  const ValueId d = op(g, "Sub", {x, mean(g, x, {1, 2})});
  const ValueId variance = mean(g, op(g, "Mul", {d, d}), {1, 2});
  const ValueId deviation = op(g, "Sqrt", {op(g, "Add", {variance, number(g, 1e-5F)})});
  const std::vector<float> factors{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  g.output(op(g, "Mul", {op(g, "Div", {d, deviation}), g.constant("s", {3, 4}, factors)}));
  const Tensor input = random_tensor({2, 3, 4});
  const auto before = run(g.graph, 13, input);
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph), "LayerNormalization ");
  EXPECT_EQ(g.graph.node(g.graph.nodes()[0]).int_or("axis", 0), -2);
  expect_near(run(g.graph, 13, input), before, 2e-5F);  // values up to 20
}

TEST(LayerNormalization, LeavesAMeanThatSomethingElseReads) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 3, 4});
  const ValueId m = mean(g, x);
  const ValueId d = op(g, "Sub", {x, m});
  const ValueId variance = mean(g, op(g, "Mul", {d, d}));
  const ValueId deviation = op(g, "Sqrt", {op(g, "Add", {variance, number(g, 1e-5F)})});
  g.output(op(g, "Mul", {op(g, "Div", {d, deviation}), scale(g)}));
  g.output(m);
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph), "ReduceMean LayerNormalization ");
}

TEST(Gelu, IsNotSeenInOtherConstants) {
  for (const float divisor : {1.0F, 1.5F}) {
    SmallGraph g;
    const ValueId x = g.input("x", {4});
    const ValueId erf = op(g, "Erf", {op(g, "Div", {x, number(g, divisor)})});
    const ValueId gate = op(g, "Add", {erf, number(g, 1)});
    g.output(op(g, "Mul", {op(g, "Mul", {x, gate}), number(g, 0.5F)}));
    simplify(g.graph, {{"", 13}}, Extent::kFull);
    EXPECT_EQ(types_of(g.graph).find("Gelu"), std::string::npos) << divisor;
  }
}

TEST(Gelu, IsNotSeenWhenTheFactorIsAnotherTensor) {
  SmallGraph g;
  const ValueId x = g.input("x", {4});
  const ValueId other = op(g, "Exp", {x});
  g.output(op(g, "Mul", {op(g, "Mul", {other, erf_gate(g, x)}), number(g, 0.5F)}));
  simplify(g.graph, {{"", 13}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph).find("Gelu"), std::string::npos);
}

TEST(Softmax, BeforeOpset13IsOnlyMadeForTheLastDimension) {
  SmallGraph g;
  const ValueId x = g.input("x", {2, 3, 4});
  const Attributes middle{{"axes", std::vector<std::int64_t>{1}}};
  const ValueId power = op(g, "Exp", {op(g, "Sub", {x, op(g, "ReduceMax", {x}, middle)})});
  g.output(op(g, "Div", {power, op(g, "ReduceSum", {power}, middle)}));
  simplify(g.graph, {{"", 11}}, Extent::kFull);
  EXPECT_EQ(types_of(g.graph).find("Softmax"), std::string::npos);
}

}  // namespace
}  // namespace xquant::simplify

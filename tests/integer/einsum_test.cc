// Einsums that are products of matrices run as MatMul, with the bits of the model's float Einsum.

#include <gtest/gtest.h>

#include "integer/program.h"
#include "integer/quantized_graph.h"
#include "runtime/executor.h"

namespace xquant::integer {
namespace {

QuantizedGraph einsum(const std::string& equation, const Shape& a, const Shape& b) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("a", a), "ad", 1 / 32.0F, 3);
  const ValueId y = g.pair(g.input("b", b), "bd", 1 / 64.0F, -9);
  g.output(g.pair(g.op("Einsum", {x, y}, "y", {{"equation", equation}}), "yd", 0.25F, 2));
  return g;
}

struct Case {
  std::string equation;
  Shape a, b;
  std::string types;  ///< of the lowered graph, behind both QuantizeLinear
};

TEST(Einsum, is_a_matmul) {
  const Case cases[] = {
      {"ij,jk->ik", {4, 6}, {6, 5}, "MatMulOfData "},
      {"ij, kj -> ik", {4, 6}, {5, 6}, "Transpose MatMulOfData "},
      {"ij,jk->ki", {4, 6}, {6, 5}, "Transpose Transpose MatMulOfData "},
      {"bhqd,bhkd->bhqk", {2, 3, 4, 6}, {2, 3, 5, 6}, "Transpose MatMulOfData "},
      {"bqhd,bkhd->bhqk", {2, 4, 3, 6}, {2, 5, 3, 6}, "Transpose Transpose MatMulOfData "},
      {"bhqk,bkhd->bqhd", {2, 3, 4, 5}, {2, 5, 3, 6}, "Transpose MatMulOfData Transpose "},
      {"bchw,oc->bohw", {2, 4, 3, 5}, {6, 4}, "Transpose Transpose MatMulOfData Transpose "},
      {"oc,bct->bot", {6, 4}, {2, 4, 3}, "Transpose Transpose MatMulOfData Transpose "},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.equation);
    const QuantizedGraph g = einsum(c.equation, c.a, c.b);
    const Model model = g.model();
    const Lowered lowered = lower(model);
    EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8);
    EXPECT_EQ(types_of(lowered.graph),
              "QuantizeLinear QuantizeLinear " + c.types + "DequantizeLinear ");
    const std::vector<Tensor> inputs{random_reals(c.a, 1), random_reals(c.b, 2)};
    expect_explained_islands(lowered, model, inputs);
    expect_equal_runs(lowered, model, inputs);
    // The model as it came.
    runtime::Executor original(runtime::Program::compile(model.graph, model.opset_imports));
    runtime::Executor integers(compile(lowered, model.opset_imports));
    EXPECT_EQ(original.run(inputs)[0], integers.run(inputs)[0]);
  }
}

TEST(Einsum, takes_weights) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {2, 5, 6}), "xd", 1 / 32.0F, 3);
  const ValueId w = g.dequantize(g.weights("w", {4, 6}), "wd", 1 / 64.0F, 0);
  g.output(g.pair(g.op("Einsum", {x, w}, "y", {{"equation", std::string("btd,od->bto")}}), "yd",
                  0.25F, 2));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear MatMul DequantizeLinear ");
  expect_equal_runs(lowered, model, {random_reals({2, 5, 6}, 1)});
}

TEST(Einsum, of_one_operand_sums_codes) {
  for (const char* equation : {"ijk->ki", "iij->j", "iij->ji", "iii->", "...j->j...", "iij"}) {
    SCOPED_TRACE(equation);
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {4, 4, 4}), "xd", 1 / 32.0F, 3);
    g.output(
        g.pair(g.op("Einsum", {x}, "y", {{"equation", std::string(equation)}}), "yd", 0.25F, 2));
    const std::vector<Tensor> inputs{random_reals({4, 4, 4}, 1)};
    expect_explained(g, inputs);
    const Model model = g.model();
    expect_equal_runs(lower(model), model, inputs);
  }
}

TEST(Einsum, of_another_kind_stays_float) {
  for (const char* equation :
       {"ij,jk->", "ij,ij->ij", "ij,ij->i", "ij,kl->ijkl", "ij,jk", "ii,ij->ij"}) {
    SCOPED_TRACE(equation);
    const QuantizedGraph g = einsum(equation, {4, 4}, {4, 4});
    const Model model = g.model();
    const Lowered lowered = lower(model);
    EXPECT_EQ(decision(lowered, "y_node").reason, "Einsum has no int8 kernel for these operands");
    expect_equal_runs(lowered, model, {random_reals({4, 4}, 1), random_reals({4, 4}, 2)});
  }
}

}  // namespace
}  // namespace xquant::integer

// Forms of operators that need more than a call of their kernel: transposed, padded by the shape of
// the result, over dimensions that are no run.

#include <gtest/gtest.h>

#include "integer/program.h"
#include "integer/quantized_graph.h"
#include "runtime/executor.h"

namespace xquant::integer {
namespace {

using Ints = std::vector<std::int64_t>;

TEST(Reductions, take_axes_that_are_no_run) {
  for (const char* type : {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin"}) {
    for (const Ints& axes : {Ints{0, 2}, Ints{-1, 1}, Ints{0, 2, 3}, Ints{3, 1}, Ints{1, -2}}) {
      for (const std::int64_t keeps : {0, 1}) {
        QuantizedGraph g;
        g.opset = 13;
        const ValueId x = g.pair(g.input("x", {2, 3, 4, 5}), "xd", 0.031F, 3);
        std::vector<ValueId> inputs{x};
        Attributes attributes{{"keepdims", keeps}};
        if (std::string(type) == "ReduceSum")
          inputs.push_back(g.integers("axes", axes));
        else
          attributes["axes"] = axes;
        g.output(g.pair(g.op(type, inputs, "y", attributes), "yd", 0.02F, -5));
        expect_explained(g, {random_reals({2, 3, 4, 5}, 1)});
      }
    }
  }
}

TEST(Resize, interpolates_one_dimension_or_the_last_two_of_five) {
  struct Case {
    Shape shape;
    std::vector<float> scales;
  };
  for (const Case& c : {Case{{2, 3, 10}, {1, 1, 2.3F}}, Case{{2, 3, 10}, {1, 1, 0.7F}},
                        Case{{2, 2, 3, 4, 5}, {1, 1, 1, 2, 1.5F}}}) {
    for (const char* mode : {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
                             "align_corners", "asymmetric"}) {
      for (const bool by_size : {false, true}) {
        if (by_size && c.shape.size() != 3) continue;
        QuantizedGraph g;
        const ValueId x = g.pair(g.input("x", c.shape), "xd", 0.031F, 3);
        std::vector<ValueId> inputs{x, ValueId::kNone};
        if (by_size)
          inputs.insert(inputs.end(), {ValueId::kNone, g.integers("sizes", {2, 3, 17})});
        else
          inputs.push_back(
              g.constant("scales", {static_cast<std::int64_t>(c.scales.size())}, c.scales));
        const ValueId y = g.op("Resize", inputs, "y",
                               {{"mode", std::string("linear")},
                                {"coordinate_transformation_mode", std::string(mode)}});
        g.output(g.pair(y, "yd", 0.027F, -9));
        expect_explained(g, {random_reals(c.shape, 5)});
      }
    }
  }
}

TEST(ConvTranspose, is_padded_for_the_shape_of_its_result) {
  const std::vector<Attributes> forms{
      {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2, 2}}},
      {{"auto_pad", std::string("SAME_LOWER")}, {"strides", Ints{2, 1}}},
      {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{4, 5}}},  // beyond the kernel
      {{"auto_pad", std::string("VALID")}, {"strides", Ints{2, 2}}},
      {{"output_shape", Ints{10, 12}}, {"strides", Ints{2, 2}}},
      {{"output_shape", Ints{1, 6, 9, 13}}, {"strides", Ints{2, 2}}},
      {{"output_shape", Ints{8, 11}},
       {"strides", Ints{2, 2}},
       {"auto_pad", std::string("SAME_UPPER")}},
  };
  for (const Attributes& form : forms) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {1, 4, 5, 6}), "xd", 1 / 32.0F, 3);
    const ValueId w = g.dequantize(g.weights("w", {4, 6, 3, 3}), "wd", 1 / 128.0F, 0);
    g.output(g.pair(g.op("ConvTranspose", {x, w}, "y", form), "yd", 0.5F, 2));
    const Model model = g.model();
    const Lowered lowered = lower(model);
    EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8);
    expect_equal_runs(lowered, model, {random_reals({1, 4, 5, 6}, 1)});
    expect_explained(g, {random_reals({1, 4, 5, 6}, 1)});
  }
}

TEST(ConvTranspose, has_groups_that_share_scales_of_channels) {
  for (const std::int64_t groups : {1, 2, 4}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {2, 4, 5, 6}), "xd", 1 / 32.0F, 3);
    const ValueId w =
        g.dequantize_axis(g.weights("w", {4, 3, 3, 3}), "wd", {0.5F, 0.125F, 2.0F}, 1, {1, -2, 3});
    std::vector<float> biases;
    for (std::int64_t c = 0; c < 3 * groups; ++c)
      biases.push_back(0.5F * static_cast<float>(c) - 1);
    const ValueId b = g.constant("b", {3 * groups}, biases);
    const ValueId y =
        g.op("ConvTranspose", {x, w, b}, "y", {{"strides", Ints{2, 2}}, {"group", groups}});
    g.output(g.pair(g.op("Tanh", {y}, "t"), "yd", 1 / 64.0F, 2));
    g.output(g.pair(g.op("ConvTranspose", {x, w}, "z", {{"group", groups}}), "zd", 16.0F, 2));
    const Model model = g.model();
    const Lowered lowered = lower(model);
    EXPECT_EQ(decision(lowered, "z_node").execution, Execution::kInt8);
    expect_equal_runs(lowered, model, {random_reals({2, 4, 5, 6}, 1)});
    expect_explained(g, {random_reals({2, 4, 5, 6}, 1)});
  }
}

TEST(Gemm, transposes_its_input_and_has_an_alpha) {
  for (const float alpha : {0.25F, 4.0F, 0.3F}) {
    for (const std::int64_t transposed : {0, 1}) {
      QuantizedGraph g;
      const Shape shape = transposed != 0 ? Shape{10, 3} : Shape{3, 10};
      const ValueId x = g.pair(g.input("x", shape), "xd", 1 / 32.0F, -7);
      const ValueId w = g.dequantize_axis(g.weights("w", {10, 6}), "wd",
                                          {0.5F, 0.25F, 1.0F, 2.0F, 0.125F, 0.0625F}, 1);
      const ValueId b = g.constant("b", {6}, {1, -2, 0.5F, 0, 3, 0.25F});
      const ValueId y =
          g.op("Gemm", {x, w, b}, "y", {{"transA", transposed}, {"alpha", alpha}, {"beta", 0.5F}});
      g.output(g.pair(y, "yd", 4.0F, 4));
      const Model model = g.model();
      const Lowered lowered = lower(model);
      EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8);
      if (alpha != 0.3F) expect_equal_runs(lowered, model, {random_reals(shape, 3)});
      expect_explained(g, {random_reals(shape, 3)});
    }
  }
}

TEST(Gemm, transposes_what_was_moved_before) {
  QuantizedGraph g;
  ValueId x = g.pair(g.input("x", {3, 10}), "xd", 1 / 32.0F, -7);
  x = g.op("Transpose", {x}, "t", {{"perm", Ints{1, 0}}});
  const ValueId w = g.dequantize(g.weights("w", {10, 6}), "wd", 1 / 128.0F, 0);
  const ValueId y = g.op("Gemm", {x, w}, "y", {{"transA", std::int64_t{1}}});
  g.output(g.pair(y, "yd", 0.25F, 4));
  const Model model = g.model();
  const Lowered lowered = lower(model);
  EXPECT_EQ(types_of(lowered.graph), "QuantizeLinear Transpose Transpose Gemm DequantizeLinear ");
  expect_equal_runs(lowered, model, {random_reals({3, 10}, 3)});
}

TEST(Gemm, of_two_activations_is_a_product_and_a_sum) {
  for (const std::int64_t a_turns : {0, 1}) {
    for (const std::int64_t b_turns : {0, 1}) {
      for (const bool adds : {false, true}) {
        QuantizedGraph g;
        const Shape a_shape = a_turns != 0 ? Shape{10, 3} : Shape{3, 10};
        const Shape b_shape = b_turns != 0 ? Shape{6, 10} : Shape{10, 6};
        std::vector<ValueId> inputs{g.pair(g.input("a", a_shape), "ad", 0.031F, -7),
                                    g.pair(g.input("b", b_shape), "bd", 0.017F, 5)};
        if (adds) inputs.push_back(g.constant("c", {6}, {1, -2, 0.5F, 0, 3, 0.25F}));
        const ValueId y = g.op("Gemm", inputs, "y", {{"transA", a_turns}, {"transB", b_turns}});
        g.output(g.pair(y, "yd", 0.25F, 4));
        g.output(y);
        const Model model = g.model();
        const Lowered lowered = lower(model);
        EXPECT_EQ(decision(lowered, "y_node").execution, Execution::kInt8ToFloat);
        const std::vector<Tensor> data{random_reals(a_shape, 3), random_reals(b_shape, 4)};
        runtime::Executor original(runtime::Program::compile(model.graph, model.opset_imports));
        runtime::Executor reference(compile_reference(lowered, model.opset_imports));
        EXPECT_TRUE(original.run(data)[1] == reference.run(data)[1]);
        expect_explained_islands(lowered, model, data);
      }
    }
  }
}

TEST(Gemm, with_an_alpha_that_is_not_positive_stays_float) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {3, 10}), "xd", 1 / 32.0F, -7);
  const ValueId w = g.dequantize(g.weights("w", {10, 6}), "wd", 1 / 128.0F, 0);
  g.output(g.pair(g.op("Gemm", {x, w}, "y", {{"alpha", -1.0F}}), "yd", 0.25F, 4));
  EXPECT_EQ(decision(lower(g.model()), "y_node").reason, "its alpha is not positive");
}

/// Runs the lowered model on random numbers of that shape.
void run_on(const QuantizedGraph& g, const Shape& shape) {
  const Model model = g.model();
  runtime::Executor executor(compile(lower(model), model.opset_imports));
  const std::vector<Tensor> inputs{random_reals(shape, 1)};
  executor.run(inputs);
}

TEST(Convolutions, that_have_no_result_are_refused) {
  struct Case {
    const char* type;
    Shape shape;
    Attributes attributes;
  };
  for (const Case& c : {Case{"Conv", {1, 2, 0, 3}, {}}, Case{"ConvTranspose", {1, 2, 0, 3}, {}},
                        Case{"ConvTranspose", {1, 2, 3, 3}, {{"output_padding", Ints{2, 2}}}},
                        Case{"ConvTranspose", {1, 2, 1, 1}, {{"pads", Ints{1, 1, 1, 1}}}}}) {
    SCOPED_TRACE(c.type);
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", c.shape), "xd", 0.03125F, 3);
    const ValueId w = g.dequantize(g.weights("w", {2, 2, 1, 1}), "wd", 0.0625F, 0);
    g.output(g.pair(g.op(c.type, {x, w}, "y", c.attributes), "yd", 0.125F, 0));
    EXPECT_THROW(run_on(g, c.shape), Error);
  }
}

}  // namespace
}  // namespace xquant::integer

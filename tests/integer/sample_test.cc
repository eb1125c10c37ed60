// Weighted sums of elements at places that other operands say: the float path's codes.

#include <gtest/gtest.h>

#include "integer/quantized_graph.h"

namespace xquant::integer {
namespace {

using Ints = std::vector<std::int64_t>;

void expect_codes(QuantizedGraph& g, ValueId y, const std::vector<Tensor>& inputs) {
  g.opset = 23;
  g.output(g.pair(y, "yd", 0.025F, 7));
  expect_explained(g, inputs);
}

TEST(GridSample, reads_a_grid_of_floats_or_codes) {
  for (const char* mode : {"linear", "nearest", "cubic"}) {
    for (const char* padding : {"zeros", "border", "reflection"}) {
      for (const std::int64_t kind : {0, 1, 2}) {
        SCOPED_TRACE(mode + std::string(padding));
        QuantizedGraph g;
        const ValueId x = g.pair(g.input("x", {2, 3, 5, 4}), "xd", 0.031F, 3);
        std::vector<Tensor> inputs{random_reals({2, 3, 5, 4}, 1)};
        const Tensor positions = random_reals({2, 3, 2, 2}, 2);  // in [-4, 4)
        ValueId grid{};
        if (kind == 0) {
          grid = g.graph.add_constant("grid", positions);
        } else {
          grid = g.input("grid", {2, 3, 2, 2});
          if (kind == 2) grid = g.pair(grid, "gd", 0.01F, 0);
          inputs.push_back(positions);
        }
        const Attributes attributes{{"mode", std::string(mode)},
                                    {"padding_mode", std::string(padding)},
                                    {"align_corners", kind % 2}};
        expect_codes(g, g.op("GridSample", {x, grid}, "y", attributes), inputs);
      }
    }
  }
}

TEST(RoiAlign, averages_samples_of_regions) {
  for (const std::int64_t ratio : {1, 2, 3}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {2, 3, 6, 7}), "xd", 0.031F, 3);
    const ValueId rois = g.constant("rois", {3, 4}, {1, 1, 5, 4, -3, 2, 3.5F, 11, 2, 2, 2, 2});
    const Attributes attributes{{"output_height", std::int64_t{2}},
                                {"output_width", std::int64_t{3}},
                                {"sampling_ratio", ratio}};
    expect_codes(g, g.op("RoiAlign", {x, rois, g.integers("batch", {1, 0, 1})}, "y", attributes),
                 {random_reals({2, 3, 6, 7}, 1)});
  }
}

TEST(RoiAlign, of_other_kinds_stays_float_and_says_so) {
  const auto reason = [](const Attributes& attributes) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {1, 3, 6, 7}), "xd", 0.031F, 3);
    const ValueId rois = g.constant("rois", {1, 4}, {1, 1, 5, 4});
    const ValueId y = g.op("RoiAlign", {x, rois, g.integers("batch", {0})}, "y", attributes);
    g.output(g.pair(y, "yd", 0.03F, 0));
    return decision(lower(g.model()), "y_node").reason;
  };
  EXPECT_EQ(reason({}), "how many samples it takes depends on its regions");
  EXPECT_EQ(reason({{"sampling_ratio", std::int64_t{2}}, {"mode", std::string("max")}}),
            "the largest of weighted elements has no int8 kernel");
}

TEST(RotaryEmbedding, rotates_codes) {
  for (const std::int64_t interleaved : {0, 1}) {
    for (const bool by_positions : {false, true}) {
      QuantizedGraph g;
      const ValueId x = g.pair(g.input("x", {2, 2, 3, 6}), "xd", 0.031F, 3);
      const Shape table = by_positions ? Shape{9, 2} : Shape{2, 3, 2};
      std::vector<ValueId> operands{x, g.graph.add_constant("cos", random_reals(table, 5)),
                                    g.graph.add_constant("sin", random_reals(table, 6))};
      const Tensor positions = Tensor::of<std::int64_t>({2, 3}, Ints{0, 8, 3, 3, 1, 2});
      if (by_positions) operands.push_back(g.graph.add_constant("positions", positions));
      const Attributes attributes{{"interleaved", interleaved},
                                  {"rotary_embedding_dim", std::int64_t{4}}};
      expect_codes(g, g.op("RotaryEmbedding", operands, "y", attributes),
                   {random_reals({2, 2, 3, 6}, 1)});
    }
  }
}

}  // namespace
}  // namespace xquant::integer

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

TEST(RoiAlign, weighs_samples_of_regions) {
  for (const std::int64_t ratio : {0, 1, 3}) {
    for (const char* mode : {"avg", "max"}) {
      SCOPED_TRACE(mode);
      QuantizedGraph g;
      const ValueId x = g.pair(g.input("x", {2, 3, 6, 7}), "xd", 0.031F, 3);
      const ValueId rois = g.constant(
          "rois", {5, 4}, {1, 1, 5, 4, -3, 2, 3.5F, 11, 2, 2, 2, 2, 4, 4, 1, 1, -90, -80, 300, 40});
      const Attributes attributes{{"output_height", std::int64_t{2}},
                                  {"output_width", std::int64_t{3}},
                                  {"mode", std::string(mode)},
                                  {"sampling_ratio", ratio}};
      const ValueId batch = g.integers("batch", {1, 0, 1, 0, 1});
      expect_codes(g, g.op("RoiAlign", {x, rois, batch}, "y", attributes),
                   {random_reals({2, 3, 6, 7}, 1)});
    }
  }
}

TEST(MaxRoiPool, takes_the_largest_of_bins) {
  for (const Ints& pooled : {Ints{2, 3}, Ints{9, 1}}) {
    QuantizedGraph g;
    const ValueId x = g.pair(g.input("x", {2, 3, 6, 7}), "xd", 0.031F, 3);
    const ValueId rois = g.constant(
        "rois", {4, 5}, {0, 1, 1, 5, 4, 1, -3, 2, 3.5F, 11, 1, 2, 2, 2, 2, 0, 8, 8, 9, 9});
    expect_codes(g, g.op("MaxRoiPool", {x, rois}, "y", {{"pooled_shape", pooled}}),
                 {random_reals({2, 3, 6, 7}, 1)});
  }
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

// Resize that interpolates: the bits of the float path, whatever dimensions and rules.

#include <gtest/gtest.h>

#include "integer/quantized_graph.h"

namespace xquant::integer {
namespace {

using Ints = std::vector<std::int64_t>;

TEST(Resize, interpolates_rows_and_columns_for_every_kind_of_coordinates) {
  for (const char* mode : {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
                           "align_corners", "asymmetric"}) {
    for (const bool by_size : {false, true}) {
      QuantizedGraph g;
      const ValueId x = g.pair(g.input("x", {2, 3, 7, 10}), "xd", 0.031F, 3);
      const ValueId scales = g.constant("scales", {4}, {1, 1, 2.3F, 0.7F});
      const ValueId sizes =
          g.graph.add_constant("sizes", Tensor::of<std::int64_t>({4}, {2, 3, 15, 6}));
      std::vector<ValueId> inputs{x, ValueId::kNone, by_size ? ValueId::kNone : scales};
      if (by_size) inputs.push_back(sizes);
      const ValueId y = g.op(
          "Resize", inputs, "y",
          {{"mode", std::string("linear")}, {"coordinate_transformation_mode", std::string(mode)}});
      g.output(g.pair(y, "yd", 0.027F, -9));
      expect_explained(g, {random_reals({2, 3, 7, 10}, 5)});
    }
  }
}

/// y, a Resize of x [2, 3, 7, 10], has the bits of its float form.
void expect_equal_resize(QuantizedGraph& g, const std::vector<ValueId>& wanted,
                         const Attributes& attributes) {
  const ValueId x = g.pair(g.input("x", {2, 3, 7, 10}), "xd", 0.031F, 3);
  std::vector<ValueId> inputs{x, ValueId::kNone};
  inputs.insert(inputs.end(), wanted.begin(), wanted.end());
  g.output(g.pair(g.op("Resize", inputs, "y", attributes), "yd", 0.027F, -9));
  const std::vector<Tensor> samples{random_reals({2, 3, 7, 10}, 5)};
  expect_explained(g, samples);
  expect_equal_runs(lower(g.model()), g.model(), samples);
}

TEST(Resize, is_cubic) {
  for (const char* mode : {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
                           "align_corners", "asymmetric"}) {
    for (const std::int64_t excludes : {0, 1}) {
      QuantizedGraph g;
      expect_equal_resize(g, {g.constant("scales", {4}, {1, 1, 2.3F, 0.7F})},
                          {{"mode", std::string("cubic")},
                           {"coordinate_transformation_mode", std::string(mode)},
                           {"cubic_coeff_a", excludes == 0 ? -0.75F : -0.5F},
                           {"exclude_outside", excludes}});
    }
  }
}

TEST(Resize, takes_any_dimensions) {
  const Attributes linear{{"mode", std::string("linear")}};
  QuantizedGraph scaled;
  expect_equal_resize(scaled, {scaled.constant("scales", {4}, {1.5F, 2, 0.5F, 1})}, linear);
  QuantizedGraph sized;
  expect_equal_resize(sized, {ValueId::kNone, sized.integers("sizes", {2, 5, 7, 3})}, linear);
}

TEST(Resize, takes_three_dimensions) {
  QuantizedGraph g;
  const ValueId x = g.pair(g.input("x", {1, 2, 3, 4, 5}), "xd", 0.031F, 3);
  const ValueId scales = g.constant("scales", {5}, {1, 1, 2, 1.5F, 2});
  g.output(
      g.pair(g.op("Resize", {x, ValueId::kNone, scales}, "y", {{"mode", std::string("linear")}}),
             "yd", 0.027F, -9));
  const std::vector<Tensor> samples{random_reals({1, 2, 3, 4, 5}, 5)};
  expect_explained(g, samples);
  expect_equal_runs(lower(g.model()), g.model(), samples);
}

TEST(Resize, widens_its_filter_and_names_axes) {
  for (const char* mode : {"linear", "cubic"}) {
    QuantizedGraph g;
    g.opset = 18;
    expect_equal_resize(
        g, {ValueId::kNone, g.integers("sizes", {4, 3})},
        {{"mode", std::string(mode)}, {"antialias", std::int64_t{1}}, {"axes", Ints{-1, 2}}});
  }
}

}  // namespace
}  // namespace xquant::integer

#pragma once

#include <random>
#include <string>
#include <vector>

#include "graph/small_graph.h"
#include "integer/lower.h"

namespace xquant::integer {

/// Builds quantized graphs a few nodes at a time. Scales are powers of two and sums are small, so
/// that float arithmetic on dequantized values is exact and integer execution has to give its bits.
struct QuantizedGraph : SmallGraph {
  ValueId scale(float value);
  ValueId zero(std::int32_t value, DataType type);
  /// 8-bit values from lowest to highest, random.
  ValueId weights(const std::string& name, const Shape& shape, DataType type = DataType::kInt8);

  ValueId quantize(ValueId x, const std::string& name, float scale, std::int32_t zero_point,
                   DataType type = DataType::kInt8);
  ValueId dequantize(ValueId q, const std::string& name, float scale, std::int32_t zero_point,
                     DataType type = DataType::kInt8);
  /// One scale for each index of axis; zero points as given, or none.
  ValueId dequantize_axis(ValueId q, const std::string& name, const std::vector<float>& scales,
                          std::int64_t axis, const std::vector<std::int32_t>& zero_points = {},
                          DataType type = DataType::kInt8);
  /// quantize, then dequantize.
  ValueId pair(ValueId x, const std::string& name, float scale, std::int32_t zero_point,
               DataType type = DataType::kInt8);

  Model model() const;

  std::int64_t opset = 17;
  std::mt19937 random{1};
};

/// Seeded values of the given shape, multiples of 1/64 in [-4, 4).
Tensor random_reals(const Shape& shape, unsigned seed);

/// Runs both forms of the lowered model on the inputs and expects equal bits.
void expect_equal_runs(const Lowered& lowered, const Model& model,
                       const std::vector<Tensor>& inputs);

/// Expects all islands to be without unexplained differences.
void expect_explained_islands(const Lowered& lowered, const Model& model,
                              const std::vector<Tensor>& inputs);

/// The same, and that the operator y_node is one.
void expect_explained(const QuantizedGraph& g, const std::vector<Tensor>& inputs);

/// The decision for a node; fails the test when there is none.
Decision decision(const Lowered& lowered, const std::string& node);

}  // namespace xquant::integer

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::quantize {

/// A MatMul or Gemm with a constant weight that hands on floats. Dividing a column of the weight
/// (and its bias) and multiplying the result's channel by the same number leaves the function.
struct FloatProduct {
  ValueId weight{};
  std::int64_t axis = 1;      ///< of the weight's columns, one for each channel of the result
  std::optional<Use> bias{};  ///< of constants that the product or the Add behind it adds
  NodeId last{};              ///< whose result are the floats: the product, or the Add of its bias
  /// The Mul in float, with one constant a channel, that alone reads the result.
  std::optional<NodeId> scales{};
};

/// nullopt: the constant is no such weight, others read it, or the result is no float or has a
/// bias that is not one constant for each column.
std::optional<FloatProduct> find_float_product(const Graph& graph, const plan::QuantPlan& plan,
                                               std::size_t constant);

/// Puts a Mul by ones in float behind the product. Its result takes the place of the product's,
/// name and readers included. The plan becomes that of the graph.
void add_scales(FloatProduct& product, Graph& graph, plan::QuantPlan& plan);

/// The factors that make the largest element of every column 127/128: the full range of int8,
/// whether scales have to be powers of two or not. Columns narrower than a 1024th of the widest are
/// divided as one of that width, columns of zeros as the widest.
std::vector<double> column_factors(const Tensor& weight, std::int64_t axis);

/// The column of element i of a matrix whose columns lie along the axis.
std::size_t column_of(std::size_t i, const Shape& shape, std::int64_t axis);

/// The weight with every column divided by its factor.
Tensor divided_columns(const Tensor& weight, const std::vector<double>& factors, std::int64_t axis);

/// Divides every column of the weight and the bias by its factor, for the Mul behind to multiply.
void divide_columns(const FloatProduct& product, const std::vector<double>& factors, Graph& graph);

}  // namespace xquant::quantize

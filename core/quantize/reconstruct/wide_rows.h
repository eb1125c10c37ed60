#pragma once

#include <cstddef>
#include <vector>

#include "quantize/reconstruct/layer.h"
#include "quantize/reconstruct/parallel.h"
#include "quantize/reconstruct/rounding.h"

namespace xquant::quantize {

/// Layers with more inputs go block by block: their second moments would take inputs^2 doubles, and
/// factoring them inputs^3 / 6 multiplications.
inline constexpr std::size_t kWidestMatrix = 1024;

/// Inputs of a wide layer that are looked at together.
struct Block {
  std::size_t begin, end;
  std::size_t size() const { return end - begin; }
};

/// Even blocks. Second moments of many more inputs than there are rows would say nothing.
std::vector<Block> blocks_of(std::size_t inputs, std::size_t rows);

/// Outputs of rows: [rows][outputs].
using Results = std::vector<float>;

/// results -= x[:, block] weights', weights [outputs][block].
void subtract_product(const Rows& rows, const Block& block, const WeightRows& weights,
                      Results& results, const ForEach& for_each);

/// Some outputs of all rows.
Results picked(const Rows& rows, const std::vector<std::size_t>& outputs);

/// Moves so many rows from the front of one to the end of the other.
void move_rows(Rows& from, std::size_t count, Rows& to);

/// Means and variances of the columns of a row-major matrix.
struct Columns {
  std::vector<double> mean, variance;
};
Columns columns_of(const std::vector<float>& values, std::size_t count);

}  // namespace xquant::quantize

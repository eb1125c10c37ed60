#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quantize/reconstruct/moments.h"
#include "quantize/reconstruct/readable.h"

namespace xquant::quantize {

/// Rows by column: what one input was in all rows stands together.
struct ColumnRows {
  std::size_t rows = 0;
  std::size_t inputs = 0;
  std::vector<float> x{};  ///< [inputs][rows]
  std::vector<float> y{};  ///< [outputs][rows]

  const float* column(std::size_t k) const { return x.data() + k * rows; }
  const float* result(std::size_t o) const { return y.data() + o * rows; }
};

/// At most `most` of the rows, evenly spread.
ColumnRows by_column(const Rows& rows, std::size_t most);
/// The inputs of the same rows, one row after the other.
Rows inputs_of(const ColumnRows& rows);

/// One output of a layer: scale (integers . x) + bias.
struct IntegerOutput {
  std::vector<std::int8_t> integers;
  double scale = 1;
  double bias = 0;
};

/// By row: how far the output is from the float result, before the activation.
std::vector<double> errors_of(const ColumnRows& rows, const IntegerOutput& output, std::size_t o);
/// The same after some integers and the bias have changed; errors: those of `before`.
std::vector<double> errors_after(const ColumnRows& rows, std::vector<double> errors,
                                 const IntegerOutput& before, const IntegerOutput& after);
/// The sum of their squares behind the activation.
double readable_error(const Readable& readable, const std::vector<double>& errors, const float* y);

/// What an error of the output costs in each row, if it is as large as usual.
std::vector<double> row_weights(const ColumnRows& rows, const Readable& readable,
                                const std::vector<double>& errors, std::size_t o);
bool every_row_counts(const std::vector<double>& weights);

/// The least-squares problem of one output: rows of which the activation hides the error are left
/// out, the others are multiplied by the root of what an error there costs.
struct OutputProblem {
  std::size_t rows = 0;
  const float* x = nullptr;  ///< [inputs][rows], those of all outputs or `own`
  std::vector<float> own{};
  bool every_row_counts = true;
  std::vector<double> errors{};   ///< [rows]
  std::vector<double> weights{};  ///< [rows]: the column that belongs to the bias

  const float* column(std::size_t k) const { return x + k * rows; }
};

/// errors: of the output as it is; all must outlive the problem.
OutputProblem problem_of(const ColumnRows& rows, const Readable& readable,
                         std::vector<double> errors, std::size_t o);

}  // namespace xquant::quantize

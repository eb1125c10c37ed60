#include "quantize/reconstruct/learning/column_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "quantize/reconstruct/vector_sums.h"

namespace xquant::quantize {

ColumnRows by_column(const Rows& rows, std::size_t most) {
  const std::size_t step = most == 0 ? 0 : (rows.count + most - 1) / most;
  ColumnRows columns{.rows = step == 0 ? 0 : (rows.count + step - 1) / step, .inputs = rows.inputs};
  columns.x.resize(columns.rows * rows.inputs);
  columns.y.resize(columns.rows * rows.outputs);
  for (std::size_t r = 0; r < columns.rows; ++r) {
    const float* x = rows.x.data() + r * step * rows.inputs;
    const float* y = rows.y.data() + r * step * rows.outputs;
    for (std::size_t k = 0; k < rows.inputs; ++k) columns.x[k * columns.rows + r] = x[k];
    for (std::size_t o = 0; o < rows.outputs; ++o) columns.y[o * columns.rows + r] = y[o];
  }
  return columns;
}

Rows inputs_of(const ColumnRows& rows) {
  Rows result{.count = rows.rows, .inputs = rows.inputs, .outputs = 0, .x = {}, .y = {}};
  result.x.resize(rows.x.size());
  for (std::size_t k = 0; k < rows.inputs; ++k) {
    const float* const column = rows.column(k);
    for (std::size_t r = 0; r < rows.rows; ++r) result.x[r * rows.inputs + k] = column[r];
  }
  return result;
}

std::vector<double> errors_of(const ColumnRows& rows, const IntegerOutput& output, std::size_t o) {
  std::vector<double> errors(rows.rows, output.bias);
  for (std::size_t k = 0; k < output.integers.size(); ++k) {
    if (output.integers[k] == 0) continue;
    add_scaled(errors.data(), output.scale * output.integers[k], rows.column(k), rows.rows);
  }
  add_scaled(errors.data(), -1, rows.result(o), rows.rows);
  return errors;
}

std::vector<double> errors_after(const ColumnRows& rows, std::vector<double> errors,
                                 const IntegerOutput& before, const IntegerOutput& after) {
  for (std::size_t k = 0; k < after.integers.size(); ++k) {
    const int change = after.integers[k] - before.integers[k];
    if (change != 0) add_scaled(errors.data(), after.scale * change, rows.column(k), rows.rows);
  }
  for (double& error : errors) error += after.bias - before.bias;
  return errors;
}

double readable_error(const Readable& readable, const std::vector<double>& errors, const float* y) {
  double sum = 0;
  for (std::size_t r = 0; r < errors.size(); ++r) {
    const auto exact = static_cast<double>(y[r]);
    const double error = readable.of(exact + errors[r]) - readable.of(exact);
    sum += error * error;
  }
  return sum;
}

std::vector<double> row_weights(const ColumnRows& rows, const Readable& readable,
                                const std::vector<double>& errors, std::size_t o) {
  const float* const y = rows.result(o);
  const double margin = std::sqrt(dot(errors.data(), errors.data(), errors.size()) /
                                  static_cast<double>(errors.size()));
  std::vector<double> weights(errors.size());
  for (std::size_t r = 0; r < weights.size(); ++r) {
    weights[r] = readable.weight(static_cast<double>(y[r]), margin);
  }
  return weights;
}

bool every_row_counts(const std::vector<double>& weights) {
  return std::all_of(weights.begin(), weights.end(), [](double weight) { return weight == 1; });
}

OutputProblem problem_of(const ColumnRows& rows, const Readable& readable,
                         std::vector<double> errors, std::size_t o) {
  std::vector<double> weights = row_weights(rows, readable, errors, o);
  if (every_row_counts(weights)) {
    return {.rows = rows.rows,
            .x = rows.x.data(),
            .errors = std::move(errors),
            .weights = std::move(weights)};
  }
  std::vector<std::size_t> counting;
  OutputProblem problem{.every_row_counts = false};
  for (std::size_t r = 0; r < rows.rows; ++r) {
    if (!(weights[r] > 0)) continue;
    counting.push_back(r);
    problem.weights.push_back(std::sqrt(weights[r]));
    problem.errors.push_back(problem.weights.back() * errors[r]);
  }
  problem.rows = counting.size();
  problem.own.resize(counting.size() * rows.inputs);
  float* to = problem.own.data();
  for (std::size_t k = 0; k < rows.inputs; ++k) {
    const float* const from = rows.column(k);
    for (std::size_t i = 0; i < counting.size(); ++i) {
      *to++ = static_cast<float>(problem.weights[i]) * from[counting[i]];
    }
  }
  problem.x = problem.own.data();
  return problem;
}

}  // namespace xquant::quantize

#include "quantize/reconstruct/learned_rounding.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "quantize/reconstruct/rounding.h"
#include "quantize/reconstruct/vector_sums.h"

namespace xquant::quantize {
namespace {

/// Elements of one group's inputs that are held in double; rows beyond are left out evenly.
constexpr std::size_t kMostElements = std::size_t{1} << 22;

/// Rows by column: what one input was in all rows stands together.
struct Columns {
  std::size_t rows = 0;
  std::vector<double> x{};  ///< [inputs][rows]
  std::vector<double> y{};  ///< [outputs][rows]

  const double* column(std::size_t k) const { return x.data() + k * rows; }
  const double* result(std::size_t o) const { return y.data() + o * rows; }
};

Columns columns_of(const Rows& rows) {
  const std::size_t most =
      std::max<std::size_t>(kMostElements / std::max<std::size_t>(rows.inputs, 1), 1);
  const std::size_t step = (rows.count + most - 1) / most;
  Columns columns;
  columns.rows = step == 0 ? 0 : (rows.count + step - 1) / step;
  columns.x.resize(columns.rows * rows.inputs);
  columns.y.resize(columns.rows * rows.outputs);
  for (std::size_t r = 0; r < columns.rows; ++r) {
    const float* x = rows.x.data() + r * step * rows.inputs;
    const float* y = rows.y.data() + r * step * rows.outputs;
    for (std::size_t k = 0; k < rows.inputs; ++k) {
      columns.x[k * columns.rows + r] = static_cast<double>(x[k]);
    }
    for (std::size_t o = 0; o < rows.outputs; ++o) {
      columns.y[o * columns.rows + r] = static_cast<double>(y[o]);
    }
  }
  return columns;
}

/// One output of a layer.
struct Output {
  std::vector<std::int8_t> integers;
  double scale;
  double bias;
};

/// By row: what the output is off the float result, before the activation.
std::vector<double> errors_of(const Columns& columns, const Output& output, const double* y) {
  std::vector<double> errors(columns.rows, output.bias);
  for (std::size_t k = 0; k < output.integers.size(); ++k) {
    if (output.integers[k] == 0) continue;
    add_scaled(errors.data(), output.scale * output.integers[k], columns.column(k), columns.rows);
  }
  add_scaled(errors.data(), -1, y, columns.rows);
  return errors;
}

/// The sum of squares behind the activation.
double readable_error(const Readable& readable, const std::vector<double>& errors,
                      const double* y) {
  double sum = 0;
  for (std::size_t r = 0; r < errors.size(); ++r) {
    const double error = readable.of(y[r] + errors[r]) - readable.of(y[r]);
    sum += error * error;
  }
  return sum;
}

/// Coordinate descent for one output; weights, weighted errors and a column times the weights.
class Descent {
 public:
  Descent(const Columns& columns, const Readable& readable, const double* y, Output& output)
      : columns_(columns), output_(output), start_(output.integers) {
    std::vector<double> errors = errors_of(columns, output, y);
    const double margin = std::sqrt(dot(errors.data(), errors.data(), errors.size()) /
                                    static_cast<double>(errors.size()));
    weights_.resize(errors.size());
    for (std::size_t r = 0; r < errors.size(); ++r) weights_[r] = readable.weight(y[r], margin);
    for (const double weight : weights_) total_ += weight;
    errors_ = std::move(errors);
    for (std::size_t r = 0; r < errors_.size(); ++r) errors_[r] *= weights_[r];
    column_.resize(errors_.size());
  }

  void run(int sweeps, double ridge, bool has_bias) {
    if (!(total_ > 0)) return;
    double mean = 0;
    for (std::size_t k = 0; k < start_.size(); ++k) mean += cost(k);
    ridge *= mean / static_cast<double>(start_.size());
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      if (has_bias) centre();
      bool moved = false;
      for (std::size_t k = 0; k < start_.size(); ++k) moved = move(k, ridge) || moved;
      if (!moved) break;
    }
    if (has_bias) centre();
  }

 private:
  double cost(std::size_t k) {
    const double* x = columns_.column(k);
    for (std::size_t r = 0; r < column_.size(); ++r) column_[r] = weights_[r] * x[r];
    return dot(column_.data(), x, column_.size());
  }

  /// The integer that is best while all others stay; whether it is another one.
  bool move(std::size_t k, double ridge) {
    const double curvature = cost(k) + ridge;
    if (!(curvature > 0)) return false;
    const double now = output_.integers[k];
    const double slope = dot(errors_.data(), columns_.column(k), column_.size()) +
                         ridge * output_.scale * (now - start_[k]);
    const double best = std::clamp(std::nearbyint(now - slope / (curvature * output_.scale)),
                                   -kLargestWeight, kLargestWeight);
    if (best == now || std::isnan(best)) return false;  // not a number: so are the rows
    add_scaled(errors_.data(), (best - now) * output_.scale, column_.data(), column_.size());
    output_.integers[k] = static_cast<std::int8_t>(best);
    return true;
  }

  /// The bias for which the weighted errors have no mean.
  void centre() {
    double sum = 0;
    for (const double error : errors_) sum += error;
    const double shift = -sum / total_;
    output_.bias += shift;
    add_scaled(errors_.data(), shift, weights_.data(), weights_.size());
  }

  const Columns& columns_;
  Output& output_;
  std::vector<std::int8_t> start_;
  std::vector<double> weights_, errors_, column_;
  double total_ = 0;
};

/// Both sides of one group, and what an output of it costs on the rows that judge.
struct Side {
  Columns learning, judging;
  std::size_t inputs;
  std::size_t outputs;

  double error(const Readable& readable, const Output& output, std::size_t o) const {
    const double* y = judging.result(o);
    return readable_error(readable, errors_of(judging, output, y), y);
  }
};

template <typename Use>
void for_each_weight(const Layer& layer, const Use& use) {
  for (std::size_t g = 0; g < layer.groups(); ++g) {
    for (std::size_t o = 0; o < layer.outputs(); ++o) {
      for (std::size_t k = 0; k < layer.inputs(); ++k) {
        use(layer.weight_index(g, o, k), g, o * layer.inputs() + k);
      }
    }
  }
}

}  // namespace

IntegerLayer integer_layer(const Layer& layer, const Tensor& integers,
                           std::span<const float> scales) {
  IntegerLayer result{.integers = {},
                      .scales = {scales.begin(), scales.end()},
                      .bias = std::vector<double>(layer.channels(), 0.0),
                      .has_bias = layer.bias_use().has_value()};
  result.scales.resize(layer.channels(), scales[0]);
  result.integers.assign(layer.groups(),
                         std::vector<std::int8_t>(layer.outputs() * layer.inputs()));
  const auto values = integers.data<std::int8_t>();
  for_each_weight(layer, [&](std::size_t at, std::size_t group, std::size_t i) {
    result.integers[group][i] = values[at];
  });
  return result;
}

Tensor weight_integers(const Layer& layer, const IntegerLayer& integers, const Shape& shape) {
  return Tensor::made<std::int8_t>(shape, [&](std::int8_t* target) {
    for_each_weight(layer, [&](std::size_t at, std::size_t group, std::size_t i) {
      target[at] = integers.integers[group][i];
    });
  });
}

LearnedRounding learn_rounding(const std::vector<Rows>& fit, const std::vector<Rows>& held,
                               const Readable& readable, std::span<const double> ridges, int sweeps,
                               IntegerLayer& layer, const ForEach& for_each) {
  const std::size_t channels = layer.scales.size();
  std::vector<IntegerLayer> learned(ridges.size(), layer);
  std::vector<double> before(channels);
  std::vector<std::vector<double>> after(ridges.size(), before);
  double judged = 0;
  for (std::size_t g = 0; g < fit.size(); ++g) {
    if (fit[g].count == 0 || held[g].count == 0) continue;
    const Side side{columns_of(fit[g]), columns_of(held[g]), fit[g].inputs, fit[g].outputs};
    judged += static_cast<double>(side.judging.rows * side.outputs);
    for_each(static_cast<std::int64_t>(side.outputs), [&](std::int64_t index) {
      const auto o = static_cast<std::size_t>(index);
      const std::size_t channel = g * side.outputs + o;
      const auto first = static_cast<std::ptrdiff_t>(o * side.inputs);
      const auto row = layer.integers[g].begin() + first;
      const Output start{.integers = {row, row + static_cast<std::ptrdiff_t>(side.inputs)},
                         .scale = static_cast<double>(layer.scales[channel]),
                         .bias = layer.bias[channel]};
      before[channel] = side.error(readable, start, o);
      for (std::size_t i = 0; i < ridges.size(); ++i) {
        Output output = start;
        Descent(side.learning, readable, side.learning.result(o), output)
            .run(sweeps, ridges[i], layer.has_bias);
        output.bias = static_cast<double>(static_cast<float>(output.bias));
        after[i][channel] = side.error(readable, output, o);
        std::copy(output.integers.begin(), output.integers.end(),
                  learned[i].integers[g].begin() + first);
        learned[i].bias[channel] = output.bias;
      }
    });
  }
  if (!(judged > 0)) return {};
  LearnedRounding result;
  for (const double error : before) result.error_before += error / judged;
  result.error_after = result.error_before;
  for (std::size_t i = 0; i < ridges.size(); ++i) {
    double total = 0;
    for (const double error : after[i]) total += error / judged;
    if (!(total < result.error_after)) continue;
    result.error_after = total;
    layer = learned[i];
  }
  return result;
}

}  // namespace xquant::quantize

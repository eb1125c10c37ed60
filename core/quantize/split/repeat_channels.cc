#include "quantize/split/repeat_channels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "quantize/params.h"

namespace xquant::quantize {
namespace {

/// At most one channel more for so many. Where the channels are a multiple of kTogether, as
/// vectors like them, they stay one, and kTogether more are allowed.
constexpr std::size_t kChannelsForOneMore = 32;
constexpr std::size_t kTogether = 8;

std::size_t most_more(std::size_t channels) {
  const std::size_t most = channels / kChannelsForOneMore;
  return channels % kTogether == 0 ? std::max(most, kTogether) : most;
}

/// A matrix seen as rows of a region's channels, wherever these lie.
struct RowsOf {
  std::size_t channels, columns, row_step, column_step;

  RowsOf(const Tensor& weight, std::int64_t axis) {
    const auto first = static_cast<std::size_t>(weight.shape()[0]);
    const auto second = static_cast<std::size_t>(weight.shape()[1]);
    channels = axis == 0 ? first : second;
    columns = axis == 0 ? second : first;
    row_step = axis == 0 ? second : 1;
    column_step = axis == 0 ? 1 : second;
  }
  std::size_t at(std::size_t row, std::size_t column) const {
    return row * row_step + column * column_step;
  }
};

RowsOf rows_of(const Graph& graph, const plan::ConstantOperand& reader) {
  return {*graph.constant(reader.value), input_axis(graph.node(reader.use.node))};
}

std::vector<double> widths(const Tensor& weight, const RowsOf& rows) {
  const auto values = weight.data<float>();
  std::vector<double> result(rows.channels, 0.0);
  for (std::size_t k = 0; k < rows.channels; ++k) {
    for (std::size_t j = 0; j < rows.columns; ++j) {
      result[k] = std::max(result[k], static_cast<double>(std::abs(values[rows.at(k, j)])));
    }
  }
  return result;
}

bool has_one_scale(const plan::ConstantOperand& reader) { return reader.params.axis < 0; }

/// The widest row when each is shared out to its copies.
double widest(const std::vector<double>& widths, const Copies& copies) {
  double result = 0;
  for (std::size_t k = 0; k < widths.size(); ++k) {
    result = std::max(result, widths[k] / static_cast<double>(copies[k]));
  }
  return result;
}

/// One copy more for the channel that is the widest, the first among equals.
void add_one(const std::vector<double>& widths, Copies& copies) {
  std::size_t most = 0;
  for (std::size_t k = 1; k < widths.size(); ++k) {
    // a / b > c / d without a division
    if (widths[k] * static_cast<double>(copies[most]) >
        widths[most] * static_cast<double>(copies[k])) {
      most = k;
    }
  }
  ++copies[most];
}

plan::QuantParams params_of(const plan::ConstantOperand& reader, const Tensor& weight) {
  const std::int64_t axis = reader.params.axis;
  return reader.power_of_two ? power_of_two_params(weight, axis) : symmetric_params(weight, axis);
}

Tensor repeated(const Tensor& tensor, std::int64_t axis, const Copies& copies) {
  Shape shape = tensor.shape();
  const auto at = static_cast<std::size_t>(axis);
  std::size_t outer = 1, inner = 1, total = 0;
  for (std::size_t d = 0; d < at; ++d) outer *= static_cast<std::size_t>(shape[d]);
  for (std::size_t d = at + 1; d < shape.size(); ++d) inner *= static_cast<std::size_t>(shape[d]);
  for (const std::size_t count : copies) total += count;
  shape[at] = static_cast<std::int64_t>(total);
  const auto values = tensor.data<float>();
  std::vector<float> result;
  result.reserve(outer * total * inner);
  for (std::size_t o = 0; o < outer; ++o) {
    for (std::size_t k = 0; k < copies.size(); ++k) {
      const auto from = values.subspan((o * copies.size() + k) * inner, inner);
      for (std::size_t i = 0; i < copies[k]; ++i)
        result.insert(result.end(), from.begin(), from.end());
    }
  }
  return Tensor::of<float>(shape, result);
}

void replace(Graph& graph, ValueId value, Tensor tensor) {
  ValueType& type = graph.value(value).type;
  if (type.shape) type.shape = DeclaredShape(tensor.shape().begin(), tensor.shape().end());
  graph.value(value).constant = std::move(tensor);
}

}  // namespace

Copies choose_copies(const Graph& graph, const plan::QuantPlan& plan, const ChannelRegion& region) {
  const auto channels = static_cast<std::size_t>(region.channels);
  std::vector<double> most(channels, 0.0);
  for (const std::size_t index : region.reading) {
    const plan::ConstantOperand& reader = plan.constants[index];
    if (!has_one_scale(reader)) continue;
    const std::vector<double> mine = widths(*graph.constant(reader.value), rows_of(graph, reader));
    const double range = *std::max_element(mine.begin(), mine.end());
    if (!(range > 0)) continue;
    for (std::size_t k = 0; k < channels; ++k) most[k] = std::max(most[k], mine[k] / range);
  }
  Copies none(channels, 1);
  Copies copies = none;
  for (std::size_t i = 0; i < most_more(channels); ++i) add_one(most, copies);
  double wanted = 1;
  while (widest(most, copies) <= 0.5 * wanted && wanted > 1e-3) wanted *= 0.5;
  if (wanted == 1 || widest(most, none) == 0) return none;
  copies = none;
  const std::size_t together = channels % kTogether == 0 ? kTogether : 1;
  for (std::size_t more = 0; widest(most, copies) > wanted || more % together != 0; ++more) {
    add_one(most, copies);
  }
  return copies;
}

Tensor shared_out(const Graph& graph, const plan::ConstantOperand& reader, const Copies& copies) {
  const Tensor& weight = *graph.constant(reader.value);
  const RowsOf rows = rows_of(graph, reader);
  const double range = widest(widths(weight, rows), copies);
  const std::int64_t axis = input_axis(graph.node(reader.use.node));
  const Tensor wider = repeated(weight, axis, copies);
  const RowsOf to(wider, axis);
  const auto values = weight.data<float>();
  std::vector<float> result(static_cast<std::size_t>(wider.size()), 0.0F);
  std::size_t first = 0;
  for (std::size_t k = 0; k < copies.size(); ++k) {
    for (std::size_t j = 0; j < rows.columns; ++j) {
      const auto value = static_cast<double>(values[rows.at(k, j)]);
      double shares = 1;
      if (has_one_scale(reader) && range > 0) {
        shares =
            std::clamp(std::ceil(std::abs(value) / range), 1.0, static_cast<double>(copies[k]));
      }
      for (std::size_t i = 0; i < static_cast<std::size_t>(shares); ++i) {
        result[to.at(first + i, j)] = static_cast<float>(value / shares);
      }
    }
    first += copies[k];
  }
  return Tensor::of<float>(wider.shape(), result);
}

double rounding_error(const Graph& graph, const plan::ConstantOperand& reader,
                      const Copies& copies) {
  const Tensor wider = shared_out(graph, reader, copies);
  const plan::QuantParams params = params_of(reader, wider);
  const Tensor rounded = dequantize_tensor(quantize_tensor(wider, params), params);
  const RowsOf rows(wider, input_axis(graph.node(reader.use.node)));
  const auto x = wider.data<float>(), y = rounded.data<float>();
  double sum = 0;
  for (std::size_t j = 0; j < rows.columns; ++j) {
    std::size_t row = 0;
    for (const std::size_t count : copies) {
      double error = 0;
      for (std::size_t i = 0; i < count; ++i, ++row) {
        const std::size_t at = rows.at(row, j);
        error += static_cast<double>(x[at]) - static_cast<double>(y[at]);
      }
      sum += error * error;
    }
  }
  return sum;
}

void repeat_channels(const plan::QuantPlan& plan, const ChannelRegion& region, const Copies& copies,
                     Graph& graph) {
  for (const std::size_t index : region.reading) {
    const plan::ConstantOperand& reader = plan.constants[index];
    replace(graph, reader.value, shared_out(graph, reader, copies));
  }
  for (const ChannelConstant& constant : region.producing) {
    replace(graph, constant.value,
            repeated(*graph.constant(constant.value), constant.axis, copies));
  }
  std::size_t total = 0;
  for (const std::size_t count : copies) total += count;
  for (const ValueId tensor : region.tensors) {
    std::optional<DeclaredShape>& shape = graph.value(tensor).type.shape;
    if (shape && !shape->empty()) shape->back() = static_cast<std::int64_t>(total);
  }
}

}  // namespace xquant::quantize

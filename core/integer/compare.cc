#include "integer/compare.h"

#include <algorithm>
#include <cmath>

#include "integer/excerpt.h"
#include "integer/fused.h"

namespace xquant::integer {
namespace {

constexpr double kHalfUlp = 0x1p-24;
/// Of the formulas of int8/xq_*.h for operators on real numbers: each has fewer roundings.
constexpr double kRoundings = 64;

/// How far a real number is from those that are rounded to this code; codes at the ends of the
/// range stand for all that saturates.
double distance_to(std::int32_t code, double position, double low, double high) {
  if (position > code + 0.5 && code < high) return position - (code + 0.5);
  if (position < code - 0.5 && code > low) return code - 0.5 - position;
  return 0;
}

ValueId output_of(const Graph& graph, const std::string& name) {
  for (const NodeId id : graph.nodes()) {
    if (graph.node(id).name == name) return graph.node(id).output(0);
  }
  return ValueId::kNone;
}

}  // namespace

IslandComparison::IslandComparison(const Lowered& lowered, const runtime::OpsetImports& opsets,
                                   const Island& island, ThreadPool* pool)
    : bias_rounding_(island.bias_rounding) {
  const Graph& graph = lowered.reference;
  std::vector<ValueId> inputs;
  for (const std::string& name : island.inputs) inputs.push_back(graph.find_value(name));
  std::vector<ValueId> outputs{graph.find_value(island.output)};
  const Node& last = graph.node(graph.value(outputs[0]).producer);
  if (last.is("QuantizeLinear")) {
    result_ = read_linear(graph, last);
    outputs.push_back(last.input(0));
  }
  const Node& fused =
      lowered.graph.node(lowered.graph.value(lowered.graph.find_value(island.output)).producer);
  if (fused.op_type != "Expression") stage_ = read_stage(fused);
  if (stage_) outputs.push_back(output_of(graph, island.node));
  reference_ = std::make_unique<runtime::Executor>(
      runtime::Program::compile(excerpt(graph, inputs, outputs), opsets), pool);
  set_bounds(lowered, island);
}

void IslandComparison::set_bounds(const Lowered& lowered, const Island& island) {
  const Graph& graph = lowered.graph;
  const Node& node = graph.node(graph.value(graph.find_value(island.output)).producer);
  headroom_ = integer::headroom(graph, node);
  product_ = product_of_data(graph, node);
  is_table_ = node.op_type == "Table" || node.op_type == "WideTable";
  for (std::size_t i = 0; 3 * i + 2 < node.inputs.size(); ++i) {
    const Tensor* zero =
        node.inputs[3 * i + 2] == ValueId::kNone ? nullptr : graph.constant(node.inputs[3 * i + 2]);
    if (zero == nullptr || 3 * i + 3 >= node.inputs.size()) continue;
    const double step = graph.constant(node.inputs[3 * i + 1])->data<float>()[0];
    largest_real_ = std::max(largest_real_, (highest(zero->type()) - lowest(zero->type())) * step);
  }
  if (!headroom_) return;
  channels_last_ = node.op_type == "Gemm" || node.op_type == "MatMul";
  x_zero_ = code_at(*graph.constant(node.input(2)), 0);
  const double x_scale = graph.constant(node.input(1))->data<float>()[0];
  stage_scale_ = stage_ ? graph.constant(node.inputs[node.inputs.size() - 2])->data<float>()[0] : 1;
  const double y_scale = result_ && !stage_ ? result_->scales[0] : 1.0;
  const auto scales = graph.constant(node.input(4))->data<float>();
  for (std::size_t c = 0; c < headroom_->lowest.size(); ++c)
    steps_.push_back(x_scale * scales[scales.size() == 1 ? 0 : c] / y_scale);
}

double IslandComparison::product_bound(std::size_t channel, double real) const {
  const double magnitudes = static_cast<double>(headroom_->weight_sum[channel]) * x_reach_;
  const double sums = (static_cast<double>(headroom_->depth) + 3) * kHalfUlp * magnitudes;
  // The bias and the four roundings of requantization are relative to the result itself.
  return (bias_rounding_ + sums) * steps_[channel] + 8 * kHalfUlp * std::fabs(real);
}

double IslandComparison::bound(std::size_t channel, double position) const {
  if (is_table_) return 0;
  if (headroom_) return product_bound(channel, position);
  const double step = result_ ? result_->scales[0] : 1.0;
  return kRoundings * kHalfUlp * (std::fabs(position) + largest_real_ / step);
}

double IslandComparison::stage_bound(std::size_t channel, float before) const {
  Stage stage = *stage_;
  for (Stage::Step& step : stage.steps) {
    if (step.constant.size() > 1) step.constant = {step.constant[channel]};
  }
  const std::vector<xq_step> steps = stage.library_steps();
  const xq_stage function{steps.data(), steps.size(), 1.0F, nullptr};
  const auto off = static_cast<float>(product_bound(channel, before));
  const float operands[] = {before, before - off, before + off};
  float results[3];
  xq_stage_f32(&function, operands, 1, 1, 3, results);
  const double most =
      std::max(std::fabs(results[1] - results[0]), std::fabs(results[2] - results[0]));
  return (most + kRoundings * kHalfUlp * std::fabs(results[0])) / stage_scale_;
}

std::size_t IslandComparison::channel_of(const Shape& shape, std::size_t element) const {
  if (!headroom_) return 0;
  const std::size_t channels = headroom_->lowest.size();
  if (channels_last_) return element % channels;
  std::size_t inner = 1;
  for (std::size_t d = 2; d < shape.size(); ++d) inner *= static_cast<std::size_t>(shape[d]);
  return element / inner % channels;
}

void IslandComparison::compare_steps(const Tensor& ours, const std::vector<Tensor>& reference) {
  const auto reals = reference[1].data<float>();
  const double low = lowest(result_->type) - result_->zero_points[0];
  const double high = highest(result_->type) - result_->zero_points[0];
  for (std::size_t i = 0; i < reals.size(); ++i) {
    const std::size_t channel = channel_of(ours.shape(), i);
    const float scale = result_->scales[result_->per_tensor() ? 0 : channel];
    const double position = static_cast<double>(reals[i]) / scale;
    if (position < low - 0.5 && low < 0) ++stats_.saturated_low;
    if (position > high + 0.5) ++stats_.saturated_high;
    const std::int32_t steps = std::abs(code_at(ours, i) - code_at(reference[0], i));
    if (steps == 0) continue;
    stats_.largest_steps = std::max(stats_.largest_steps, steps);
    const double distance =
        distance_to(code_at(ours, i) - result_->zero_points[0], position, low, high);
    const double trusted =
        stage_ ? stage_bound(channel, reference[2].data<float>()[i]) : bound(channel, position);
    if (distance <= trusted) {
      ++stats_.ties;
      if (steps > 1) ++stats_.coarse_bias;
      stats_.farthest_tie = std::max(stats_.farthest_tie, distance);
    } else {
      ++stats_.unexplained;
    }
  }
}

void IslandComparison::compare_reals(const Tensor& ours, const Tensor& reference) {
  const auto x = ours.data<float>(), y = reference.data<float>();
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double difference = std::fabs(static_cast<double>(x[i]) - y[i]);
    stats_.largest_difference = std::max(stats_.largest_difference, difference);
    stats_.largest_magnitude = std::max(stats_.largest_magnitude, std::fabs(double{y[i]}));
    if (!(difference <= bound(channel_of(ours.shape(), i), y[i]))) ++stats_.unexplained;
  }
}

void IslandComparison::add(std::span<const Tensor> inputs, const Tensor& output) {
  if (headroom_) {
    const DataType type = inputs[0].type();
    if (!is_coded(type)) {
      throw Error(ErrorKind::kModel, "XQ-CHK-002",
                  "A quantized operand has the type " + std::string(name(type)) + ".", {},
                  "Quantize the model again.");
    }
    std::int32_t reach = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(inputs[0].size()); ++i)
      reach = std::max(reach, std::abs(code_at(inputs[0], i) - x_zero_));
    x_reach_ = reach;
  }
  if (product_) {
    const auto inner = static_cast<std::size_t>(inputs[0].shape().back());
    const std::size_t depth = product_->constant_depth > 0 ? product_->constant_depth : inner;
    if (!of_data_ || depth > of_data_->depth) of_data_ = product_->over(depth);
  }
  const std::vector<Tensor> reference = reference_->run(inputs);
  stats_.elements += output.size();
  if (result_)
    compare_steps(output, reference);
  else
    compare_reals(output, reference[0]);
}

}  // namespace xquant::integer

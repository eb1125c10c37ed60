#include "pipeline/check_structure.h"

#include <algorithm>
#include <cmath>

#include "integer/match/bias.h"
#include "integer/match/operand.h"
#include "pipeline/planning.h"
#include "plan/target.h"

namespace xquant::pipeline {
namespace {

bool is_conversion(const Node& node) {
  return node.is("QuantizeLinear") || node.is("DequantizeLinear");
}

/// QLinearConv, QLinearMatMul, QGemm, ConvInteger, MatMulInteger, DynamicQuantizeLinear, ...
bool is_quantized_operator(const Node& node) {
  return is_conversion(node) || node.op_type.starts_with("QLinear") || node.op_type == "QGemm" ||
         node.op_type.ends_with("Integer") || node.op_type == "DynamicQuantizeLinear";
}

/// Names the node, or what it computes where it has no name.
Error broken(const Graph& graph, const Node& node, const std::string& what,
             const std::string& fix) {
  Place place{.node = node.name};
  if (node.name.empty() && node.output(0) != ValueId::kNone)
    place.tensor = graph.value(node.output(0)).name;
  return Error(ErrorKind::kModel, "XQ-CHK-002", node.op_type + ": " + what, place, fix);
}

void require_sound_scale(const Graph& graph, const Node& node) {
  const ValueId operand = node.input(1);
  if (operand == ValueId::kNone)
    throw broken(graph, node, "there is no scale.", "Quantize the model again.");
  const Tensor* scale = graph.constant(operand);
  if (scale == nullptr) return;  // computed by the model
  if (scale->type() != DataType::kFloat) {
    throw broken(graph, node,
                 "a scale of type " + std::string(name(scale->type())) + " is not supported.",
                 "Export with float scales.");
  }
  for (const float value : scale->data<float>()) {
    if (!(value > 0.0F) || !std::isfinite(value))
      throw broken(
          graph, node, "a scale is " + std::to_string(value) + ", not a positive finite number.",
          "Quantize the model again; a tensor that is always 0 needs a scale all the same.");
  }
}

bool is_known(DataType type) {
  return type == DataType::kInt8 || type == DataType::kUint8 || type == DataType::kInt16 ||
         type == DataType::kUint16 || type == DataType::kInt32;
}

void require_sound_zero_point(const Graph& graph, const Node& node) {
  const Tensor* scale = graph.constant(node.input(1));
  const ValueId operand = node.input(2);
  const Tensor* zero = operand == ValueId::kNone ? nullptr : graph.constant(operand);
  const DataType type =
      zero != nullptr ? zero->type() : integer::quantized_type(graph, node.input(0));
  const bool reads_quantized = node.is("DequantizeLinear");
  if ((zero != nullptr || reads_quantized) && type != DataType::kUndefined && !is_known(type)) {
    throw broken(graph, node, "the type " + std::string(name(type)) + " is not known here.",
                 "8-bit, 16-bit and int32 tensors can be checked.");
  }
  if (zero == nullptr) return;
  if (scale != nullptr && scale->size() != zero->size()) {
    throw broken(graph, node,
                 std::to_string(scale->size()) + " scales and " + std::to_string(zero->size()) +
                     " zero points do not go together.",
                 "Quantize the model again.");
  }
  if (!reads_quantized) return;
  const DataType data = integer::quantized_type(graph, node.input(0));
  if (data != DataType::kUndefined && data != zero->type()) {
    throw broken(graph, node,
                 "the data is " + std::string(name(data)) + ", the zero point " +
                     std::string(name(zero->type())) + ".",
                 "Both need one type.");
  }
}

/// Scales along an axis of a constant have to fit it.
void require_sound_axis(const Graph& graph, const Node& node) {
  const Tensor* scale = graph.constant(node.input(1));
  const Tensor* data = graph.constant(node.input(0));
  if (scale == nullptr || data == nullptr || scale->size() <= 1) return;
  if (node.int_or("block_size", 0) != 0) return;
  const auto rank = static_cast<std::int64_t>(data->shape().size());
  std::int64_t axis = node.int_or("axis", 1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank || data->shape()[static_cast<std::size_t>(axis)] != scale->size()) {
    throw broken(graph, node,
                 std::to_string(scale->size()) + " scales do not fit axis " +
                     std::to_string(node.int_or("axis", 1)) + " of " + to_string(data->shape()) +
                     ".",
                 "Quantize the model again.");
  }
}

class Parameters {
 public:
  Parameters(const Graph& graph, const std::optional<config::Config>& config) : graph_(graph) {
    if (config) target_ = configured_target(*config);
  }

  std::vector<Finding> find() {
    for (const NodeId id : graph_.topological_order()) {
      const Node& node = graph_.node(id);
      const bool has_bias = node.is("Conv") || node.is("Gemm") || node.is("ConvTranspose");
      if (!has_bias && !node.is("MatMul")) continue;
      const integer::Operand x = integer::resolve(graph_, node.input(0));
      const integer::Operand w = integer::resolve(graph_, node.input(1));
      if (!w.is_coded_constant()) continue;
      check_weights(node, w);
      if (has_bias && x.linear) check_bias(node, x, w, integer::resolve(graph_, node.input(2)));
    }
    return std::move(findings_);
  }

 private:
  void add(Finding::Weight weight, std::string code, std::string message, const Node& node) {
    findings_.push_back({weight, std::move(code), std::move(message), {.node = node.name}});
  }

  void check_weights(const Node& node, const integer::Operand& w) {
    const std::int32_t middle = w.linear->type == DataType::kUint8 ? 128 : 0;
    const auto& zeros = w.linear->zero_points;
    if (std::any_of(zeros.begin(), zeros.end(), [&](std::int32_t z) { return z != middle; }))
      add(Finding::Weight::kNote, "XQ-CHK-104", "Its weights are asymmetric.", node);
    if (!target_) return;
    const auto rule = target_->weights.find(node.op_type);
    if (rule == target_->weights.end() || !rule->second.power_of_two) return;
    const auto& scales = w.linear->scales;
    int exponent = 0;
    if (std::any_of(scales.begin(), scales.end(),
                    [&](float s) { return std::frexp(s, &exponent) != 0.5F; })) {
      add(Finding::Weight::kFailure, "XQ-CHK-103",
          "The target '" + target_->name + "' wants a power of two as scale of its weights.", node);
    }
  }

  void check_bias(const Node& node, const integer::Operand& x, const integer::Operand& w,
                  const integer::Operand& bias) {
    if (!bias.linear || bias.linear->type != DataType::kInt32) return;
    const auto at = [](const auto& values, std::size_t i) {
      return values[values.size() == 1 ? 0 : i];
    };
    const std::size_t count = std::max(w.linear->scales.size(), bias.linear->scales.size());
    for (std::size_t c = 0; c < count; ++c) {
      // A depthwise convolution may have a scale for each channel of its input.
      const std::size_t input = c * x.linear->scales.size() / count;
      const float unit = x.linear->scales[input] * at(w.linear->scales, c);
      if (integer::is_product(at(bias.linear->scales, c), unit) &&
          at(bias.linear->zero_points, c) == 0)
        continue;
      add(Finding::Weight::kFailure, "XQ-CHK-102",
          "The scale of its int32 bias is not the product of the scales of input and weights "
          "(channel " +
              std::to_string(c) +
              "), or it has a zero point: integer hardware adds it as if it were.",
          node);
      return;
    }
  }

  const Graph& graph_;
  std::optional<plan::Target> target_;
  std::vector<Finding> findings_;
};

}  // namespace

void require_sound_quantization(const Model& model, const std::string& path) {
  const Graph& graph = model.graph;
  bool quantized = false;
  for (const NodeId id : graph.topological_order()) {
    const Node& node = graph.node(id);
    quantized = quantized || is_quantized_operator(node);
    if (!is_conversion(node)) continue;
    require_sound_scale(graph, node);
    require_sound_zero_point(graph, node);
    require_sound_axis(graph, node);
  }
  if (quantized) return;
  throw Error(ErrorKind::kModel, "XQ-CHK-001",
              "The model is not quantized: it has no QuantizeLinear, DequantizeLinear or QLinear "
              "operators.",
              {.file = path},
              "Quantize it first: xquant -c cfg.json; check then takes the .q.onnx.");
}

std::vector<Finding> find_illegal_parameters(const Graph& reference,
                                             const std::optional<config::Config>& config) {
  return Parameters(reference, config).find();
}

}  // namespace xquant::pipeline

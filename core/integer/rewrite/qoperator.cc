#include <array>
#include <string_view>

#include "integer/edit.h"
#include "integer/rewrite/rewrites.h"

namespace xquant::integer::rewrite {
namespace {

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

/// Where an operator in QOperator form holds what. Operands are triples of tensor, scale and zero
/// point from `first` on.
struct Form {
  std::string_view domain, op_type, float_type;
  std::size_t first, operands;  ///< 0 operands: as many triples as there are
  std::size_t bias;             ///< int32, in units of the product of the scales
  std::size_t result_scale;     ///< the zero point follows it
  bool has_condition = false;   ///< in front, as it is
};

constexpr std::string_view kMicrosoft = "com.microsoft";
/// ONNX operator specification; ContribOperators.md of ONNX Runtime.
constexpr auto kForms = std::to_array<Form>({
    {"", "QLinearConv", "Conv", 0, 2, 8, 6},
    {"", "QLinearMatMul", "MatMul", 0, 2, kAbsent, 6},
    {kMicrosoft, "QGemm", "Gemm", 0, 2, 6, 7},
    {kMicrosoft, "QLinearAdd", "Add", 0, 2, kAbsent, 6},
    {kMicrosoft, "QLinearMul", "Mul", 0, 2, kAbsent, 6},
    {kMicrosoft, "QLinearSigmoid", "Sigmoid", 0, 1, kAbsent, 3},
    {kMicrosoft, "QLinearLeakyRelu", "LeakyRelu", 0, 1, kAbsent, 3},
    {kMicrosoft, "QLinearSoftmax", "Softmax", 0, 1, kAbsent, 3},
    {kMicrosoft, "QLinearAveragePool", "AveragePool", 0, 1, kAbsent, 3},
    {kMicrosoft, "QLinearGlobalAveragePool", "GlobalAveragePool", 0, 1, kAbsent, 3},
    {kMicrosoft, "QLinearReduceMean", "ReduceMean", 0, 1, kAbsent, 3},
    {kMicrosoft, "QLinearConcat", "Concat", 2, 0, kAbsent, 0},
    {kMicrosoft, "QLinearWhere", "Where", 1, 2, kAbsent, 7, true},
});

const Form* form_of(const Node& node) {
  for (const Form& form : kForms) {
    if (form.domain == node.domain && form.op_type == node.op_type) return &form;
  }
  return nullptr;
}

std::size_t operand_count(const Node& node, const Form& form) {
  if (form.operands != 0) return form.operands;
  return node.inputs.size() < form.first ? 0 : (node.inputs.size() - form.first) / 3;
}

/// Channel axis of the weights where their scale has one entry for each channel.
std::int64_t weight_axis(const Node& node, const Tensor* weights) {
  if (node.op_type == "QLinearConv") return 0;
  if (node.op_type == "QGemm") return node.int_or("transB", 0) != 0 ? 0 : 1;
  return weights == nullptr ? 1 : static_cast<std::int64_t>(weights->shape().size()) - 1;
}

class Expansion {
 public:
  Expansion(Graph& graph, NodeId id, const Form& form)
      : graph_(graph), node_(graph.node(id)), form_(form) {
    graph.remove_node(id);
  }

  void run() {
    Node op{.name = node_.name,
            .op_type = std::string(form_.float_type),
            .attributes = node_.attributes};
    for (const char* gone : {"channels_last", "opset"}) op.attributes.erase(gone);
    const std::size_t operands = operand_count(node_, form_);
    if (form_.has_condition) op.inputs.push_back(node_.input(0));
    for (std::size_t i = 0; i < operands; ++i) op.inputs.push_back(dequantized(i));
    if (form_.bias != kAbsent && node_.input(form_.bias) != ValueId::kNone)
      op.inputs.push_back(dequantized_bias());
    const ValueId result = node_.output(0);
    const ValueId scale = node_.input(form_.result_scale);
    if (scale == ValueId::kNone) {
      op.outputs = {result};
      graph_.add_node(std::move(op));
      return;
    }
    op.outputs = {fresh_value(graph_, graph_.value(result).name + "_float", DataType::kFloat)};
    Node quantize{.name = graph_.fresh_node_name(node_.name + "_QuantizeLinear"),
                  .op_type = "QuantizeLinear",
                  .inputs = {op.outputs[0], scale, node_.input(form_.result_scale + 1)},
                  .outputs = {result}};
    graph_.add_node(std::move(op));
    graph_.add_node(std::move(quantize));
  }

 private:
  ValueId dequantized(std::size_t operand) {
    const std::size_t at = form_.first + 3 * operand;
    const ValueId quantized = node_.input(at);
    const ParamIds params{node_.input(at + 1), node_.input(at + 2)};
    const Tensor* scale = graph_.constant(params.scale);
    const bool per_channel = scale != nullptr && scale->size() > 1;
    const ValueId result = new_float(quantized);
    add_dequantize(graph_, node_.name, quantized, params, result,
                   per_channel ? weight_axis(node_, graph_.constant(quantized)) : -1);
    return result;
  }

  ValueId dequantized_bias() {
    const auto x = graph_.constant(node_.input(1))->data<float>();
    const auto w = graph_.constant(node_.input(4))->data<float>();
    const float alpha = node_.op_type == "QGemm" ? node_.float_or("alpha", 1.0F) : 1.0F;
    std::vector<float> scales;
    for (const float scale : w) scales.push_back(alpha * (x[0] * scale));
    const Shape shape =
        scales.size() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(scales.size())};
    const ValueId bias = node_.input(form_.bias);
    const ParamIds params{
        graph_.add_constant(graph_.fresh_value_name(graph_.value(bias).name + "_scale"),
                            Tensor::of<float>(shape, scales))};
    const ValueId result = new_float(bias);
    add_dequantize(graph_, node_.name, bias, params, result, scales.size() == 1 ? -1 : 0);
    return result;
  }

  ValueId new_float(ValueId quantized) {
    return fresh_value(graph_, graph_.value(quantized).name + "_dequantized", DataType::kFloat);
  }

  Graph& graph_;
  const Node node_;
  const Form& form_;
};

/// Whether the node has the tensors and scales that its form tells of. The reader cannot know: of
/// operators of other domains than ai.onnx it knows nothing.
bool is_complete(const Node& node, const Form& form) {
  const auto given = [&](std::size_t at) { return node.input(at) != ValueId::kNone; };
  const bool is_float = form.op_type == "QGemm" && !given(form.result_scale);
  if (node.output(0) == ValueId::kNone || !(given(form.result_scale) || is_float)) return false;
  if (form.has_condition && !given(0)) return false;
  const std::size_t operands = operand_count(node, form);
  for (std::size_t i = 0; i < operands; ++i) {
    if (!given(form.first + 3 * i) || !given(form.first + 3 * i + 1)) return false;
  }
  return operands > 0;
}

bool is_scale(const Tensor* tensor) {
  return tensor != nullptr && tensor->type() == DataType::kFloat && tensor->size() > 0;
}

bool is_expandable(const Graph& graph, const Node& node, const Form& form) {
  if (node.int_or("channels_last", 0) != 0 || !is_complete(node, form)) return false;
  if (form.bias == kAbsent || node.input(form.bias) == ValueId::kNone) return true;
  return is_scale(graph.constant(node.input(1))) && is_scale(graph.constant(node.input(4)));
}

}  // namespace

void expand_qoperators(Graph& graph) {
  for (const NodeId id : graph.topological_order()) {
    const Form* form = form_of(graph.node(id));
    if (form != nullptr && is_expandable(graph, graph.node(id), *form))
      Expansion(graph, id, *form).run();
  }
}

}  // namespace xquant::integer::rewrite

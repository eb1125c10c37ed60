#include "pipeline/prepare.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "simplify/simplify.h"

namespace xquant::pipeline {
namespace {

void freeze_initializers(Graph& graph, Diagnostics& diagnostics) {
  const auto before = graph.inputs.size();
  std::erase_if(graph.inputs, [&](ValueId id) { return graph.constant(id) != nullptr; });
  const auto frozen = before - graph.inputs.size();
  if (frozen == 0) return;
  diagnostics.info("XQ-MOD-001",
                   std::to_string(frozen) +
                       " initializers were listed as model inputs; they are constants now, so that "
                       "they can be quantized.");
}

void tell_of_half_precision(const convert::WidenedModel& widened, Diagnostics& diagnostics) {
  std::string kept;
  for (const auto* values : {&widened.inputs, &widened.outputs}) {
    for (const auto& [name, type] : *values)
      kept += (kept.empty() ? "" : ", ") + ("'" + name + "'");
  }
  diagnostics.info("XQ-MOD-005",
                   "The model computes in half precision (float16 or bfloat16). It is quantized as "
                   "the same model in float, to which " +
                       std::to_string(widened.constants) +
                       " constants were converted exactly; what stays unquantized is float in the "
                       "file that is written." +
                       (kept.empty() ? "" : " A Cast keeps the type of " + kept + "."));
}

/// Names that the file gives stay (the first of equal ones); the others make way for them.
void name_nodes(Graph& graph) {
  std::set<std::string> taken;
  std::vector<NodeId> nameless;
  for (const NodeId id : graph.nodes()) {
    const std::string& name = graph.node(id).name;
    if (name.empty() || !taken.insert(name).second) nameless.push_back(id);
  }
  for (const NodeId id : nameless) {
    Node& node = graph.node(id);
    const std::string base =
        node.name.empty() ? node.op_type + "_" + std::to_string(index(id)) : node.name;
    node.name = base;
    for (int suffix = 1; !taken.insert(node.name).second; ++suffix) {
      node.name = base + "_" + std::to_string(suffix);
    }
  }
}

/// Operators of ai.onnx and com.microsoft that a quantizer has put in place of float ones.
constexpr std::array<std::string_view, 7> kIntegerOperators = {
    "ConvInteger",   "DynamicQuantizeLinear",
    "MatMulInteger", "MatMulIntegerToFloat",
    "MatMulNBits",   "QAttention",
    "QGemm"};
constexpr std::array<std::string_view, 3> kIntegerPrefixes = {"DynamicQuantize", "QEmbed",
                                                              "QLinear"};

void refuse_integer_operators(const Graph& graph, const std::string& path) {
  std::set<std::string> types;
  std::size_t count = 0;
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    const auto starts = [&](std::string_view prefix) { return node.op_type.starts_with(prefix); };
    if ((!node.domain.empty() && node.domain != "com.microsoft") ||
        (std::ranges::find(kIntegerOperators, node.op_type) == kIntegerOperators.end() &&
         std::ranges::none_of(kIntegerPrefixes, starts))) {
      continue;
    }
    types.insert(node.op_type);
    ++count;
  }
  if (count == 0) return;
  std::string names;
  for (const std::string& type : types) names += (names.empty() ? "" : ", ") + type;
  throw Error(ErrorKind::kModel, "XQ-MOD-002",
              "The model is quantized already: " + std::to_string(count) +
                  " of its operators compute with integers (" + names + ").",
              {.file = path}, "Quantize the float model that this one was made from.");
}

}  // namespace

std::vector<std::string> quantized_node_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    if (!node.is("QuantizeLinear") && !node.is("DequantizeLinear")) continue;
    const ValueId result = node.output(0);
    if (!node.name.empty())
      names.push_back(node.name);
    else
      names.push_back(result == ValueId::kNone ? "<unnamed>" : graph.value(result).name);
  }
  return names;
}

void refuse_quantized(const Model& model, const std::string& path) {
  const std::vector<std::string> found = quantized_node_names(model.graph);
  if (found.empty()) {
    refuse_integer_operators(model.graph, path);
    return;
  }
  std::string names;
  for (const std::string& name : found) names += (names.empty() ? "" : ", ") + name;
  throw Error(
      ErrorKind::kModel, "XQ-MOD-002",
      "Static quantization does not support input models that already contain QuantizeLinear or "
      "DequantizeLinear nodes; quantized models cannot be quantized again. Found unsupported "
      "nodes: " +
          names,
      {.file = path}, "Quantize the float model that this one was made from.");
}

Prepared prepare(Model& model, const config::Config& config, Diagnostics& diagnostics) {
  simplify::History history(model.graph);
  name_nodes(model.graph);
  freeze_initializers(model.graph, diagnostics);
  auto widened = convert::widen_half_precision(model.graph);
  if (widened) {
    history.note(model.graph, "half precision to float");
    tell_of_half_precision(*widened, diagnostics);
  }
  const auto extent =
      config.model.skip_onnxsim ? simplify::Extent::kQuantizationNeeds : simplify::Extent::kFull;
  simplify::simplify(model.graph, model.opset_imports, extent, history);
  model.graph = model.graph.compact();
  return {std::move(history), std::move(widened)};
}

std::vector<data::InputSpec> input_specs(const Graph& graph) {
  std::vector<data::InputSpec> specs;
  for (const ValueId id : graph.inputs) {
    if (graph.constant(id) != nullptr) continue;  // a default that nobody has to provide
    const Value& value = graph.value(id);
    specs.push_back({.name = value.name,
                     .type = value.type.element,
                     .shape = value.type.shape.value_or(DeclaredShape{})});
  }
  return specs;
}

}  // namespace xquant::pipeline

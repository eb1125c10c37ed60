#include <algorithm>
#include <map>
#include <set>

#include "convert/half_precision.h"
#include "onnx/model_file.h"
#include "pipeline/naming_file.h"
#include "pipeline/pipeline.h"
#include "pipeline/prepare.h"
#include "plan/target.h"
#include "runtime/program.h"
#include "simplify/simplify.h"

namespace xquant::pipeline {
namespace {

Inspection::Tensor describe(const Value& value) {
  Inspection::Tensor tensor{
      .name = value.name, .type = std::string(name(value.type.element)), .shape = {}};
  if (!value.type.shape) {
    tensor.shape.push_back("?");
    return tensor;
  }
  for (const Dim& dim : *value.type.shape) {
    if (const auto* number = std::get_if<std::int64_t>(&dim))
      tensor.shape.push_back(std::to_string(*number));
    else
      tensor.shape.push_back(std::get<std::string>(dim).empty() ? "?" : std::get<std::string>(dim));
  }
  return tensor;
}

std::string full_type(const Node& node) {
  return node.domain.empty() ? node.op_type : node.domain + "." + node.op_type;
}

/// Values that are shapes, indices or tokens: integer inputs and constants, what Shape and its kin
/// give, and what other operators make of these as their first operand.
std::set<ValueId> integer_values(const Graph& graph) {
  static const std::set<std::string, std::less<>> kSources{"Shape", "Size", "NonZero", "ArgMax",
                                                           "ArgMin"};
  std::set<ValueId> integers;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const DataType element = graph.value(static_cast<ValueId>(i)).type.element;
    if (is_integer(element)) integers.insert(static_cast<ValueId>(i));
  }
  for (const NodeId id : graph.topological_order()) {
    const Node& node = graph.node(id);
    if (node.is("Cast") || node.is("ConstantOfShape") || node.inputs.empty()) continue;
    const ValueId data = node.input(node.is("Where") ? 1 : 0);
    if (kSources.contains(node.op_type) || integers.contains(data))
      integers.insert(node.outputs.begin(), node.outputs.end());
  }
  return integers;
}

/// How many nodes of each type the file holds, how many of them quantization will meet, and how
/// many of those the default target can run in int8: types in its list, as far as a graph without
/// data can tell. A quantized model is counted as it is.
std::vector<Inspection::Operators> count_operators(Model& model) {
  const plan::Target target = plan::target("spacemit");
  std::map<std::string, Inspection::Operators> by_type;
  for (const NodeId id : model.graph.nodes()) ++by_type[full_type(model.graph.node(id))].count;
  if (quantized_node_names(model.graph).empty()) {
    convert::widen_half_precision(model.graph);
    simplify::simplify(model.graph, model.opset_imports, simplify::Extent::kFull);
  }
  const std::set<ValueId> integers = integer_values(model.graph);
  for (const NodeId id : model.graph.nodes()) {
    const Node& node = model.graph.node(id);
    Inspection::Operators& entry = by_type[full_type(node)];
    ++entry.remaining;
    if (node.domain.empty() && target.quantizable.contains(node.op_type) &&
        !std::ranges::all_of(node.outputs, [&](ValueId v) { return integers.contains(v); }))
      ++entry.quantizable;
  }
  std::vector<Inspection::Operators> result;
  for (auto& [type, entry] : by_type) {
    entry.type = type;
    result.push_back(entry);
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    return a.count != b.count ? a.count > b.count : a.type < b.type;
  });
  return result;
}

Inspection inspect_model(const std::string& model_path, Files& files) {
  Model model = onnx::load(model_path, files, onnx::Functions::kInline);
  const Graph& graph = model.graph;
  Inspection inspection{
      .producer = model.producer_name, .ir_version = model.ir_version, .opset = model.opset()};
  for (const ValueId id : graph.inputs) {
    if (graph.constant(id) == nullptr) inspection.inputs.push_back(describe(graph.value(id)));
  }
  for (const ValueId id : graph.outputs) inspection.outputs.push_back(describe(graph.value(id)));
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const Tensor* tensor = graph.constant(static_cast<ValueId>(i));
    if (tensor != nullptr) inspection.parameters += tensor->size();
  }
  inspection.quantized = !quantized_node_names(graph).empty();
  std::set<std::string> missing;
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    if (!runtime::is_supported(node, model.opset_imports)) missing.insert(full_type(node));
  }
  inspection.missing.assign(missing.begin(), missing.end());
  inspection.operators = count_operators(model);  // simplifies the graph: last
  return inspection;
}

}  // namespace

Inspection inspect(const std::string& model_path, Files& files) {
  return naming_file(model_path, [&] { return inspect_model(model_path, files); });
}

}  // namespace xquant::pipeline

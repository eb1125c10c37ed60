#include "quantize/reconstruct/unit_program.h"

#include <algorithm>
#include <string>

#include "integer/lower.h"
#include "integer/program.h"
#include "quantize/outputs/rounded_graph.h"
#include "quantize/params.h"
#include "quantize/policy/operands.h"

namespace xquant::quantize {
namespace {

const plan::Group* known_group(const plan::QuantPlan& plan, ValueId value) {
  const plan::Group* group = plan.find_group(value);
  return group != nullptr && group->params.known() ? group : nullptr;
}

template <typename Entry>
const Entry* entry_of(const std::vector<Entry>& entries, const Use& use) {
  const auto found = std::ranges::find(entries, use, &Entry::use);
  return found == entries.end() ? nullptr : &*found;
}

/// The graph of a unit: what it reads as inputs, DequantizeLinear and QuantizeLinear around the
/// operators.
class UnitGraph {
 public:
  UnitGraph(const Graph& graph, const plan::QuantPlan& plan) : graph_(graph), plan_(plan) {}

  void add(NodeId id, bool is_last) {
    Node node = graph_.node(id);
    for (const plan::OperandOverride& operand : plan_.overrides) {  // may be one operand more
      if (operand.use.node == id && node.inputs.size() <= operand.use.position)
        node.inputs.resize(operand.use.position + 1, ValueId::kNone);
    }
    for (std::size_t i = 0; i < node.inputs.size(); ++i) node.inputs[i] = read({id, i});
    const std::vector<ValueId> results = std::exchange(node.outputs, {});
    for (const ValueId result : results) {
      if (result != ValueId::kNone) made_[result] = unit_.add_value("", graph_.value(result).type);
      node.outputs.push_back(result == ValueId::kNone ? result : made_.at(result));
    }
    unit_.add_node(std::move(node));
    if (!is_last) return;
    for (const ValueId result : results) {
      if (result != ValueId::kNone) unit_.outputs.push_back(leaving(result));
    }
  }

  Graph& graph() { return unit_; }
  std::vector<ValueId>& operands() { return operands_; }

 private:
  /// The operand of the original graph, in this one.
  ValueId read(const Use& use) {
    const ValueId value = graph_.node(use.node).input(use.position);
    if (const auto* replaced = entry_of(plan_.overrides, use))
      return unit_.add_constant("", replaced->value);
    if (value == ValueId::kNone) return value;
    if (const Tensor* constant = graph_.constant(value)) {
      const auto* operand = entry_of(plan_.constants, use);
      if (operand == nullptr || !operand->params.known()) return unit_.add_constant("", *constant);
      return dequantized(unit_.add_constant("", quantize_operand(*operand, *constant)),
                         operand->params);
    }
    if (const auto found = made_.find(value); found != made_.end()) return found->second;
    return from_outside(value, is_read_as_int8(graph_, plan_, use));
  }

  ValueId from_outside(ValueId value, bool rounded) {
    const auto [entry, is_new] = read_.try_emplace({value, rounded}, ValueId::kNone);
    if (!is_new) return entry->second;
    const plan::Group* group = known_group(plan_, value);
    const bool coded = is_written_as_int8(graph_, plan_, value);
    const ValueId input = input_of(value, coded);
    if (coded) return entry->second = dequantized(input, group->params);
    if (!rounded) return entry->second = input;
    return entry->second = dequantized(quantized(input, group->params), group->params);
  }

  ValueId input_of(ValueId value, bool coded) {
    const auto found = inputs_.find(value);
    if (found != inputs_.end()) return found->second;
    const DataType element = coded ? DataType::kInt8 : graph_.value(value).type.element;
    const ValueId input = unit_.add_value("", {.element = element});
    unit_.inputs.push_back(input);
    operands_.push_back(value);
    return inputs_[value] = input;
  }

  ValueId leaving(ValueId result) {
    if (!is_written_as_int8(graph_, plan_, result)) return made_.at(result);
    return quantized(made_.at(result), known_group(plan_, result)->params);
  }

  ValueId quantized(ValueId from, const plan::QuantParams& params) {
    const ValueId codes = unit_.add_value("", {.element = DataType::kInt8});
    add_conversion(unit_, "QuantizeLinear", from, codes, params);
    return codes;
  }

  ValueId dequantized(ValueId from, const plan::QuantParams& params) {
    const ValueId reals = unit_.add_value("", {.element = DataType::kFloat});
    add_conversion(unit_, "DequantizeLinear", from, reals, params);
    return reals;
  }

  const Graph& graph_;
  const plan::QuantPlan& plan_;
  Graph unit_;
  std::vector<ValueId> operands_;
  std::map<ValueId, ValueId> made_, inputs_;  ///< by value of the original graph
  std::map<std::pair<ValueId, bool>, ValueId> read_;
};

}  // namespace

bool is_written_as_int8(const Graph& graph, const plan::QuantPlan& plan, ValueId value) {
  const NodeId producer = graph.value(value).producer;
  return producer != NodeId::kNone && plan.node(producer).quantized &&
         known_group(plan, value) != nullptr;
}

bool is_read_as_int8(const Graph& graph, const plan::QuantPlan& plan, const Use& use) {
  const Node& reader = graph.node(use.node);
  return plan.node(use.node).quantized && carries_value(reader, use.position) &&
         known_group(plan, reader.input(use.position)) != nullptr;
}

UnitProgram::UnitProgram(const Graph& graph, const runtime::OpsetImports& opsets,
                         const plan::QuantPlan& plan, std::span<const NodeId> nodes) {
  UnitGraph unit(graph, plan);
  for (const NodeId id : nodes) unit.add(id, id == nodes.back());
  operands_ = std::move(unit.operands());
  Model model;
  model.opset_imports = opsets;
  model.opset_imports[std::string(kQdqDomain)] = 1;
  model.graph = std::move(unit.graph());
  runtime::CompileOptions options;
  options.observed.emplace();
  program_ = integer::compile(integer::lower(model), model.opset_imports, std::move(options));
}

std::vector<Tensor> UnitProgram::run(std::span<const runtime::TensorView> operands) {
  std::optional<runtime::Executor> executor;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      executor.emplace(std::move(idle_.back()));
      idle_.pop_back();
    }
  }
  if (!executor) executor.emplace(program_);
  std::vector<Tensor> results;
  for (const runtime::TensorView& view : executor->run_views(operands))
    results.push_back(copy_of(view));
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(*executor));
  return results;
}

}  // namespace xquant::quantize

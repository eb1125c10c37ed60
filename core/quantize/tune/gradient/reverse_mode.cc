#include "quantize/tune/gradient/reverse_mode.h"

#include <algorithm>

#include "quantize/policy/region.h"

namespace xquant::quantize {
namespace {

/// Positions of elements are moved as floats, which are exact up to here.
constexpr std::int64_t kMostElements = std::int64_t{1} << 24;

class ValueKeeper final : public runtime::Observer {
 public:
  explicit ValueKeeper(ReverseMode::Values& values) : values_(values) {}
  void on_value(ValueId id, const runtime::TensorView& view) override {
    values_[id] = runtime::copy_of(view);
  }

 private:
  ReverseMode::Values& values_;
};

bool is_too_large(const Trace& trace, const Node& node) {
  std::int64_t total = 0;
  for (const ValueId input : node.inputs) {
    const auto found = trace.find(input);
    if (found != trace.end()) total += element_count(found->second.shape);
  }
  return total > kMostElements;
}

}  // namespace

ReverseMode::ReverseMode(const Graph& graph, const runtime::OpsetImports& opsets,
                         const Trace& trace, std::span<const ValueId> ends)
    : graph_(graph), order_(graph.topological_order()) {
  const std::vector<bool> matters = nodes_before(graph, ends);
  for (const NodeId id : order_) {
    if (!matters[index(id)]) continue;
    const Node& node = graph_.node(id);
    std::vector<const Tensor*> constants;
    bool carries = false;
    for (const ValueId input : node.inputs) {
      constants.push_back(graph_.constant(input));
      carries = carries || (constants.back() == nullptr && is_float(trace, input));
    }
    const auto is_float_result = [&](ValueId output) { return is_float(trace, output); };
    if (!carries || std::none_of(node.outputs.begin(), node.outputs.end(), is_float_result)) {
      continue;
    }
    auto rule = is_too_large(trace, node) ? nullptr : make_backward({node, opsets, constants});
    if (rule != nullptr) {
      rules_[id] = std::move(rule);
    } else if (std::find(obstacles_.begin(), obstacles_.end(), node.op_type) == obstacles_.end()) {
      obstacles_.push_back(node.op_type);
    }
  }
}

ReverseMode::Values ReverseMode::forward(runtime::Executor& executor,
                                         std::span<const Tensor> inputs) const {
  Values values;
  ValueKeeper keeper(values);
  executor.run(inputs, &keeper);
  return values;
}

const Tensor* ReverseMode::find(const Values& values, ValueId value) const {
  if (value == ValueId::kNone) return nullptr;
  if (const Tensor* constant = graph_.constant(value)) return constant;
  const auto found = values.find(value);
  return found == values.end() ? nullptr : &found->second;
}

void ReverseMode::backward(const Values& values, const Seeds& seeds, const Visit& visit) const {
  std::map<ValueId, std::vector<float>> gradients = seeds;
  const auto settle = [&](ValueId value) {
    const auto found = gradients.find(value);
    if (found == gradients.end()) return;
    visit(value, values.at(value), found->second);
    gradients.erase(found);
  };
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
    run_node(*id, values, gradients);
    for (const ValueId output : graph_.node(*id).outputs) settle(output);
  }
  for (const ValueId input : graph_.inputs) settle(input);
}

void ReverseMode::run_node(NodeId id, const Values& values,
                           std::map<ValueId, std::vector<float>>& gradients) const {
  const auto rule = rules_.find(id);
  if (rule == rules_.end()) return;
  const Node& node = graph_.node(id);
  std::vector<runtime::TensorView> operands(node.inputs.size()), results(node.outputs.size());
  std::vector<std::span<const float>> result_gradients(node.outputs.size());
  std::vector<std::span<float>> operand_gradients(node.inputs.size());
  bool reached = false;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto found = gradients.find(node.outputs[i]);
    if (found != gradients.end()) result_gradients[i] = found->second, reached = true;
    if (const Tensor* x = find(values, node.outputs[i])) results[i] = runtime::view_of(*x);
  }
  if (!reached) return;
  // An operand that is read twice gets both derivatives through memory of its own.
  std::vector<std::pair<ValueId, std::vector<float>>> fresh;
  fresh.reserve(node.inputs.size());
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Tensor* x = find(values, node.inputs[i]);
    if (x == nullptr) {
      if (node.inputs[i] != ValueId::kNone) return;
      continue;
    }
    operands[i] = runtime::view_of(*x);
    if (x->type() != DataType::kFloat || graph_.constant(node.inputs[i]) != nullptr) continue;
    fresh.emplace_back(node.inputs[i], std::vector<float>(static_cast<std::size_t>(x->size())));
    operand_gradients[i] = fresh.back().second;
  }
  rule->second->run({operands, results, result_gradients, operand_gradients});
  for (auto& [value, gradient] : fresh) {
    auto [found, added] = gradients.try_emplace(value);
    if (added) {
      found->second = std::move(gradient);
      continue;
    }
    for (std::size_t i = 0; i < gradient.size(); ++i) found->second[i] += gradient[i];
  }
}

}  // namespace xquant::quantize

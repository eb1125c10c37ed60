#include "quantize/reconstruct/stream.h"

#include <algorithm>

#include "int8/xq_int8.h"
#include "quantize/operands.h"
#include "quantize/params.h"

namespace xquant::quantize {

QuantizedStream::QuantizedStream(const Graph& graph, const runtime::OpsetImports& opsets,
                                 const plan::QuantPlan& plan, const ForEach& for_each)
    : graph_(graph), opsets_(opsets), plan_(plan), for_each_(for_each) {}

void QuantizedStream::start(std::vector<std::vector<Tensor>> samples) {
  samples_ = samples.size();
  std::size_t position = 0;
  for (const ValueId input : graph_.inputs) {
    if (graph_.constant(input) != nullptr) continue;
    for (auto& sample : samples) values_[input].push_back(std::move(sample[position]));
    readers_left_[input] = graph_.uses(input).size();
    ++position;
  }
}

/// As in emission: the result of an int8 operator is rounded for all its readers, a tensor that
/// comes from elsewhere only for the int8 operators among them.
bool QuantizedStream::is_written_as_int8(ValueId value) const {
  const NodeId producer = graph_.value(value).producer;
  return plan_.find_group(value) != nullptr && producer != NodeId::kNone &&
         plan_.node(producer).quantized;
}

bool QuantizedStream::is_read_as_int8(ValueId value, Use use) const {
  return plan_.find_group(value) != nullptr && plan_.node(use.node).quantized &&
         carries_value(graph_.node(use.node), use.position);
}

/// The constant that the node reads in the quantized model; nullptr when the operand is none. What
/// the plan holds is copied (the bytes are shared): it may grow while the step waits.
const Tensor* QuantizedStream::constant_operand(const Node& node, Use use,
                                                Tensor& dequantized) const {
  for (const plan::OperandOverride& operand : plan_.overrides) {
    if (operand.use != use) continue;
    dequantized = operand.value;
    return &dequantized;
  }
  const Tensor* constant = graph_.constant(node.input(use.position));
  if (constant == nullptr) return nullptr;
  for (const plan::ConstantOperand& operand : plan_.constants) {
    if (operand.use != use || !operand.params.known()) continue;
    dequantized = dequantize_tensor(quantize_operand(operand, *constant), operand.params);
    return &dequantized;
  }
  return constant;
}

Tensor QuantizedStream::operand(NodeId id, std::size_t position, std::size_t sample) const {
  const Node& node = graph_.node(id);
  Tensor dequantized;
  if (const Tensor* constant = constant_operand(node, {id, position}, dequantized)) {
    return *constant;
  }
  const ValueId value = node.input(position);
  if (value == ValueId::kNone) return {};
  const auto waiting = waiting_.find(value);
  if (waiting != waiting_.end()) return std::move(run(*waiting->second, sample)[0]);
  const Tensor& stored = values_.at(value)[sample];
  const plan::Group* group = plan_.find_group(value);
  if (group == nullptr) return stored;
  if (is_written_as_int8(value)) return dequantize_tensor(stored, group->params);
  if (!is_read_as_int8(value, {id, position})) return stored;
  return dequantize_tensor(quantize_tensor(stored, group->params), group->params);
}

QuantizedStream::Stored::Stored(Tensor codes, const plan::QuantParams& params)
    : tensor_(std::move(codes)), is_coded_(true) {
  std::array<std::int8_t, 256> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int8_t>(i);
  xq_dequantize_s8_f32(all.data(), all.size(), params.scales[0], params.zero_points[0],
                       reals_.data());
}

QuantizedStream::Stored QuantizedStream::stored_operand(NodeId id, std::size_t position,
                                                        std::size_t sample) const {
  const ValueId value = graph_.node(id).input(position);
  const auto stored = values_.find(value);
  if (stored == values_.end() || !is_written_as_int8(value)) {
    return Stored(operand(id, position, sample));
  }
  return {stored->second[sample], plan_.find_group(value)->params};
}

std::unique_ptr<QuantizedStream::Step> QuantizedStream::prepare(NodeId id) const {
  const Node& node = graph_.node(id);
  // An override may add an operand that the node does not have.
  Node edited = node;
  for (const plan::OperandOverride& operand : plan_.overrides) {
    if (operand.use.node == id && edited.inputs.size() <= operand.use.position) {
      edited.inputs.resize(operand.use.position + 1, ValueId::kNone);
    }
  }
  auto step = std::make_unique<Step>(Step{.id = id});
  const std::size_t count = edited.inputs.size();
  step->dequantized.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    step->constants.push_back(constant_operand(node, {id, i}, step->dequantized[i]));
  }
  step->runner = std::make_unique<runtime::NodeRunner>(edited, opsets_, step->constants);
  return step;
}

std::vector<Tensor> QuantizedStream::run(const Step& step, std::size_t sample) const {
  const std::size_t count = step.constants.size();
  std::vector<Tensor> tensors(count);
  std::vector<runtime::TensorView> views(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Tensor* constant = step.constants[i];
    tensors[i] = constant != nullptr ? *constant : operand(step.id, i, sample);
    if (tensors[i].type() != DataType::kUndefined) views[i] = runtime::view_of(tensors[i]);
  }
  return step.runner->run(views);
}

bool QuantizedStream::can_wait(const Node& node) const {
  if (node.outputs.size() != 1) return false;
  const ValueId result = node.output(0);
  if (!plan_.inner.contains(result) || graph_.is_output(result)) return false;
  const std::vector<Use> uses = graph_.uses(result);
  return uses.size() == 1 && uses[0].position != Graph::kSubgraphUse;
}

void QuantizedStream::advance(NodeId id) {
  const Node& node = graph_.node(id);
  std::unique_ptr<Step> step = prepare(id);
  if (can_wait(node)) {
    waiting_[node.output(0)] = std::move(step);
    return;
  }
  std::vector<const plan::Group*> groups;
  for (const ValueId value : node.outputs) {
    if (value != ValueId::kNone) values_[value].resize(samples_);
    groups.push_back(is_written_as_int8(value) ? plan_.find_group(value) : nullptr);
  }
  for_each_(static_cast<std::int64_t>(samples_), [&](std::int64_t index) {
    const auto sample = static_cast<std::size_t>(index);
    std::vector<Tensor> results = run(*step, sample);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == ValueId::kNone) continue;
      values_.at(node.outputs[i])[sample] = groups[i] == nullptr
                                                ? std::move(results[i])
                                                : quantize_tensor(results[i], groups[i]->params);
    }
  });
  for (const ValueId value : node.outputs) {
    if (value == ValueId::kNone) continue;
    readers_left_[value] = graph_.uses(value).size();
    if (readers_left_[value] == 0 && !graph_.is_output(value)) values_.erase(value);
  }
  release_operands(id);
}

void QuantizedStream::release_operands(NodeId id) {
  for (const ValueId input : graph_.node(id).inputs) {
    const auto waiting = waiting_.find(input);
    if (waiting == waiting_.end()) {
      release(input);
      continue;
    }
    const NodeId before = waiting->second->id;
    waiting_.erase(waiting);
    release_operands(before);
  }
}

std::vector<Tensor> QuantizedStream::result(ValueId output) const {
  std::vector<Tensor> results;
  for (const Tensor& stored : values_.at(output)) {
    const bool rounded = is_written_as_int8(output);
    results.push_back(rounded ? dequantize_tensor(stored, plan_.find_group(output)->params)
                              : stored);
  }
  return results;
}

void QuantizedStream::release(ValueId value) {
  const auto left = readers_left_.find(value);
  if (left == readers_left_.end() || --left->second > 0 || graph_.is_output(value)) return;
  values_.erase(value);
}

}  // namespace xquant::quantize

#include "quantize/reconstruct/stream.h"

#include <algorithm>

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

/// The constant that the node reads in the quantized model; nullptr when the operand is none.
const Tensor* QuantizedStream::constant_operand(const Node& node, Use use,
                                                Tensor& dequantized) const {
  for (const plan::OperandOverride& operand : plan_.overrides) {
    if (operand.use == use) return &operand.value;
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
  const Tensor& stored = values_.at(value)[sample];
  const plan::Group* group = plan_.find_group(value);
  if (group == nullptr) return stored;
  if (is_written_as_int8(value)) return dequantize_tensor(stored, group->params);
  if (!is_read_as_int8(value, {id, position})) return stored;
  return dequantize_tensor(quantize_tensor(stored, group->params), group->params);
}

void QuantizedStream::compute(NodeId id) {
  const Node& node = graph_.node(id);
  // An override may add an operand that the node does not have.
  Node edited = node;
  for (const plan::OperandOverride& operand : plan_.overrides) {
    if (operand.use.node == id && edited.inputs.size() <= operand.use.position) {
      edited.inputs.resize(operand.use.position + 1, ValueId::kNone);
    }
  }
  const std::size_t count = edited.inputs.size();
  std::vector<Tensor> dequantized(count);
  std::vector<const Tensor*> constants(count);
  for (std::size_t i = 0; i < count; ++i) {
    constants[i] = constant_operand(node, {id, i}, dequantized[i]);
  }
  const runtime::NodeRunner runner(edited, opsets_, constants);
  computed_.assign(samples_, {});
  for_each_(static_cast<std::int64_t>(samples_), [&](std::int64_t index) {
    const auto sample = static_cast<std::size_t>(index);
    std::vector<Tensor> tensors(count);
    std::vector<runtime::TensorView> views(count);
    for (std::size_t i = 0; i < count; ++i) {
      tensors[i] = constants[i] != nullptr ? *constants[i] : operand(id, i, sample);
      if (tensors[i].type() != DataType::kUndefined) views[i] = runtime::view_of(tensors[i]);
    }
    computed_[sample] = runner.run(views);
  });
}

void QuantizedStream::settle(NodeId id) {
  const Node& node = graph_.node(id);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const ValueId value = node.outputs[i];
    if (value == ValueId::kNone) continue;
    std::vector<Tensor>& stored = values_[value];
    stored.resize(samples_);
    const plan::Group* group = is_written_as_int8(value) ? plan_.find_group(value) : nullptr;
    for_each_(static_cast<std::int64_t>(samples_), [&](std::int64_t index) {
      const auto sample = static_cast<std::size_t>(index);
      Tensor& result = computed_[sample][i];
      stored[sample] =
          group == nullptr ? std::move(result) : quantize_tensor(result, group->params);
    });
    readers_left_[value] = graph_.uses(value).size();
    if (readers_left_[value] == 0 && !graph_.is_output(value)) values_.erase(value);
  }
  computed_.clear();
  for (const ValueId input : node.inputs) release(input);
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

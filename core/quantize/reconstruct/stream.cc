#include "quantize/reconstruct/stream.h"

#include "int8/xq_int8.h"
#include "quantize/params.h"
#include "quantize/reconstruct/unit_program.h"

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

QuantizedStream::Stored::Stored(Tensor codes, const plan::QuantParams& params)
    : tensor_(std::move(codes)), is_coded_(true) {
  std::array<std::int8_t, 256> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int8_t>(i);
  xq_dequantize_s8_f32(all.data(), all.size(), params.scales[0], params.zero_points[0],
                       reals_.data());
}

QuantizedStream::Stored QuantizedStream::operand(NodeId id, std::size_t position,
                                                 std::size_t sample) const {
  const ValueId value = graph_.node(id).input(position);
  const Tensor& stored = values_.at(value)[sample];
  const plan::Group* group = plan_.find_group(value);
  if (is_written_as_int8(graph_, plan_, value)) return {stored, group->params};
  if (!is_read_as_int8(graph_, plan_, {id, position})) return Stored(stored);
  return {quantize_tensor(stored, group->params), group->params};
}

bool QuantizedStream::waits_for_reader(const Node& node) const {
  if (node.outputs.size() != 1) return false;
  const ValueId result = node.output(0);
  if (!plan_.inner.contains(result) || graph_.is_output(result)) return false;
  const std::vector<Use> uses = graph_.uses(result);
  return uses.size() == 1 && uses[0].position != Graph::kSubgraphUse;
}

/// The node behind all those that wait for it.
std::vector<NodeId> QuantizedStream::unit_of(NodeId id) const {
  std::vector<NodeId> unit;
  for (const ValueId input : graph_.node(id).inputs) {
    const auto waiting = waiting_.find(input);
    if (waiting == waiting_.end()) continue;
    const std::vector<NodeId> before = unit_of(waiting->second);
    unit.insert(unit.end(), before.begin(), before.end());
  }
  unit.push_back(id);
  return unit;
}

void QuantizedStream::advance(NodeId id) {
  const Node& node = graph_.node(id);
  if (waits_for_reader(node)) {
    waiting_[node.output(0)] = id;
    return;
  }
  UnitProgram unit(graph_, opsets_, plan_, unit_of(id));
  std::vector<const std::vector<Tensor>*> operands;
  for (const ValueId operand : unit.operands()) operands.push_back(&values_.at(operand));
  std::vector<std::vector<Tensor>*> results;
  for (const ValueId value : node.outputs) {
    if (value == ValueId::kNone) continue;
    results.push_back(&values_[value]);
    results.back()->resize(samples_);
  }
  for_each_(static_cast<std::int64_t>(samples_), [&](std::int64_t index) {
    const auto sample = static_cast<std::size_t>(index);
    std::vector<runtime::TensorView> views;
    for (const auto* operand : operands) views.push_back(runtime::view_of((*operand)[sample]));
    std::vector<Tensor> made = unit.run(views);
    for (std::size_t i = 0; i < made.size(); ++i) (*results[i])[sample] = std::move(made[i]);
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
    const NodeId before = waiting->second;
    waiting_.erase(waiting);
    release_operands(before);
  }
}

std::vector<Tensor> QuantizedStream::result(ValueId output) const {
  std::vector<Tensor> results;
  for (const Tensor& stored : values_.at(output)) {
    const bool coded = is_written_as_int8(graph_, plan_, output);
    results.push_back(coded ? dequantize_tensor(stored, plan_.find_group(output)->params) : stored);
  }
  return results;
}

void QuantizedStream::release(ValueId value) {
  const auto left = readers_left_.find(value);
  if (left == readers_left_.end() || --left->second > 0 || graph_.is_output(value)) return;
  values_.erase(value);
}

}  // namespace xquant::quantize

#include "runtime/hidden_values.h"

#include "runtime/control_flow/control_flow.h"

namespace xquant::runtime {

HiddenValues::HiddenValues(const Graph& graph, std::span<const NodeId> order,
                           std::span<const ValueId> outputs, std::span<const ValueId> observed)
    : readers_(graph.value_count(), NodeId::kNone) {
  std::vector<std::size_t> times(graph.value_count(), 0);
  constexpr std::size_t kSeen = 2;
  const auto add = [&](ValueId id, std::size_t count) {
    if (id != ValueId::kNone) times[index(id)] += count;
  };
  for (const ValueId id : outputs) add(id, kSeen);
  for (const ValueId id : observed) add(id, kSeen);
  for (const NodeId id : order) {
    const Node& node = graph.node(id);
    for (const ValueId input : node.inputs) {
      add(input, 1);
      if (input != ValueId::kNone) readers_[index(input)] = id;
    }
    if (find_control_flow(node.domain, node.op_type) == nullptr) continue;
    for (const ValueId input : captured_values(graph, node)) add(input, kSeen);
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i] != 1) readers_[i] = NodeId::kNone;
  }
}

NodeId HiddenValues::reader(ValueId id) const {
  return readers_.empty() || id == ValueId::kNone ? NodeId::kNone : readers_[index(id)];
}

}  // namespace xquant::runtime

#include "pipeline/cut.h"

#include <algorithm>

#include "quantize/policy/region.h"

namespace xquant::pipeline {
namespace {

class Cutter {
 public:
  Cutter(const Graph& graph, std::span<const ValueId> tensors)
      : graph_(graph), tensors_(tensors), head_(quantize::nodes_before(graph, tensors)) {}

  CutAttempt attempt() {
    if (CutAttempt failed = find_dependence(); !failed.path.empty()) return failed;
    grow_tail();
    if (CutAttempt failed = find_rest(); !failed.path.empty()) return failed;
    Cut cut{.tensors = {tensors_.begin(), tensors_.end()}, .in_tail = tail_};
    for (const NodeId id : graph_.nodes()) {
      if (!tail_[index(id)]) continue;
      for (const ValueId input : graph_.node(id).inputs) note_crossing(input, cut);
    }
    return {.cut = std::move(cut)};
  }

 private:
  NodeId producer(ValueId value) const {
    return value == ValueId::kNone ? NodeId::kNone : graph_.value(value).producer;
  }
  bool is_asked_for(ValueId value) const {
    return std::find(tensors_.begin(), tensors_.end(), value) != tensors_.end();
  }
  std::string quoted(ValueId value) const { return "'" + graph_.value(value).name + "'"; }
  std::string described(NodeId id) const {
    return graph_.node(id).op_type + " '" + graph_.node(id).name + "'";
  }

  /// A path from one of the tensors to another through the head.
  CutAttempt find_dependence() const {
    const std::vector<bool> behind = quantize::nodes_behind(graph_, tensors_);
    for (const ValueId end : tensors_) {
      const NodeId last = producer(end);
      if (last == NodeId::kNone || !behind[index(last)]) continue;
      return {.path = walk_back(end, behind)};
    }
    return {};
  }

  /// The path that ends in a tensor, backwards along nodes that are in `inside` until it leaves
  /// them or meets a tensor asked for.
  std::string walk_back(ValueId end, const std::vector<bool>& inside) const {
    std::string path = quoted(end);
    for (NodeId node = producer(end); node != NodeId::kNone && inside[index(node)];) {
      path.insert(0, described(node) + " -> ");
      ValueId next = ValueId::kNone;
      for (const ValueId input : graph_.node(node).inputs) {
        if (input == ValueId::kNone || graph_.constant(input) != nullptr) continue;
        const NodeId from = producer(input);
        const bool goes_on = from != NodeId::kNone && inside[index(from)];
        if (next == ValueId::kNone || goes_on) next = input;
        if (is_asked_for(input)) {
          next = input;
          break;
        }
      }
      if (next == ValueId::kNone) return path;
      if (is_asked_for(next)) return quoted(next) + " -> " + path;
      node = producer(next);
      if (node == NodeId::kNone || !inside[index(node)]) return quoted(next) + " -> " + path;
    }
    return path;
  }

  /// What reads the tensors, what follows, and side chains that feed it.
  void grow_tail() {
    tail_.assign(graph_.node_count(), false);
    std::vector<NodeId> open;
    const auto visit = [&](NodeId node) {
      if (node == NodeId::kNone || head_[index(node)] || tail_[index(node)]) return;
      tail_[index(node)] = true;
      open.push_back(node);
    };
    for (const ValueId tensor : tensors_) {
      for (const Use& use : graph_.uses(tensor)) visit(use.node);
    }
    while (!open.empty()) {
      const Node& node = graph_.node(open.back());
      open.pop_back();
      for (const ValueId output : node.outputs) {
        if (output == ValueId::kNone) continue;
        for (const Use& use : graph_.uses(output)) visit(use.node);
      }
      for (const ValueId input : node.inputs) visit(producer(input));
    }
  }

  /// Operators that are neither in the head nor in the tail, and the graph outputs that they lead
  /// to.
  CutAttempt find_rest() const {
    std::vector<bool> rest(graph_.node_count());
    for (const NodeId id : graph_.nodes()) {
      rest[index(id)] = !head_[index(id)] && !tail_[index(id)];
    }
    CutAttempt failed;
    for (const ValueId output : graph_.outputs) {
      const NodeId node = producer(output);
      if (node == NodeId::kNone || !rest[index(node)]) continue;
      if (failed.path.empty()) failed.path = walk_back(output, rest);
      failed.missing.push_back(output);
    }
    return failed;
  }

  void note_crossing(ValueId value, Cut& cut) const {
    const NodeId from = producer(value);
    if (from == NodeId::kNone || !head_[index(from)] || is_asked_for(value)) return;
    auto& crossing = cut.crossing;
    if (std::find(crossing.begin(), crossing.end(), value) == crossing.end()) {
      crossing.push_back(value);
    }
  }

  const Graph& graph_;
  std::span<const ValueId> tensors_;
  std::vector<bool> head_;
  std::vector<bool> tail_;
};

}  // namespace

CutAttempt try_cut(const Graph& graph, std::span<const ValueId> tensors) {
  return Cutter(graph, tensors).attempt();
}

}  // namespace xquant::pipeline

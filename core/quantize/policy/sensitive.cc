#include "quantize/policy/sensitive.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include "quantize/policy/operands.h"
#include "quantize/policy/spectrogram.h"

namespace xquant::quantize {
namespace {

constexpr std::array<std::string_view, 4> kElementwise = {"Add", "Sub", "Mul", "Div"};
/// Operators that move elements and compute nothing.
constexpr std::array<std::string_view, 12> kMoving = {
    "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Identity",
    "Expand",  "Slice",     "Tile",    "Cast",      "Concat",  "Where"};
constexpr std::array<std::string_view, 8> kStatistics = {"Add", "Mul",        "Div", "Pow",
                                                         "Sub", "ReduceMean", "Max", "ReduceSum"};

class SensitiveFinder {
 public:
  SensitiveFinder(const Graph& graph, const plan::Target& target)
      : graph_(graph), target_(target), order_(graph.topological_order()) {}

  std::map<NodeId, std::string> find() {
    find_before_softmax();
    find_masks();
    find_deviations();
    for (const NodeId id : spectrogram_nodes(graph_)) {
      found_.emplace(id, "it is part of a spectrogram, whose logarithm eight bits do not hold");
    }
    return std::move(found_);
  }

 private:
  /// From the end: a node feeds only Softmax when all its readers are float Softmaxes or such
  /// nodes.
  void find_before_softmax() {
    std::map<NodeId, bool> only;
    for (auto at = order_.rbegin(); at != order_.rend(); ++at) {
      const Node& node = graph_.node(*at);
      if (!node.is_one_of(kElementwise) && !node.is_one_of(kMoving)) continue;
      const ValueId result = node.output(0);
      if (result == ValueId::kNone || graph_.is_output(result)) continue;
      // With its bias a product is one operator.
      if (biased_product(graph_, node) != ValueId::kNone) continue;
      const auto& uses = graph_.uses(result);
      const bool all = !uses.empty() && std::all_of(uses.begin(), uses.end(), [&](const Use& use) {
        const Node& reader = graph_.node(use.node);
        return (reader.is("Softmax") && !target_.quantizable.contains("Softmax")) ||
               only.contains(use.node);
      });
      if (!all) continue;
      only[*at] = true;
      if (node.is_one_of(kElementwise)) {
        found_.emplace(*at, "it only prepares a Softmax, which is float");
      }
    }
  }

  bool has_mask_element(ValueId value) const {
    const Tensor* constant = graph_.constant(value);
    if (constant == nullptr || constant->type() != DataType::kFloat) return false;
    const auto values = constant->data<float>();
    return std::any_of(values.begin(), values.end(), is_mask_like);
  }

  /// Whether the value is a mask: computed from a constant that stands for infinity by arithmetic
  /// and movement alone.
  void find_masks() {
    std::vector<bool> mask(graph_.value_count());
    for (const NodeId id : order_) {
      const Node& node = graph_.node(id);
      const bool arithmetic = node.is_one_of(kElementwise);
      if (!arithmetic && !node.is_one_of(kMoving)) continue;
      const bool reads_mask =
          std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
            return input != ValueId::kNone && (mask[index(input)] || has_mask_element(input));
          });
      if (!reads_mask) continue;
      if (arithmetic || node.is("Where")) {
        found_.emplace(id, "an operand is a mask, whose size must not become a scale");
      }
      for (const ValueId output : node.outputs) {
        if (output != ValueId::kNone) mask[index(output)] = true;
      }
    }
  }

  bool is_scalar_constant(ValueId value) const {
    const Tensor* constant = graph_.constant(value);
    return constant != nullptr && constant->size() == 1;
  }

  /// One step of a variance: a square, its mean, epsilon, a lower bound.
  bool is_statistic(const Node& node) const {
    if (!node.is_one_of(kStatistics)) return false;
    if (node.op_type.starts_with("Reduce") || node.is("Pow")) return true;
    if (node.is("Mul") && node.input(0) == node.input(1)) return true;
    return is_scalar_constant(node.input(0)) || is_scalar_constant(node.input(1));
  }

  /// Whether a mean or sum is among the statistics that the value is made of; marks them when so.
  bool mark_statistics(ValueId value, int depth) {
    constexpr int kDeepest = 8;
    const NodeId id = value == ValueId::kNone ? NodeId::kNone : graph_.value(value).producer;
    if (id == NodeId::kNone || depth > kDeepest || !is_statistic(graph_.node(id))) return false;
    const Node& node = graph_.node(id);
    bool reduces = node.op_type.starts_with("Reduce");
    // A square is where the statistics begin.
    const bool square = node.is("Pow") || (node.is("Mul") && node.input(0) == node.input(1));
    if (!square) {
      for (const ValueId input : node.inputs) {
        const bool below = mark_statistics(input, depth + 1);
        reduces = reduces || below;
      }
    }
    if (reduces || square) {
      found_.emplace(id, "it is part of a deviation, which eight bits do not hold");
    }
    return reduces;
  }

  void find_deviations() {
    std::vector<bool> deviation(graph_.value_count());
    for (const NodeId id : order_) {
      const Node& node = graph_.node(id);
      const ValueId result = node.output(0);
      const auto is_deviation = [&](ValueId input) {
        return input != ValueId::kNone && deviation[index(input)];
      };
      const bool root = node.is("Sqrt") && mark_statistics(node.input(0), 0);
      const bool handed_on =
          (node.is("Reciprocal") || node.is_one_of(kMoving)) && is_deviation(node.input(0));
      if (result != ValueId::kNone && (root || handed_on)) deviation[index(result)] = true;
      if ((node.is("Mul") || node.is("Div")) &&
          std::any_of(node.inputs.begin(), node.inputs.end(), is_deviation)) {
        found_.emplace(id, "it divides by a deviation, which eight bits do not hold");
      }
    }
  }

  const Graph& graph_;
  const plan::Target& target_;
  std::vector<NodeId> order_;
  std::map<NodeId, std::string> found_;
};

}  // namespace

std::map<NodeId, std::string> sensitive_nodes(const Graph& graph, const plan::Target& target) {
  return SensitiveFinder(graph, target).find();
}

bool is_mask_like(float value) {
  // The smallest in use is -10^4 (BERT in TensorFlow 1); float16's largest number is 65504.
  return !(std::abs(value) < 1e4F);
}

}  // namespace xquant::quantize

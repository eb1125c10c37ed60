#include "quantize/calibrate/whole_steps.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "graph/clip_bounds.h"
#include "quantize/params.h"

namespace xquant::quantize {
namespace {

/// factor * x + offset with one number each.
struct Affine {
  double factor = 1;
  double offset = 0;
};

/// Whether every element of the result is one of its operands', but for limits.
bool only_picks(const Node& node) {
  return node.is("Relu") || node.is("Clip") || node.is("Concat") ||
         (node.is("Resize") && node.string_or("mode", "nearest") == "nearest");
}

/// What the node does to its operand at `side`; nullopt when it is anything else.
std::optional<Affine> affine_of(const Graph& graph, const Node& node, std::size_t side) {
  if (only_picks(node)) return side == 0 ? std::optional<Affine>(Affine{}) : std::nullopt;
  const ValueId other = node.input(1 - side);
  const Tensor* number = other == ValueId::kNone ? nullptr : graph.constant(other);
  if (number == nullptr || graph.is_input(other) || number->type() != DataType::kFloat ||
      number->size() != 1) {
    return std::nullopt;
  }
  const auto c = static_cast<double>(number->data<float>()[0]);
  if (!std::isfinite(c)) return std::nullopt;
  if (node.is("Add")) return Affine{1, c};
  if (node.is("Sub") && side == 0) return Affine{1, -c};
  if (node.is("Mul") && c > 0) return Affine{c, 0};
  if (node.is("Div") && side == 0 && c > 0) return Affine{1 / c, 0};
  return std::nullopt;
}

class Carrier {
 public:
  Carrier(const Graph& graph, const plan::QuantPlan& plan, std::vector<plan::Group>& groups)
      : graph_(graph), plan_(plan), groups_(groups), ties_(groups.size()) {}

  void run() {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const auto tie = tie_of(g);
      if (tie && can_be_had(*tie) && keeps_bounds(g, *tie)) {
        ties_[g] = tie;
        groups_[g].params = params_of(*tie);
      }
    }
  }

 private:
  /// The values of a group as an affine of those of another one.
  struct Tie {
    std::size_t base;
    Affine affine;
  };

  bool is_free(const plan::Group& group) const {
    return group.params.known() && !group.activation.symmetric && !group.activation.power_of_two;
  }

  bool joins_one_group(const Node& concat) const {
    const auto group_of = [&](ValueId operand) {
      const auto found = plan_.group_of.find(operand);
      return found == plan_.group_of.end() ? std::nullopt : std::optional(found->second);
    };
    return std::all_of(concat.inputs.begin(), concat.inputs.end(), [&](ValueId operand) {
      return group_of(operand) && group_of(operand) == group_of(concat.input(0));
    });
  }

  std::optional<Tie> tie_of(std::size_t g) const {
    const NodeId producer = graph_.value(groups_[g].root).producer;
    if (!is_free(groups_[g]) || producer == NodeId::kNone || !plan_.node(producer).quantized) {
      return std::nullopt;
    }
    const Node& node = graph_.node(producer);
    if (node.is("Concat") && !joins_one_group(node)) return std::nullopt;
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      const auto affine = affine_of(graph_, node, side);
      const auto operand = plan_.group_of.find(node.input(side));
      if (!affine || operand == plan_.group_of.end()) continue;
      const std::size_t from = index(operand->second);
      if (!is_free(groups_[from]) || plan_.groups[from].rule != plan_.groups[g].rule) {
        return std::nullopt;
      }
      Tie tie = ties_[from].value_or(Tie{.base = from, .affine = {}});
      tie.affine = {affine->factor * tie.affine.factor,
                    affine->factor * tie.affine.offset + affine->offset};
      return tie;
    }
    return std::nullopt;
  }

  double steps(const Tie& tie) const {
    return tie.affine.offset / tie.affine.factor /
           static_cast<double>(groups_[tie.base].params.scales[0]);
  }

  bool can_be_had(const Tie& tie) const {
    const plan::QuantParams& base = groups_[tie.base].params;
    const double zero_point = base.zero_points[0] - std::nearbyint(steps(tie));
    return zero_point >= -128 && zero_point <= 127 &&
           tie.affine.factor * static_cast<double>(base.scales[0]) >= kMinScale;
  }

  plan::QuantParams params_of(const Tie& tie) const {
    const plan::QuantParams& base = groups_[tie.base].params;
    const double scale = tie.affine.factor * static_cast<double>(base.scales[0]);
    const double zero_point = base.zero_points[0] - std::nearbyint(steps(tie));
    return {.scales = {static_cast<float>(scale)},
            .zero_points = {static_cast<std::int8_t>(zero_point)}};
  }

  /// Whether those steps have the bounds of a Clip that its operand goes beyond, to within a step
  /// that the result would have of its own. Every element that is limited is off by as much.
  bool keeps_bounds(std::size_t g, const Tie& tie) const {
    const Node& node = graph_.node(graph_.value(groups_[g].root).producer);
    if (!node.is("Clip")) return true;
    const auto bounds = clip_bounds(graph_, node);
    if (!bounds) return true;
    const plan::QuantParams carried = params_of(tie);
    const Range reach = range_of(carried);
    const auto step = static_cast<double>(carried.scales[0]);
    const auto own = static_cast<double>(groups_[g].params.scales[0]);
    const auto is_kept = [&](double bound) {
      if (bound <= reach.low || bound >= reach.high) return true;
      return std::abs(std::nearbyint(bound / step) * step - bound) <= own;
    };
    return is_kept(static_cast<double>(bounds->low)) && is_kept(static_cast<double>(bounds->high));
  }

  const Graph& graph_;
  const plan::QuantPlan& plan_;
  std::vector<plan::Group>& groups_;
  std::vector<std::optional<Tie>> ties_;  ///< by group
};

}  // namespace

void carry_whole_steps(const Graph& graph, const plan::QuantPlan& plan,
                       std::vector<plan::Group>& groups) {
  Carrier(graph, plan, groups).run();
}

}  // namespace xquant::quantize

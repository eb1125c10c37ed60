#include "integer/match/stage.h"

#include <algorithm>
#include <optional>

#include "integer/match/functions.h"
#include "integer/match/operand.h"

namespace xquant::integer {
namespace {

/// One element, or one for each output channel.
bool fits(const Shape& shape, const ChannelPlace& place) {
  if (shape.size() > place.most_rank) return false;
  if (element_count(shape) == 1) return true;
  if (shape.size() <= place.behind) return false;
  const std::size_t axis = shape.size() - 1 - place.behind;
  return static_cast<std::size_t>(shape[axis]) == place.channels &&
         static_cast<std::size_t>(element_count(shape)) == place.channels;
}

class StageSearch {
 public:
  StageSearch(const Graph& graph, ValueId value, const ChannelPlace& place)
      : graph_(graph), place_(place) {
    values_.push_back(value);
  }

  StageMatch run() {
    while (match_.why_not.empty() && advance()) {
    }
    if (match_.why_not.empty() && !pending_.empty())
      match_.why_not = "is read in float by " + describe(graph_.node(pending_[0]));
    if (match_.why_not.empty() && match_.quantize == NodeId::kNone)
      match_.why_not = "is not quantized";
    if (!match_.why_not.empty()) match_.stage = {};
    return std::move(match_);
  }

 private:
  /// Looks at the readers of the values found so far; whether a step was added.
  bool advance() {
    pending_.clear();
    for (const ValueId value : std::vector<ValueId>(values_)) {
      if (value == ValueId::kNone) continue;
      if (graph_.is_output(value)) {
        match_.why_not = "is an output of the model";
        return false;
      }
      for (const Use& use : graph_.uses(value)) {
        if (std::find(match_.nodes.begin(), match_.nodes.end(), use.node) != match_.nodes.end())
          continue;
        if (graph_.node(use.node).is("QuantizeLinear") && use.position == 0) {
          if (!accept_quantize(use.node)) return false;
          continue;
        }
        if (add_step(use.node)) return true;
        pending_.push_back(use.node);
      }
    }
    return false;
  }

  bool accept_quantize(NodeId node) {
    if (match_.quantize != NodeId::kNone && match_.quantize != node)
      match_.why_not = "is quantized in several ways";
    match_.quantize = node;
    return match_.why_not.empty();
  }

  bool add_step(NodeId id) {
    const Node& node = graph_.node(id);
    if (!node.domain.empty()) return false;
    std::vector<Stage::Step> steps = batch_normalization(node);
    if (steps.empty()) {
      std::optional<Stage::Step> step = unary_step(node);
      if (!step) step = binary_step(node);
      if (!step) return false;
      steps.push_back(std::move(*step));
    }
    if (match_.stage.steps.size() + steps.size() > XQ_MAX_STEPS) return false;
    values_.insert(values_.end(), steps.size() - 1, ValueId::kNone);
    values_.push_back(node.output(0));
    for (Stage::Step& step : steps) match_.stage.steps.push_back(std::move(step));
    match_.nodes.push_back(id);
    return true;
  }

  int value_number(ValueId value) const {
    if (value == ValueId::kNone) return XQ_STEP_CONSTANT;
    const auto found = std::find(values_.begin(), values_.end(), value);
    return found == values_.end() ? XQ_STEP_CONSTANT : static_cast<int>(found - values_.begin());
  }

  /// The channels of a BatchNormalization are those of dimension 1, which a MatMul of rows need not
  /// have there.
  std::vector<Stage::Step> batch_normalization(const Node& node) const {
    if (!node.is("BatchNormalization") || place_.most_rank < 2) return {};
    const int operand = value_number(node.input(0));
    std::optional<BatchFactors> factors = batch_factors(graph_, node);
    if (operand == XQ_STEP_CONSTANT || !factors || factors->bias.size() != place_.channels)
      return {};
    const auto step = [&](xq_binary_op op, int number, std::vector<float>& constant) {
      const int a = number == 0 ? operand : static_cast<int>(match_.stage.steps.size()) + number;
      return Stage::Step{.kind = XQ_STEP_BINARY,
                         .op = op,
                         .a = a,
                         .b = XQ_STEP_CONSTANT,
                         .constant = std::move(constant)};
    };
    return {step(XQ_SUB, 0, factors->mean), step(XQ_MUL, 1, factors->factor),
            step(XQ_ADD, 2, factors->bias)};
  }

  std::optional<Stage::Step> unary_step(const Node& node) const {
    const int operand = value_number(node.input(0));
    if (operand == XQ_STEP_CONSTANT) return {};
    std::optional<Stage::Step> step = unary_function(graph_, node);
    if (step) step->a = operand;
    return step;
  }

  std::optional<Stage::Step> binary_step(const Node& node) const {
    const std::optional<xq_binary_op> op = binary_function(node);
    if (!op || node.inputs.size() != 2) return {};
    Stage::Step step{.kind = XQ_STEP_BINARY, .op = *op};
    step.a = value_number(node.inputs[0]);
    step.b = value_number(node.inputs[1]);
    if (step.a != XQ_STEP_CONSTANT && step.b != XQ_STEP_CONSTANT) return step;
    if (step.a == step.b) return {};
    const Operand other =
        resolve(graph_, node.inputs[step.a == XQ_STEP_CONSTANT ? std::size_t{0} : 1]);
    if (other.constant == nullptr || !fits(other.constant->shape(), place_)) return {};
    const std::optional<Tensor> real = real_constant(other);
    if (!real || real->size() == 0) return {};
    step.constant.assign(real->data<float>().begin(), real->data<float>().end());
    return step;
  }

  const Graph& graph_;
  const ChannelPlace place_;
  std::vector<ValueId> values_;  ///< as the steps number them
  std::vector<NodeId> pending_;  ///< readers that are no steps yet
  StageMatch match_;
};

}  // namespace

StageMatch follow_stage(const Graph& graph, ValueId value, const ChannelPlace& place) {
  return StageSearch(graph, value, place).run();
}

}  // namespace xquant::integer

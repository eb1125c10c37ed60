#include "integer/match/expression.h"

#include <algorithm>
#include <map>

#include "integer/edit.h"
#include "integer/fused.h"
#include "integer/match/functions.h"
#include "integer/match/fuse.h"
#include "integer/match/match.h"

namespace xquant::integer {
namespace {

using OperandKind = ExpressionOperand::Kind;

constexpr int kNothing = -1;
/// What steps are numbered from while the number of operands is unknown.
constexpr int kFirstStep = XQ_MAX_OPERANDS;

/// As declared, or as that of what the value is made from element by element, in windows, or by a
/// convolution; 0: unknown.
std::size_t rank_of(const Graph& graph, ValueId value) {
  while (value != ValueId::kNone) {
    if (graph.value(value).type.shape) return graph.value(value).type.shape->size();
    const NodeId producer = graph.value(value).producer;
    if (producer == NodeId::kNone) return 0;
    const Node& node = graph.node(producer);
    if (node.is("Conv") || node.is("ConvTranspose")) {
      const Operand weights = resolve(graph, node.input(1));
      return weights.constant == nullptr ? 0 : weights.constant->shape().size();
    }
    const bool keeps_rank = node.is("QuantizeLinear") || node.is("DequantizeLinear") ||
                            node.is("MaxPool") || node.is("AveragePool") ||
                            node.is("BatchNormalization") || unary_function(graph, node);
    if (!keeps_rank) return 0;
    value = node.input(0);
  }
  return 0;
}

class ExpressionSearch {
 public:
  explicit ExpressionSearch(const Graph& graph) : graph_(graph) {}

  std::optional<Expression> run(ValueId value) {
    const int last = visit(value);
    const bool has_codes =
        std::any_of(found_.operands.begin(), found_.operands.end(), [](const auto& operand) {
          return operand.kind == OperandKind::kCodes && operand.operand.constant == nullptr;
        });
    if (last < kFirstStep || !has_codes) return {};
    const int operands = static_cast<int>(found_.operands.size());
    for (Stage::Step& step : found_.steps.steps) {
      for (int* number : {&step.a, &step.b, &step.c}) {
        if (*number >= kFirstStep) *number += operands - kFirstStep;
      }
    }
    return std::move(found_);
  }

 private:
  /// The number of a value; kNothing when it is not of an expression.
  int visit(ValueId value) {
    if (value == ValueId::kNone) return kNothing;
    const auto known = numbers_.find(value);
    if (known != numbers_.end()) return known->second;
    const int number = number_of(value);
    return numbers_[value] = number;
  }

  int number_of(ValueId value) {
    const Operand operand = resolve(graph_, value);
    if (operand.constant != nullptr) return constant(operand);
    if (operand.quantized != ValueId::kNone)
      return operand.is_coded_activation() ? codes(operand) : kNothing;
    const NodeId producer = graph_.value(value).producer;
    if (producer == NodeId::kNone || graph_.node(producer).outputs.size() != 1) return kNothing;
    const Node& node = graph_.node(producer);
    if (!node.domain.empty()) return kNothing;
    const int number = steps_of(node);
    if (number != kNothing) found_.nodes.push_back(producer);
    return number;
  }

  int constant(const Operand& operand) {
    if (operand.is_coded()) return codes(operand);
    std::optional<Tensor> reals = real_constant(operand);
    if (!reals || reals->size() == 0) return kNothing;
    return add({.kind = OperandKind::kReals, .reals = std::move(reals)});
  }

  int codes(const Operand& operand) {
    for (std::size_t i = 0; i < found_.operands.size(); ++i) {  // dequantized for each reader
      const Operand& other = found_.operands[i].operand;
      if (found_.operands[i].kind == OperandKind::kCodes && other.quantized == operand.quantized &&
          other.linear == operand.linear)
        return static_cast<int>(i);
    }
    return add({.kind = OperandKind::kCodes, .operand = operand});
  }

  int flags(ValueId value) {
    if (value == ValueId::kNone) return kNothing;
    const Tensor* constant = graph_.constant(value);
    return add({.kind = OperandKind::kFlags, .operand = {.value = value, .constant = constant}});
  }

  int add(ExpressionOperand operand) {
    if (found_.operands.size() == XQ_MAX_OPERANDS) return kNothing;
    found_.operands.push_back(std::move(operand));
    return static_cast<int>(found_.operands.size()) - 1;
  }

  int add(Stage::Step step) {
    if (found_.steps.steps.size() == XQ_MAX_STEPS) return kNothing;
    found_.steps.steps.push_back(std::move(step));
    return kFirstStep + static_cast<int>(found_.steps.steps.size()) - 1;
  }

  int steps_of(const Node& node) {
    if (node.is("Identity")) return visit(node.input(0));
    if (node.is("Where")) return select(node);
    if (node.is("Mean")) return mean(node);
    if (is_square(node)) return square(node);
    if (node.is("BatchNormalization")) return normalize(node);
    if (std::optional<Stage::Step> step = unary_function(graph_, node)) {
      step->a = visit(node.input(0));
      return step->a == kNothing ? kNothing : add(*std::move(step));
    }
    const std::optional<xq_binary_op> op = binary_function(node);
    return op ? fold(node, *op) : kNothing;
  }

  /// All operands from left to right.
  int fold(const Node& node, xq_binary_op op) {
    int so_far = visit(node.input(0));
    for (std::size_t i = 1; i < node.inputs.size() && so_far != kNothing; ++i) {
      const int next = visit(node.inputs[i]);
      if (next == kNothing) return kNothing;
      so_far = add({.kind = XQ_STEP_BINARY, .op = op, .a = so_far, .b = next});
    }
    return so_far;
  }

  int select(const Node& node) {
    const int a = flags(node.input(0)), b = visit(node.input(1)), c = visit(node.input(2));
    if (a == kNothing || b == kNothing || c == kNothing) return kNothing;
    return add({.kind = XQ_STEP_SELECT, .op = XQ_RELU, .a = a, .b = b, .c = c});
  }

  int mean(const Node& node) {
    const int sum = fold(node, XQ_ADD);
    if (sum == kNothing) return kNothing;
    const auto count = static_cast<float>(node.inputs.size());
    const int divisor =
        add({.kind = OperandKind::kReals, .reals = Tensor::of<float>({}, std::vector{count})});
    if (divisor == kNothing) return kNothing;
    return add({.kind = XQ_STEP_BINARY, .op = XQ_DIV, .a = sum, .b = divisor});
  }

  /// Pow by 2, which is a product in float, too.
  bool is_square(const Node& node) const {
    if (!node.is("Pow")) return false;
    const std::optional<Tensor> real = real_constant(resolve(graph_, node.input(1)));
    return real && real->shape().size() <= 1 && real->size() == 1 && real->data<float>()[0] == 2.0F;
  }

  int square(const Node& node) {
    const int base = visit(node.input(0));
    if (base == kNothing) return kNothing;
    return add({.kind = XQ_STEP_BINARY, .op = XQ_MUL, .a = base, .b = base});
  }

  /// Its factors broadcast along dimension 1, where the model says how many dimensions there are.
  int normalize(const Node& node) {
    const std::optional<BatchFactors> factors = batch_factors(graph_, node);
    const std::size_t rank = rank_of(graph_, node.input(0));
    if (!factors || rank < 2 || rank > XQ_MAX_RANK) return kNothing;
    int so_far = visit(node.input(0));
    const auto apply = [&](xq_binary_op op, const std::vector<float>& values) {
      Shape shape(rank - 1, 1);
      shape[0] = static_cast<std::int64_t>(values.size());
      const int reals =
          add({.kind = OperandKind::kReals, .reals = Tensor::of<float>(shape, values)});
      if (so_far == kNothing || reals == kNothing) return so_far = kNothing;
      return so_far = add({.kind = XQ_STEP_BINARY, .op = op, .a = so_far, .b = reals});
    };
    apply(XQ_SUB, factors->mean);
    apply(XQ_MUL, factors->factor);
    return apply(XQ_ADD, factors->bias);
  }

  const Graph& graph_;
  Expression found_{};
  std::map<ValueId, int> numbers_;
};

/// Whether nothing but the expression and QuantizeLinear reads its values: what has to be computed
/// in float for others all the same gains nothing.
bool is_read_in_codes(const Graph& graph, const Expression& expression) {
  const auto stays = [&](const Use& use) {
    return graph.node(use.node).is("QuantizeLinear") ||
           std::ranges::find(expression.nodes, use.node) != expression.nodes.end();
  };
  return std::ranges::all_of(expression.nodes, [&](NodeId id) {
    const ValueId value = graph.node(id).output(0);
    return !graph.is_output(value) && std::ranges::all_of(graph.uses(value), stays);
  });
}

}  // namespace

std::optional<Expression> find_expression(const Graph& graph, ValueId value) {
  return ExpressionSearch(graph).run(value);
}

bool is_of_expressions(const Graph& graph, const Node& node) {
  return node.is("Where") || node.is("Mean") || binary_function(node) ||
         unary_function(graph, node);
}

Match fuse_expression(Graph& graph, NodeId quantize) {
  const auto to = read_linear(graph, graph.node(quantize));
  if (!to || !to->per_tensor() || !to->is_coded()) return {};
  const std::optional<Expression> found = find_expression(graph, graph.node(quantize).input(0));
  if (!found || !is_read_in_codes(graph, *found)) return {};
  const ValueId written = graph.node(quantize).output(0);
  const NodeId op = found->nodes.back();
  Match match{.island = Island{.node = graph.node(op).name,
                               .op_type = graph.node(op).op_type,
                               .output = graph.value(written).name},
              .execution = Execution::kInt8,
              .reason = "an element-wise expression"};
  for (const NodeId id : found->nodes) {
    if (id != op) match.covered.push_back(graph.node(id).name);
  }
  std::vector<std::string>& changing = match.island->inputs;
  graph.remove_node(quantize);
  FusedNode fused(graph, op, "Expression");
  for (const ExpressionOperand& operand : found->operands) {
    if (operand.kind == OperandKind::kReals) {
      fused.add_constant("_real", *operand.reals);
      continue;
    }
    const bool is_flags = operand.kind == OperandKind::kFlags;
    const ValueId tensor = is_flags ? operand.operand.value : operand.operand.quantized;
    if (operand.operand.constant == nullptr &&
        std::find(changing.begin(), changing.end(), graph.value(tensor).name) == changing.end())
      changing.push_back(graph.value(tensor).name);
    if (is_flags)
      fused.add_plain(tensor);
    else
      fused.add(operand.operand);
  }
  fused.add_steps(found->steps);
  fused.write(written, *to);
  return match;
}

}  // namespace xquant::integer

#include "convert/lower_newer.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace xquant::convert {
namespace {

/// ai.onnx versions in which the operators came.
constexpr std::int64_t kLayerNormalization = 17;
constexpr std::int64_t kRmsNormalization = 23;
constexpr std::int64_t kGelu = 20;
constexpr std::int64_t kHardSwish = 14;
/// ReduceMean takes its axes as an operand since then.
constexpr std::int64_t kReduceMeanOperand = 18;

std::int64_t since(const Node& node) {
  if (node.is("LayerNormalization")) return kLayerNormalization;
  if (node.is("RMSNormalization")) return kRmsNormalization;
  if (node.is("Gelu")) return kGelu;
  if (node.is("HardSwish")) return kHardSwish;
  return 1;
}

class Lowering {
 public:
  explicit Lowering(Model& model) : graph_(model.graph), opset_(model.opset()) {}

  std::size_t run() {
    std::size_t times = 0;
    for (const NodeId id : graph_.nodes()) {
      if (since(graph_.node(id)) <= opset_) continue;
      const Node node = graph_.node(id);
      graph_.remove_node(id);
      name_ = node.name.empty() ? graph_.value(node.output(0)).name : node.name;
      lower(node);
      ++times;
    }
    return times;
  }

 private:
  void lower(const Node& node) {
    const ValueId x = node.input(0);
    const ValueId y = node.output(0);
    if (node.is("LayerNormalization")) {
      const ValueId mean = reduce_mean(x, node, "mean");
      const ValueId centred = step("Sub", {x, mean}, "centred");
      const ValueId normalized = step("Div", {centred, deviation(centred, node)}, "normalized");
      const bool biased = node.input(2) != ValueId::kNone;
      const ValueId scaled = biased ? step("Mul", {normalized, node.input(1)}, "scaled") : y;
      if (biased)
        last("Add", {scaled, node.input(2)}, y);
      else
        last("Mul", {normalized, node.input(1)}, y);
    } else if (node.is("RMSNormalization")) {
      const ValueId normalized = step("Div", {x, deviation(x, node)}, "normalized");
      last("Mul", {normalized, node.input(1)}, y);
    } else if (node.is("HardSwish")) {
      const ValueId gate =
          step("HardSigmoid", {x}, "gate", {{"alpha", 1.0F / 6.0F}, {"beta", 0.5F}});
      last("Mul", {x, gate}, y);
    } else if (node.string_or("approximate", "none") == "tanh") {
      last("Mul", {gated(x, tanh_gate(x)), number("half", 0.5F)}, y);
    } else {
      const ValueId argument =
          step("Div", {x, number("square_root_of_two", 1.41421356F)}, "argument");
      last("Mul", {gated(x, step("Erf", {argument}, "erf")), number("half", 0.5F)}, y);
    }
  }

  /// x * (1 + gate).
  ValueId gated(ValueId x, ValueId gate) {
    return step("Mul", {x, step("Add", {gate, number("one", 1.0F)}, "gate")}, "gated");
  }

  /// tanh(sqrt(2/pi) * (x + 0.044715 x^3)).
  ValueId tanh_gate(ValueId x) {
    const ValueId cube = step("Pow", {x, number("three", 3.0F)}, "cube");
    const ValueId small = step("Mul", {cube, number("gelu_cubic", 0.044715F)}, "cubic");
    const ValueId sum = step("Add", {x, small}, "sum");
    const ValueId argument =
        step("Mul", {sum, number("root_of_two_over_pi", 0.79788456F)}, "argument");
    return step("Tanh", {argument}, "tanh");
  }

  /// sqrt(mean(x^2) + epsilon).
  ValueId deviation(ValueId x, const Node& node) {
    const ValueId square = step("Pow", {x, number("two", 2.0F)}, "square");
    const ValueId variance = reduce_mean(square, node, "variance");
    const ValueId epsilon = number("epsilon", node.float_or("epsilon", 1e-5F));
    return step("Sqrt", {step("Add", {variance, epsilon}, "guarded")}, "deviation");
  }

  ValueId reduce_mean(ValueId x, const Node& node, const std::string& what) {
    const std::int64_t first = node.int_or("axis", -1);
    if (first >= 0) {
      throw Error(ErrorKind::kModel, "XQ-CNV-006",
                  "The normalized dimensions of '" + node.name + "' are not counted from the end.",
                  {.node = node.name}, "Give its axis as a negative number.");
    }
    std::vector<std::int64_t> axes;
    for (std::int64_t axis = first; axis < 0; ++axis) axes.push_back(axis);
    if (opset_ < kReduceMeanOperand) {
      return step("ReduceMean", {x}, what, {{"axes", axes}, {"keepdims", std::int64_t{1}}});
    }
    const Shape shape{static_cast<std::int64_t>(axes.size())};
    const ValueId operand = graph_.add_constant(graph_.fresh_value_name(name_ + "_axes"),
                                                Tensor::of<std::int64_t>(shape, axes));
    return step("ReduceMean", {x, operand}, what, {{"keepdims", std::int64_t{1}}});
  }

  ValueId number(const std::string& called, float value) {
    const auto key = std::pair(called, value);
    const auto found = numbers_.find(key);
    if (found != numbers_.end()) return found->second;
    const ValueId id =
        graph_.add_constant(graph_.fresh_value_name(called), Tensor::scalar<float>(value));
    return numbers_.emplace(key, id).first->second;
  }

  ValueId step(const std::string& type, std::vector<ValueId> inputs, const std::string& what,
               Attributes attributes = {}) {
    const ValueId result = graph_.add_value(graph_.fresh_value_name(name_ + "_" + what),
                                            {.element = DataType::kFloat});
    graph_.add_node({.name = graph_.fresh_node_name(name_ + "_" + what),
                     .op_type = type,
                     .inputs = std::move(inputs),
                     .outputs = {result},
                     .attributes = std::move(attributes)});
    return result;
  }

  /// The step that writes the lowered node's own result, under its name.
  void last(const std::string& type, std::vector<ValueId> inputs, ValueId result) {
    graph_.add_node({.name = graph_.fresh_node_name(name_),
                     .op_type = type,
                     .inputs = std::move(inputs),
                     .outputs = {result}});
  }

  Graph& graph_;
  std::int64_t opset_;
  std::string name_;
  std::map<std::pair<std::string, float>, ValueId> numbers_;
};

}  // namespace

std::size_t lower_newer_operators(Model& model) { return Lowering(model).run(); }

}  // namespace xquant::convert

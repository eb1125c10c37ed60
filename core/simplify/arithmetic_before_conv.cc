#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "simplify/fold_into_weights.h"
#include "simplify/replace.h"
#include "simplify/rewrite.h"
#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

/// x -> factor * x + offset for each input channel of a convolution.
struct Affine {
  ValueId x = ValueId::kNone;
  std::vector<double> factor{};
  std::vector<double> offset{};
};

/// One number, or one for each channel of [N, C, spatial...], as a vector; empty when it is
/// neither.
std::vector<double> channel_numbers(const Graph& graph, ValueId id, std::size_t channels,
                                    std::size_t rank) {
  const Tensor* tensor = graph.constant(id);
  if (tensor == nullptr || tensor->type() != DataType::kFloat || graph.is_input(id)) return {};
  const Shape& shape = tensor->shape();
  if (shape.size() > rank) return {};
  const auto values = tensor->data<float>();
  if (values.size() == 1) return std::vector<double>(channels, static_cast<double>(values[0]));
  const bool along_channels = values.size() == channels && shape.size() + 1 >= rank &&
                              shape[shape.size() + 1 - rank] == static_cast<std::int64_t>(channels);
  if (!along_channels) return {};
  return {values.begin(), values.end()};
}

/// The node as an affine map of its other operand.
std::optional<Affine> as_affine(const Graph& graph, const Node& node, std::size_t channels,
                                std::size_t rank) {
  if (!node.is("Add") && !node.is("Sub") && !node.is("Mul") && !node.is("Div")) return std::nullopt;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    std::vector<double> numbers = channel_numbers(graph, node.input(1 - side), channels, rank);
    if (numbers.empty() || (node.is("Div") && side == 1)) continue;
    Affine affine{.x = node.input(side)};
    const bool product = node.is("Mul") || node.is("Div");
    for (double& number : numbers) {
      if (node.is("Div")) number = 1.0 / number;
      if (node.is("Sub") && side == 0) number = -number;
    }
    const double sign = node.is("Sub") && side == 1 ? -1.0 : 1.0;
    affine.factor = product ? numbers : std::vector<double>(channels, sign);
    affine.offset = product ? std::vector<double>(channels, 0.0) : numbers;
    const auto finite = [](double value) { return std::isfinite(value); };
    if (!std::all_of(numbers.begin(), numbers.end(), finite)) return std::nullopt;
    return affine;
  }
  return std::nullopt;
}

/// Zeros around the input are added after the affine map, so an offset is exact only without them.
bool pads(const Node& conv) {
  const std::string automatic = conv.string_or("auto_pad", "NOTSET");
  if (automatic != "NOTSET" && automatic != "VALID") return true;
  const auto widths = conv.ints_or("pads", {});
  return std::any_of(widths.begin(), widths.end(), [](std::int64_t width) { return width != 0; });
}

/// Multiplies the weights of every input channel by its factor and moves the offsets to the bias.
void fold(Graph& graph, NodeId id, const Affine& affine) {
  const ValueId weight = graph.node(id).input(1);
  const Tensor tensor = *graph.constant(weight);
  const Shape& shape = tensor.shape();
  const std::int64_t groups = graph.node(id).int_or("group", 1);
  const std::int64_t per_group = shape[0] / groups;
  const std::int64_t inner = element_count(shape) / (shape[0] * shape[1]);
  std::vector<float> weights(tensor.data<float>().begin(), tensor.data<float>().end());
  std::vector<double> shift(static_cast<std::size_t>(shape[0]), 0.0);
  std::size_t at = 0;
  for (std::int64_t o = 0; o < shape[0]; ++o) {
    for (std::int64_t i = 0; i < shape[1]; ++i) {
      const auto channel = static_cast<std::size_t>(o / per_group * shape[1] + i);
      for (std::int64_t k = 0; k < inner; ++k, ++at) {
        const auto value = static_cast<double>(weights[at]);
        shift[static_cast<std::size_t>(o)] += value * affine.offset[channel];
        weights[at] = static_cast<float>(value * affine.factor[channel]);
      }
    }
  }
  const std::string name = graph.value(weight).name;
  const ValueId folded = graph.add_constant(graph.fresh_value_name(name + "_folded"),
                                            Tensor::of<float>(shape, weights));
  const ValueId between = graph.node(id).input(0);
  graph.set_input(id, 0, affine.x);
  graph.set_input(id, 1, folded);
  remove_unread(graph, {between});
  if (std::any_of(shift.begin(), shift.end(), [](double value) { return value != 0.0; })) {
    scale_and_shift(graph, as_linear(graph, id), std::vector<double>(shift.size(), 1.0), shift);
  }
}

/// An affine map in front of Conv goes into its weights and bias, which saves int8 a
/// requantization.
std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    const Node& conv = graph.node(id);
    if (!conv.is("Conv") || as_linear(graph, id).id == NodeId::kNone) continue;
    const ValueId input = conv.input(0);
    const NodeId producer = input == ValueId::kNone ? NodeId::kNone : graph.value(input).producer;
    if (producer == NodeId::kNone || only_reader(graph, input) != id) continue;
    const Shape& weight = graph.constant(conv.input(1))->shape();
    const auto channels = static_cast<std::size_t>(weight[1] * conv.int_or("group", 1));
    const auto affine = as_affine(graph, graph.node(producer), channels, weight.size());
    if (!affine || affine->x == ValueId::kNone || graph.constant(affine->x) != nullptr) continue;
    const bool offset = std::any_of(affine->offset.begin(), affine->offset.end(),
                                    [](double value) { return value != 0.0; });
    if (offset && pads(conv)) continue;
    fold(graph, id, *affine);
    ++times;
  }
  return times;
}

}  // namespace

const Rewrite kArithmeticBeforeConv = {"arithmetic before Conv", apply};

}  // namespace xquant::simplify

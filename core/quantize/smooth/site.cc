#include "quantize/smooth/site.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace xquant::quantize {
namespace {

bool is_vector(const Graph& graph, ValueId value, std::size_t channels) {
  const Tensor* tensor = graph.constant(value);
  return tensor != nullptr && tensor->type() == DataType::kFloat && !graph.is_input(value) &&
         tensor->shape() == Shape{static_cast<std::int64_t>(channels)};
}

bool is_own_vector(const Graph& graph, ValueId value, std::size_t channels) {
  return is_vector(graph, value, channels) && graph.uses(value).size() == 1 &&
         !graph.is_output(value);
}

std::optional<SmoothReader> as_reader(const Graph& graph, const plan::QuantPlan& plan,
                                      const Use& use, std::size_t channels) {
  if (use.position != 0 || !graph.node(use.node).is("MatMul") || !plan.node(use.node).quantized) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < plan.constants.size(); ++i) {
    const plan::ConstantOperand& operand = plan.constants[i];
    if (operand.use.node != use.node || operand.use.position != 1) continue;
    const Tensor& weight = *graph.constant(operand.value);
    if (weight.shape().size() != 2 || weight.shape()[0] != static_cast<std::int64_t>(channels) ||
        graph.uses(operand.value).size() != 1 || graph.is_output(operand.value)) {
      return std::nullopt;
    }
    auto product = find_float_product(graph, plan, i);
    if (product && product->scales) {
      return SmoothReader{use.node, operand.value, true, false, std::move(product)};
    }
    return SmoothReader{use.node, operand.value, operand.params.axis == 1, operand.power_of_two};
  }
  return std::nullopt;
}

/// Whether the node normalizes over the last axis alone and has a scale (and bias) of its own.
bool is_normalization(const Graph& graph, const Node& node, const Shape& shape) {
  if (!node.is("LayerNormalization") && !node.is("RMSNormalization")) return false;
  const std::int64_t axis = node.int_or("axis", -1);
  if (axis != -1 && axis + 1 != static_cast<std::int64_t>(shape.size())) return false;
  const auto channels = static_cast<std::size_t>(shape.back());
  return is_vector(graph, node.input(1), channels) &&
         (node.input(2) == ValueId::kNone || is_vector(graph, node.input(2), channels));
}

/// Movement, or what makes other values than an activation's: one-hot vectors, embeddings.
bool only_moves_elements(const Node& node) {
  static constexpr std::array<std::string_view, 14> kTypes = {
      "Cast",   "OneHot", "Gather", "Reshape", "Transpose", "Flatten", "Squeeze",
      "Concat", "Slice",  "Split",  "Pad",     "Expand",    "Tile",    "Unsqueeze"};
  return std::ranges::any_of(kTypes, [&](std::string_view type) { return node.is(type); });
}

bool owns_its_vectors(const Graph& graph, const Node& node, std::size_t channels) {
  return is_own_vector(graph, node.input(1), channels) &&
         (node.input(2) == ValueId::kNone || is_own_vector(graph, node.input(2), channels));
}

std::optional<SmoothSite> as_site(const Graph& graph, const Trace& trace,
                                  const plan::QuantPlan& plan, ValueId tensor) {
  const auto traced = trace.find(tensor);
  if (traced == trace.end() || traced->second.type != DataType::kFloat ||
      traced->second.shape.empty()) {
    return std::nullopt;
  }
  const Shape& shape = traced->second.shape;
  SmoothSite site{
      .tensor = tensor, .readers = {}, .channels = static_cast<std::size_t>(shape.back())};
  for (const Use& use : graph.uses(tensor)) {
    if (const auto reader = as_reader(graph, plan, use, site.channels)) {
      site.readers.push_back(*reader);
    }
  }
  if (site.readers.empty()) return std::nullopt;
  const NodeId producer = graph.value(tensor).producer;
  const Node& node = graph.node(producer);
  const bool normalization = is_normalization(graph, node, shape);
  const bool alone = site.readers.size() == graph.uses(tensor).size() && !graph.is_output(tensor);
  if (normalization && alone && owns_its_vectors(graph, node, site.channels)) {
    site.divisor = Divisor::kNormalization;
  } else if (!plan.node(producer).quantized && !only_moves_elements(node)) {
    site.divisor = Divisor::kMul;
  } else if (normalization) {
    site.divisor = Divisor::kCopy;
  } else {
    return std::nullopt;
  }
  return site;
}

}  // namespace

std::vector<SmoothSite> find_smooth_sites(const Graph& graph, const Trace& trace,
                                          const plan::QuantPlan& plan) {
  std::vector<SmoothSite> sites;
  for (const NodeId id : graph.topological_order()) {
    const ValueId result = graph.node(id).output(0);
    if (result == ValueId::kNone) continue;
    if (auto site = as_site(graph, trace, plan, result)) sites.push_back(std::move(*site));
  }
  return sites;
}

}  // namespace xquant::quantize

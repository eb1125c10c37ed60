#include <cmath>

#include "simplify/fold_into_weights.h"
#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

/// y = scale * x + shift for each channel: scale = gamma / sqrt(var + epsilon), shift = beta - mean
/// * scale (ONNX BatchNormalization in inference mode).
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;
};

bool constants_fit(const Graph& graph, const Node& node, std::int64_t channels) {
  for (std::size_t i = 1; i <= 4; ++i) {
    const Tensor* tensor = graph.constant(node.input(i));
    if (tensor == nullptr || tensor->type() != DataType::kFloat || tensor->size() != channels ||
        graph.is_input(node.input(i))) {
      return false;
    }
  }
  return true;
}

Affine affine_of(const Graph& graph, const Node& node) {
  const auto gamma = graph.constant(node.input(1))->data<float>();
  const auto beta = graph.constant(node.input(2))->data<float>();
  const auto mean = graph.constant(node.input(3))->data<float>();
  const auto variance = graph.constant(node.input(4))->data<float>();
  const double epsilon = static_cast<double>(node.float_or("epsilon", 1e-5F));
  Affine affine;
  for (std::size_t c = 0; c < gamma.size(); ++c) {
    const double scale =
        static_cast<double>(gamma[c]) / std::sqrt(static_cast<double>(variance[c]) + epsilon);
    affine.scale.push_back(scale);
    affine.shift.push_back(static_cast<double>(beta[c]) - static_cast<double>(mean[c]) * scale);
  }
  return affine;
}

bool is_inference(const Graph& graph, const Node& node) {
  if (node.int_or("training_mode", 0) != 0 || node.int_or("spatial", 1) == 0) return false;
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    const ValueId extra = node.outputs[i];
    if (extra != ValueId::kNone && (!graph.uses(extra).empty() || graph.is_output(extra)))
      return false;
  }
  return true;
}

std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    if (!node.is("BatchNormalization") || !is_inference(graph, node)) continue;
    const ValueId input = node.input(0);
    if (input == ValueId::kNone || only_reader(graph, input) != id) continue;
    const LinearNode linear = as_linear(graph, graph.value(input).producer);
    if (linear.id == NodeId::kNone || !constants_fit(graph, node, linear.channels)) continue;
    const Affine affine = affine_of(graph, node);
    scale_and_shift(graph, linear, affine.scale, affine.shift);
    absorb(graph, linear.id, id);
    ++times;
  }
  return times;
}

}  // namespace

const Rewrite kBatchNormalization = {"BatchNormalization folding", apply};

}  // namespace xquant::simplify

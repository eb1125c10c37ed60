#include "integer/replay.h"

#include <algorithm>

#include "integer/fused.h"
#include "integer/kernels/kernels.h"

namespace xquant::integer {
namespace {

/// Operands that are one tensor stand among the island's inputs once.
std::size_t place_of(const Island& island, const std::string& name) {
  const auto found = std::find(island.inputs.begin(), island.inputs.end(), name);
  return static_cast<std::size_t>(found - island.inputs.begin());
}

}  // namespace

Replay replay_of(const Lowered& lowered, const Island& island, std::span<const Tensor> inputs,
                 const Tensor& output) {
  const Graph& graph = lowered.graph;
  const Node& node = graph.node(graph.value(graph.find_value(island.output)).producer);
  std::vector<const Tensor*> constants, tensors;
  std::vector<runtime::TensorView> operands;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    constants.push_back(node.inputs[i] == ValueId::kNone ? nullptr
                                                         : graph.constant(node.inputs[i]));
    const bool changes = node.inputs[i] != ValueId::kNone && constants.back() == nullptr;
    tensors.push_back(changes ? &inputs[place_of(island, graph.value(node.inputs[i]).name)]
                              : constants.back());
    operands.push_back(tensors.back() == nullptr ? runtime::TensorView{}
                                                 : runtime::view_of(*tensors.back()));
  }
  const auto kernel = kernels::find(node.domain, node.op_type, 1)({node, 1, constants});
  const runtime::MutableView result{output.type(), output.shape(), nullptr};
  const auto& described = dynamic_cast<const kernels::IntegerKernel&>(*kernel);
  const std::size_t second = Fused::position(1);
  Replay replay{.step = described.describe(runtime::Operands(operands), std::span(&result, 1)),
                .x = tensors[0],
                .second = second + 2 < node.inputs.size() ? tensors[second] : nullptr};
  for (std::size_t i = 0; i < replay.step.operands.size(); ++i)
    replay.operands.push_back(tensors[Fused::position(i)]);
  return replay;
}

}  // namespace xquant::integer

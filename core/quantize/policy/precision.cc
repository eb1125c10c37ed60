#include "quantize/policy/precision.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "quantize/policy/operands.h"
#include "quantize/policy/units.h"

namespace xquant::quantize {
namespace {

using config::PrecisionLevel;

constexpr std::array<std::string_view, 11> kNormalizations = {"BatchNormalization",
                                                              "GroupNormalization",
                                                              "InstanceNormalization",
                                                              "LayerNormalization",
                                                              "LRN",
                                                              "LpNormalization",
                                                              "MeanVarianceNormalization",
                                                              "RMSNormalization",
                                                              "SimplifiedLayerNormalization",
                                                              "SkipLayerNormalization",
                                                              "SkipSimplifiedLayerNormalization"};
constexpr std::array<std::string_view, 3> kSoftmaxLike = {"Softmax", "LogSoftmax", "Hardmax"};
constexpr std::array<std::string_view, 6> kGeluLike = {"Gelu",     "FastGelu", "QuickGelu",
                                                       "BiasGelu", "Mish",     "Erf"};
constexpr std::array<std::string_view, 5> kOfTwo = {"Add", "Sub", "Mul", "Div", "Sum"};

bool is_of_two_activations(const Graph& graph, const Node& node) {
  if (!node.is_one_of(kOfTwo)) return false;
  return std::none_of(node.inputs.begin(), node.inputs.end(),
                      [&](ValueId input) { return graph.constant(input) != nullptr; });
}

}  // namespace

std::string float_by_precision(const Graph& graph, const Node& node, PrecisionLevel level,
                               const plan::Target& target) {
  if (level == PrecisionLevel::kInt8) return "";
  if (level == PrecisionLevel::kDynamic) return "precision_level 3 of a custom_setting";
  const std::string why = "precision_level " + std::to_string(static_cast<int>(level)) + " keeps ";
  if (node.is_one_of(kNormalizations)) return why + "normalizations float";
  if (node.is_one_of(kSoftmaxLike)) return why + "Softmax-like operators float";
  if (node.is_one_of(kGeluLike)) return why + "Gelu-like operators float";
  if (!target.fused_matmul_bias && biased_product(graph, node) != ValueId::kNone) {
    return why + "the bias of a MatMul float";
  }
  if (level != PrecisionLevel::kFloatSums) return "";
  // Inside a unit nothing is rounded. In float behind it, the unit's first result would be.
  if (is_in_fused_gate(graph, target, node)) return "";
  if (is_of_two_activations(graph, node)) {
    return why + "sums, differences and products of two activations float";
  }
  return node.is("Sigmoid") ? why + "Sigmoid float" : "";
}

}  // namespace xquant::quantize

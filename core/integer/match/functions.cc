#include "integer/match/functions.h"

#include <cmath>
#include <string_view>

#include "integer/match/operand.h"
#include "integer/match/result.h"

namespace xquant::integer {
namespace {

struct Function {
  std::string_view op_type;
  xq_unary_op op;
  const char* alpha = nullptr;  ///< attribute
  float alpha_default = 0;
  const char* beta = nullptr;
  float beta_default = 0;
};

// Attributes and defaults of the ONNX operators.
constexpr Function kFunctions[] = {
    {"Relu", XQ_RELU},
    {"LeakyRelu", XQ_LEAKY_RELU, "alpha", 0.01F},
    {"Abs", XQ_ABS},
    {"Neg", XQ_NEG},
    {"HardSigmoid", XQ_HARD_SIGMOID, "alpha", 0.2F, "beta", 0.5F},
    {"HardSwish", XQ_HARD_SWISH},
    {"Reciprocal", XQ_RECIPROCAL},
    {"Sqrt", XQ_SQRT},
    {"Exp", XQ_EXP},
    {"Log", XQ_LOG},
    {"Sigmoid", XQ_SIGMOID},
    {"Tanh", XQ_TANH},
    {"Erf", XQ_ERF},
    {"Softplus", XQ_SOFTPLUS},
    {"Swish", XQ_SILU, "alpha", 1.0F},
    {"Gelu", XQ_GELU},
    {"Elu", XQ_ELU, "alpha", 1.0F},
    {"Selu", XQ_SELU, "alpha", 1.67326319217681884765625F, "gamma", 1.05070102214813232421875F},
    {"Mish", XQ_MISH},
    {"Softsign", XQ_SOFTSIGN},
    {"Celu", XQ_CELU, "alpha", 1.0F},
    {"Shrink", XQ_SHRINK, "lambd", 0.5F, "bias", 0.0F},
    {"ThresholdedRelu", XQ_THRESHOLDED_RELU, "alpha", 1.0F},
    {"Sign", XQ_SIGN},
    {"Round", XQ_TO_NEAREST},
    {"Floor", XQ_TO_FLOOR},
    {"Ceil", XQ_TO_CEIL},
};

struct BinaryFunction {
  std::string_view op_type;
  xq_binary_op op;
};
constexpr BinaryFunction kBinaryFunctions[] = {
    {"Add", XQ_ADD}, {"Sub", XQ_SUB},     {"Mul", XQ_MUL}, {"Div", XQ_DIV}, {"Min", XQ_MIN},
    {"Max", XQ_MAX}, {"PRelu", XQ_PRELU}, {"Sum", XQ_ADD}, {"Pow", XQ_POW},
};

}  // namespace

std::optional<Stage::Step> unary_function(const Graph& graph, const Node& node) {
  if (!node.domain.empty()) return {};
  Stage::Step step{.kind = XQ_STEP_UNARY};
  if (node.is("Clip")) {
    const std::optional<Bounds> bounds = bounds_of(graph, node);
    if (!bounds) return {};
    step.op = XQ_CLIP;
    step.alpha = bounds->low;
    step.beta = bounds->high;
    return step;
  }
  for (const Function& function : kFunctions) {
    if (function.op_type != node.op_type) continue;
    step.op = function.op;
    if (function.alpha != nullptr)
      step.alpha = node.float_or(function.alpha, function.alpha_default);
    if (function.beta != nullptr) step.beta = node.float_or(function.beta, function.beta_default);
    if (node.is("Gelu") && node.string_or("approximate", "none") == "tanh") step.op = XQ_GELU_TANH;
    return step;
  }
  return {};
}

std::optional<xq_binary_op> binary_function(const Node& node) {
  if (!node.domain.empty()) return {};
  if (node.is("Mod")) return node.int_or("fmod", 0) != 0 ? std::optional(XQ_FMOD) : std::nullopt;
  for (const BinaryFunction& function : kBinaryFunctions) {
    if (function.op_type == node.op_type) return function.op;
  }
  return {};
}

std::optional<BatchFactors> batch_factors(const Graph& graph, const Node& node) {
  if (!node.is("BatchNormalization") || node.outputs.size() > 1) return {};
  if (node.int_or("training_mode", 0) != 0 || node.int_or("spatial", 1) == 0) return {};
  std::vector<std::vector<float>> factors;  // scale, bias, mean, variance
  for (std::size_t i = 1; i <= 4; ++i) {
    const std::optional<Tensor> real = real_constant(resolve(graph, node.input(i)));
    if (!real || real->shape().size() != 1) return {};
    factors.emplace_back(real->data<float>().begin(), real->data<float>().end());
    if (factors[i - 1].size() != factors[0].size()) return {};
  }
  const float epsilon = node.float_or("epsilon", 1e-5F);
  for (std::size_t c = 0; c < factors[0].size(); ++c)
    factors[0][c] /= std::sqrt(factors[3][c] + epsilon);
  return BatchFactors{.mean = factors[2], .factor = factors[0], .bias = factors[1]};
}

}  // namespace xquant::integer

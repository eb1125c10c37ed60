#include "onnx/arity.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace xquant::onnx {
namespace {

// Of all versions of an operator the smallest number, from its schema; what is not listed takes
// one.
constexpr auto kNone =
    std::to_array<std::string_view>({"Constant", "Loop", "Optional", "OptionalHasElement",
                                     "RandomNormal", "RandomUniform", "Scan", "SequenceEmpty"});
constexpr auto kTwo = std::to_array<std::string_view>({"Add",
                                                       "AffineGrid",
                                                       "And",
                                                       "BitShift",
                                                       "BitwiseAnd",
                                                       "BitwiseOr",
                                                       "BitwiseXor",
                                                       "CastLike",
                                                       "CenterCropPad",
                                                       "Compress",
                                                       "Conv",
                                                       "ConvInteger",
                                                       "ConvTranspose",
                                                       "CumSum",
                                                       "DequantizeLinear",
                                                       "Div",
                                                       "Equal",
                                                       "Expand",
                                                       "Gather",
                                                       "GatherElements",
                                                       "GatherND",
                                                       "Gemm",
                                                       "Greater",
                                                       "GreaterOrEqual",
                                                       "GridSample",
                                                       "LayerNormalization",
                                                       "Less",
                                                       "LessOrEqual",
                                                       "MatMul",
                                                       "MatMulInteger",
                                                       "MaxRoiPool",
                                                       "MaxUnpool",
                                                       "Mod",
                                                       "Mul",
                                                       "NegativeLogLikelihoodLoss",
                                                       "NonMaxSuppression",
                                                       "Or",
                                                       "PRelu",
                                                       "Pow",
                                                       "QuantizeLinear",
                                                       "RMSNormalization",
                                                       "ReverseSequence",
                                                       "STFT",
                                                       "SequenceAt",
                                                       "SequenceInsert",
                                                       "SoftmaxCrossEntropyLoss",
                                                       "StringConcat",
                                                       "Sub",
                                                       "TensorScatter",
                                                       "Tile",
                                                       "Xor"});
constexpr auto kThree = std::to_array<std::string_view>(
    {"Attention", "Col2Im", "DeformConv", "GRU", "GroupNormalization", "InstanceNormalization",
     "LSTM", "OneHot", "RNN", "Range", "RoiAlign", "RotaryEmbedding", "Scatter", "ScatterElements",
     "ScatterND", "Where"});
constexpr auto kFive = std::to_array<std::string_view>({"BatchNormalization", "MelWeightMatrix"});
constexpr auto kEight = std::to_array<std::string_view>({"QLinearConv", "QLinearMatMul"});

/// Operators that take an operand for what was an attribute before the opset.
struct Grown {
  std::string_view op_type;
  std::int64_t since;
  std::size_t inputs;
};
constexpr auto kGrown = std::to_array<Grown>({{"Pad", 11, 2},
                                              {"Reshape", 5, 2},
                                              {"Slice", 10, 3},
                                              {"TopK", 10, 2},
                                              {"Unsqueeze", 13, 2},
                                              {"Upsample", 9, 2}});

}  // namespace

std::size_t required_inputs(const Node& node, std::int64_t opset) {
  if (!node.domain.empty()) return 0;
  for (const Grown& grown : kGrown) {
    if (node.op_type == grown.op_type && opset >= grown.since) return grown.inputs;
  }
  if (node.is_one_of(kNone)) return 0;
  if (node.is_one_of(kTwo)) return 2;
  if (node.is_one_of(kThree)) return 3;
  if (node.is_one_of(kFive)) return 5;
  return node.is_one_of(kEight) ? 8 : 1;
}

bool may_lack_first_output(const Node& node) {
  constexpr auto kTypes = std::to_array<std::string_view>(
      {"GRU", "If", "LSTM", "Loop", "RNN", "Scan", "SequenceMap", "Split"});
  return !node.domain.empty() || node.is_one_of(kTypes);
}

}  // namespace xquant::onnx

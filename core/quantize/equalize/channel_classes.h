#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "quantize/policy/trace.h"

namespace xquant::quantize {

/// Which channels of which tensors have to be scaled together so that the model's function stays as
/// it is. A channel is an index of axis 1. Scaling every channel of a class by one positive number
/// passes unchanged through operators that are homogeneous (Relu, LeakyRelu, pooling, Add of
/// tensors of one class, Concat, Split, channel shuffles, ...); operators with constant weights
/// (Conv, ConvTranspose, Gemm, MatMul) take it in and give it out through their weights. Every
/// other operator, and the model's inputs and outputs, pin their channels to scale 1.
class ChannelClasses {
 public:
  static constexpr std::int32_t kPinned = 0;

  /// The class of every channel; nullptr when the tensor has none (no float tensor with axis 1).
  const std::vector<std::int32_t>* of(ValueId value) const {
    const auto found = classes_.find(value);
    return found == classes_.end() ? nullptr : &found->second;
  }
  std::int32_t count() const { return count_; }

  /// trace: shapes of all values.
  static ChannelClasses find(const Graph& graph, const Trace& trace,
                             const runtime::OpsetImports& opsets);

 private:
  friend class ClassFinder;
  std::map<ValueId, std::vector<std::int32_t>> classes_;  ///< numbered from 1, kPinned = 0
  std::int32_t count_ = 1;
};

/// Operators through whose constant weights scales are taken in and given out, and the axes of
/// these channels in the weights.
struct WeightAxes {
  std::size_t input = 0;   ///< axis of input channels
  std::size_t output = 0;  ///< axis of output channels
  std::int64_t groups = 1;
};
/// nullopt: not such an operator, or its weights or bias are not its own constants.
std::optional<WeightAxes> weight_axes(const Graph& graph, const Trace& trace, const Node& node);

/// The constant operand of an Add that has one element for each channel, as its position; nullopt
/// when the Add has none.
std::optional<std::size_t> channel_constant(const Graph& graph, const Trace& trace,
                                            const Node& node);

}  // namespace xquant::quantize

#include "quantize/equalize/class_scales.h"

#include <algorithm>
#include <cmath>

#include "runtime/math/math.h"

namespace xquant::quantize {
namespace {

constexpr float kMostClassWidening = 64;

/// The channel of a weight's input or output axis, in the tensor that is read or written.
std::size_t channel_of(std::size_t index_on_axis, std::size_t group, std::size_t per_group) {
  return group * per_group + index_on_axis;
}

class Scaler {
 public:
  Scaler(const Trace& trace, const ChannelClasses& classes, const ClassScales& scales, Graph& graph)
      : trace_(trace), classes_(classes), scales_(scales), graph_(graph) {}

  void apply() {
    for (const NodeId id : graph_.topological_order()) {
      const Node node = graph_.node(id);
      if (const auto axes = weight_axes(graph_, trace_, node)) {
        scale_weights(id, node, *axes);
      } else if (node.is("Add") && classes_.of(node.output(0)) != nullptr) {
        if (const auto constant = channel_constant(graph_, trace_, node)) {
          divide(id, *constant, *classes_.of(node.output(0)));
        }
      }
    }
  }

 private:
  float scale(const std::vector<std::int32_t>* classes, std::size_t channel) const {
    if (classes == nullptr || channel >= classes->size()) return 1.0F;
    return scales_[static_cast<std::size_t>((*classes)[channel])];
  }

  void scale_weights(NodeId id, const Node& node, const WeightAxes& axes) {
    const auto* in = classes_.of(node.input(0));
    const auto* out = classes_.of(node.output(0));
    const Tensor weight = *graph_.constant(node.input(1));
    const Shape& shape = weight.shape();
    const auto groups = static_cast<std::size_t>(axes.groups);
    // Conv holds all outputs and the inputs of one group, ConvTranspose the other way round.
    const bool outputs_first = axes.output == 0;
    const auto rows = static_cast<std::size_t>(shape[0]),
               columns = static_cast<std::size_t>(shape[1]);
    const std::size_t inner = static_cast<std::size_t>(weight.size()) / (rows * columns);
    const auto source = weight.data<float>();
    bool changes = false;  // else the weights stay shared with the model as it is
    Tensor scaled = Tensor::made<float>(shape, [&](float* values) {
      for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t group = r / (rows / groups);
        for (std::size_t c = 0; c < columns; ++c) {
          const std::size_t other = channel_of(c, group, columns);
          const double factor = static_cast<double>(scale(in, outputs_first ? other : r)) /
                                static_cast<double>(scale(out, outputs_first ? r : other));
          changes = changes || factor != 1.0;
          for (std::size_t i = 0; i < inner; ++i) {
            const std::size_t at = (r * columns + c) * inner + i;
            values[at] = static_cast<float>(static_cast<double>(source[at]) * factor);
          }
        }
      }
    });
    if (changes) replace(id, 1, std::move(scaled));
    if (node.input(2) != ValueId::kNone && out != nullptr) divide(id, 2, *out);
  }

  void divide(NodeId id, std::size_t position, const std::vector<std::int32_t>& classes) {
    const Tensor constant = *graph_.constant(graph_.node(id).input(position));
    const auto source = constant.data<float>();
    std::vector<float> values;
    for (std::size_t c = 0; c < source.size(); ++c) {
      values.push_back(static_cast<float>(static_cast<double>(source[c]) /
                                          static_cast<double>(scale(&classes, c))));
    }
    replace(id, position, Tensor::of<float>(constant.shape(), values));
  }

  /// In place when nobody else reads the constant, so that ids and names stay.
  void replace(NodeId id, std::size_t position, Tensor tensor) {
    const ValueId value = graph_.node(id).input(position);
    if (graph_.uses(value).size() == 1) {
      graph_.value(value).constant = std::move(tensor);
      return;
    }
    const std::string name = graph_.fresh_value_name(graph_.value(value).name);
    graph_.set_input(id, position, graph_.add_constant(name, std::move(tensor)));
  }

  const Trace& trace_;
  const ChannelClasses& classes_;
  const ClassScales& scales_;
  Graph& graph_;
};

/// Geometric means, over the tensors that a class occurs in, of its share of the widest channel.
class MeanShares {
 public:
  explicit MeanShares(std::size_t classes) : logarithms_(classes, 0.0F), members_(classes, 0.0F) {}

  /// exponent: 1, or -1 where the class multiplies instead of dividing.
  void add(const std::vector<std::int32_t>& classes, const std::vector<float>& extents,
           float exponent) {
    const float widest = *std::max_element(extents.begin(), extents.end());
    if (!(widest > 0)) return;
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const float share = std::max(extents[c] / widest, 1 / kMostClassWidening);
      float logarithm = 0;
      runtime::math::log(&share, &logarithm, 1);
      const auto k = static_cast<std::size_t>(classes[c]);
      logarithms_[k] += exponent * logarithm;
      members_[k] += 1;
    }
  }

  /// Of the pinned class 1.
  ClassScales scales(float strength) const {
    ClassScales scales(members_.size(), 1.0F);
    for (std::size_t k = 1; k < scales.size(); ++k) {
      if (members_[k] == 0) continue;
      const float exponent = strength * logarithms_[k] / members_[k];
      runtime::math::exp(&exponent, &scales[k], 1);
    }
    return scales;
  }

 private:
  std::vector<float> logarithms_, members_;
};

}  // namespace

ClassScales choose_class_scales(const ChannelClasses& classes, const RangesByValue& ranges,
                                std::span<const WeightExtents> weights, float strength) {
  MeanShares shares(static_cast<std::size_t>(classes.count()));
  for (const auto& [value, channels] : ranges) {
    const auto* mine = classes.of(value);
    if (mine == nullptr || channels.low.size() != mine->size()) continue;
    std::vector<float> extents;
    for (std::size_t c = 0; c < mine->size(); ++c) {
      extents.push_back(std::max(channels.high[c], -channels.low[c]));
    }
    shares.add(*mine, extents, 1.0F);
  }
  for (const WeightExtents& weight : weights) {
    shares.add(*weight.classes, weight.extents, weight.taken_in ? -1.0F : 1.0F);
  }
  return shares.scales(strength);
}

ClassScales to_powers_of_two(const ClassScales& scales) {
  constexpr float kRootHalf = 0.70710678F;
  ClassScales rounded;
  for (const float scale : scales) {
    int exponent = 0;
    const float mantissa = std::frexp(scale, &exponent);  // scale = mantissa * 2^exponent
    rounded.push_back(std::ldexp(1.0F, mantissa < kRootHalf ? exponent - 1 : exponent));
  }
  return rounded;
}

void apply_class_scales(const Trace& trace, const ChannelClasses& classes,
                        const ClassScales& scales, Graph& graph) {
  Scaler(trace, classes, scales, graph).apply();
}

}  // namespace xquant::quantize

#include <algorithm>
#include <numeric>
#include <optional>

#include "simplify/deviation.h"
#include "simplify/ranks.h"
#include "simplify/replace.h"
#include "simplify/rewrite.h"
#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

/// What a normalization is applied with: y = (x - mean) / deviation * scale + bias.
struct Affine {
  ValueId result = ValueId::kNone;
  Coefficient scale{1.0};
  ValueId bias = ValueId::kNone;
};

/// value as a normalization of x, written in the leaves x, mean, deviation.
std::optional<Affine> as_affine(const Graph& graph, ValueId value, const Deviation& deviation) {
  const bool centred = deviation.mean != ValueId::kNone;
  Leaves leaves{deviation.x, deviation.value};
  if (centred) leaves.push_back(deviation.mean);
  const auto expression = Expression::of(graph, value, leaves);
  if (!expression) return std::nullopt;
  const int inverse = -deviation.power;
  auto terms = expression->terms();
  const auto take = [&](const Powers& powers) {
    const auto found = terms.find(powers);
    std::optional<Coefficient> taken;
    if (found == terms.end()) return taken;
    taken = found->second;
    terms.erase(found);
    return taken;
  };
  const auto scale = take({1, inverse, 0});
  if (!scale) return std::nullopt;
  if (centred) {
    const auto mean = take({0, inverse, 1});
    if (!mean || mean->tensor != scale->tensor || mean->number != -scale->number) {
      return std::nullopt;
    }
  }
  if (!keeps_rank(graph, deviation.x, expression->number_rank())) return std::nullopt;
  Affine affine{.result = value, .scale = *scale};
  if (const auto bias = take({0, 0, 0})) {
    if (bias->tensor == ValueId::kNone || bias->number != 1.0) return std::nullopt;
    affine.bias = bias->tensor;
  }
  return terms.empty() ? std::optional(affine) : std::nullopt;
}

/// The last value behind the deviation that is a normalization as a whole.
std::optional<Affine> find_affine(const Graph& graph, const Deviation& deviation) {
  std::optional<Affine> last;
  for (const ValueId value :
       followers(graph, deviation.value, {"Reciprocal", "Div", "Mul", "Add", "Sub"}, 5)) {
    const auto affine = as_affine(graph, value, deviation);
    // RMSNormalization has no bias.
    const bool fits =
        affine && (deviation.mean != ValueId::kNone || affine->bias == ValueId::kNone);
    if (fits) last = affine;
  }
  return last;
}

/// Where the normalized dimensions lie in x.
struct Place {
  std::int64_t axis = -1;            ///< first normalized dimension, counted from the end
  std::vector<std::int64_t> to_end;  ///< Transpose that moves the axis to the end; empty: none
};

std::optional<Place> place_of(const Deviation& deviation, std::optional<std::size_t> rank) {
  std::vector<std::int64_t> axes = deviation.axes;
  for (std::int64_t& axis : axes) {
    if (axis < 0) continue;
    if (!rank) return std::nullopt;
    axis -= static_cast<std::int64_t>(*rank);
    if (axis >= 0) return std::nullopt;
  }
  std::sort(axes.begin(), axes.end());
  const auto count = static_cast<std::int64_t>(axes.size());
  const bool is_tail = axes.front() == -count && axes.back() == -1 &&
                       std::adjacent_find(axes.begin(), axes.end()) == axes.end();
  if (is_tail) return Place{-count, {}};
  if (count != 1 || !rank) return std::nullopt;
  const std::int64_t axis = axes[0] + static_cast<std::int64_t>(*rank);
  if (axis < 0) return std::nullopt;
  Place place;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(*rank); ++i) {
    if (i != axis) place.to_end.push_back(i);
  }
  place.to_end.push_back(axis);
  return place;
}

std::vector<std::int64_t> inverse_of(const std::vector<std::int64_t>& permutation) {
  std::vector<std::int64_t> inverse(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    inverse[static_cast<std::size_t>(permutation[i])] = static_cast<std::int64_t>(i);
  }
  return inverse;
}

/// The dimensions of scale and bias that the node wants, or nullopt when the constant does not vary
/// along the normalized dimensions alone.
std::optional<Shape> operand_shape(const Shape& shape, const Place& place) {
  if (place.to_end.empty()) {
    const auto count = static_cast<std::size_t>(-place.axis);
    Shape tail = shape;
    while (tail.size() > count && tail.front() == 1) tail.erase(tail.begin());
    return tail.size() == count ? std::optional(tail) : std::nullopt;
  }
  const std::size_t rank = place.to_end.size();
  const auto axis = static_cast<std::size_t>(place.to_end.back());
  if (shape.size() > rank || shape.size() < rank - axis) return std::nullopt;
  const std::int64_t channels = shape[axis - (rank - shape.size())];
  return element_count(shape) == channels ? std::optional(Shape{channels}) : std::nullopt;
}

class Fusion {
 public:
  Fusion(Graph& graph, const Deviation& deviation, const Affine& affine, const Place& place)
      : graph_(graph), deviation_(deviation), affine_(affine), place_(place) {}

  /// false when the constants do not fit; the graph is then as it was.
  bool apply() {
    const auto scale_shape = constant_shape(affine_.scale.tensor);
    const auto bias_shape = constant_shape(affine_.bias);
    if (affine_.bias != ValueId::kNone && !bias_shape) return false;
    if (affine_.scale.tensor != ValueId::kNone && !scale_shape) return false;
    // A normalization without scale still needs one of known length.
    const auto ones = scale_shape ? scale_shape : bias_shape ? bias_shape : declared_tail();
    if (!ones) return false;
    if (deviation_.count != 0.0 &&
        !same_number(deviation_.count, static_cast<double>(element_count(*ones)))) {
      return false;
    }
    std::vector<ValueId> inputs{before()};
    inputs.push_back(scale(*ones));
    if (affine_.bias != ValueId::kNone) inputs.push_back(fitted(affine_.bias, *bias_shape));
    finish(std::move(inputs));
    return true;
  }

 private:
  std::optional<Shape> constant_shape(ValueId value) const {
    if (value == ValueId::kNone) return std::nullopt;
    return operand_shape(graph_.constant(value)->shape(), place_);
  }

  std::optional<Shape> declared_tail() const {
    const auto& declared = graph_.value(deviation_.x).type.shape;
    const auto count = static_cast<std::size_t>(-place_.axis);
    if (!declared || !place_.to_end.empty() || declared->size() < count) return std::nullopt;
    Shape tail;
    for (std::size_t i = declared->size() - count; i < declared->size(); ++i) {
      const auto* dim = std::get_if<std::int64_t>(&(*declared)[i]);
      if (dim == nullptr || *dim <= 0) return std::nullopt;
      tail.push_back(*dim);
    }
    return tail;
  }

  std::string result_name() const { return graph_.value(affine_.result).name; }

  ValueId fitted(ValueId constant, const Shape& shape) {
    const Tensor tensor = *graph_.constant(constant);
    if (tensor.shape() == shape) return constant;
    return graph_.add_constant(graph_.fresh_value_name(graph_.value(constant).name + "_flat"),
                               tensor.reshaped(shape));
  }

  ValueId scale(const Shape& shape) {
    const double number = affine_.scale.number;
    if (affine_.scale.tensor != ValueId::kNone && number == 1.0) {
      return fitted(affine_.scale.tensor, shape);
    }
    std::vector<float> values(static_cast<std::size_t>(element_count(shape)), 1.0F);
    if (affine_.scale.tensor != ValueId::kNone) {
      const auto given = graph_.constant(affine_.scale.tensor)->data<float>();
      values.assign(given.begin(), given.end());
    }
    for (float& value : values) value = static_cast<float>(static_cast<double>(value) * number);
    return graph_.add_constant(graph_.fresh_value_name(result_name() + "_scale"),
                               Tensor::of<float>(shape, values));
  }

  ValueId before() {
    if (place_.to_end.empty()) return deviation_.x;
    const ValueId moved = graph_.add_value(graph_.fresh_value_name(result_name() + "_moved"),
                                           {.element = DataType::kFloat});
    graph_.add_node({.name = graph_.fresh_node_name(result_name() + "_to_end"),
                     .op_type = "Transpose",
                     .inputs = {deviation_.x},
                     .outputs = {moved},
                     .attributes = {{"perm", place_.to_end}}});
    return moved;
  }

  void finish(std::vector<ValueId> inputs) {
    const bool centred = deviation_.mean != ValueId::kNone;
    const std::string type = centred ? "LayerNormalization" : "RMSNormalization";
    const Attributes attributes{{"axis", place_.axis}, {"epsilon", deviation_.epsilon}};
    if (place_.to_end.empty()) {
      replace_writer(graph_, affine_.result, type, std::move(inputs), attributes);
      return;
    }
    const ValueId normalized = graph_.add_value(
        graph_.fresh_value_name(result_name() + "_normalized"), {.element = DataType::kFloat});
    graph_.add_node({.name = graph_.fresh_node_name(result_name() + "_normalization"),
                     .op_type = type,
                     .inputs = std::move(inputs),
                     .outputs = {normalized},
                     .attributes = attributes});
    replace_writer(graph_, affine_.result, "Transpose", {normalized},
                   {{"perm", inverse_of(place_.to_end)}});
  }

  Graph& graph_;
  const Deviation& deviation_;
  const Affine& affine_;
  const Place& place_;
};

/// (x - mean) / sqrt(variance + epsilon) * scale + bias becomes LayerNormalization (Ba 2016), and
/// x / sqrt(mean(x^2) + epsilon) * scale RMSNormalization (Zhang 2019), at any opset:
/// convert::lower_newer_operators writes older operators where the file's opset has neither.
std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  std::optional<std::map<ValueId, std::size_t>> ranks;
  for (const NodeId id : graph.nodes()) {
    if (!graph.alive(id)) continue;
    const auto deviation = as_deviation(graph, id);
    if (!deviation) continue;
    const auto affine = find_affine(graph, *deviation);
    if (!affine) continue;
    if (!ranks) ranks = infer_ranks(graph);
    const auto rank = ranks->find(deviation->x);
    const auto place =
        place_of(*deviation, rank == ranks->end() ? std::nullopt : std::optional(rank->second));
    if (place && Fusion(graph, *deviation, *affine, *place).apply()) ++times;
  }
  return times;
}

}  // namespace

const Rewrite kLayerNormalization = {"LayerNormalization", apply};

}  // namespace xquant::simplify

#include "quantize/equalize/channel_classes.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "runtime/node_runner.h"

namespace xquant::quantize {
namespace {

/// f(s x) = s f(x) for s > 0, channel by channel, with one data operand.
constexpr std::array<std::string_view, 9> kHomogeneous = {
    "Relu",    "LeakyRelu",         "PRelu",         "MaxPool", "AveragePool",
    "Dropout", "GlobalAveragePool", "GlobalMaxPool", "Resize"};
/// Operators that only move elements; of Pad, those that add zeros.
constexpr std::array<std::string_view, 10> kKeepingScale = {
    "Reshape",  "Transpose", "Flatten", "Squeeze", "Unsqueeze",
    "Identity", "Split",     "Slice",   "Concat",  "Pad"};

/// Labels are carried as float tensors; they stay exact below this.
constexpr std::size_t kMostLabels = std::size_t{1} << 24;

}  // namespace

std::optional<WeightAxes> weight_axes(const Graph& graph, const Trace& trace, const Node& node) {
  const auto is_own_constant = [&](ValueId value) {
    return value != ValueId::kNone && graph.constant(value) != nullptr && !graph.is_input(value) &&
           graph.uses(value).size() == 1 && !graph.is_output(value);
  };
  if (!node.domain.empty() || !is_own_constant(node.input(1))) return std::nullopt;
  const ValueId bias = node.input(2);
  const auto channels = [&](ValueId value) {
    const auto found = trace.find(value);
    return found == trace.end() || found->second.shape.size() < 2 ? -1 : found->second.shape[1];
  };
  const std::size_t rank = graph.constant(node.input(1))->shape().size();
  const auto has_vector_bias = [&] {
    if (bias == ValueId::kNone) return true;
    return graph.constant(bias) != nullptr &&
           graph.constant(bias)->shape() == Shape{channels(node.output(0))};
  };
  if (!has_vector_bias()) return std::nullopt;
  if (node.is("Conv") && rank >= 3) return WeightAxes{1, 0, node.int_or("group", 1)};
  if (node.is("ConvTranspose") && rank >= 3) return WeightAxes{0, 1, node.int_or("group", 1)};
  const auto result = trace.find(node.output(0));
  if (rank != 2 || result == trace.end() || result->second.shape.size() != 2) return std::nullopt;
  if (node.is("MatMul")) return WeightAxes{0, 1, 1};
  if (!node.is("Gemm") || node.int_or("transA", 0) != 0) return std::nullopt;
  return node.int_or("transB", 0) != 0 ? WeightAxes{1, 0, 1} : WeightAxes{0, 1, 1};
}

std::optional<std::size_t> channel_constant(const Graph& graph, const Trace& trace,
                                            const Node& node) {
  // Nothing was traced behind operators that cannot be run.
  const auto traced = trace.find(node.output(0));
  if (traced == trace.end() || traced->second.shape.size() < 2) return std::nullopt;
  const Shape& result = traced->second.shape;
  for (std::size_t i = 0; i < 2; ++i) {
    const Tensor* constant = graph.constant(node.input(i));
    if (constant == nullptr || graph.uses(node.input(i)).size() != 1) continue;
    const Shape& shape = constant->shape();
    // Aligned at the end, the constant must have the channels on axis 1 and 1 everywhere else.
    if (shape.size() + 1 < result.size() || shape.size() > result.size()) continue;
    const std::size_t axis = shape.size() + 1 - result.size();
    if (shape[axis] == result[1] && constant->size() == result[1]) return i;
  }
  return std::nullopt;
}

/// Union-find over all channels of all tensors, then over the elements of moved tensors.
class ClassFinder {
 public:
  ClassFinder(const Graph& graph, const Trace& trace, const runtime::OpsetImports& opsets)
      : graph_(graph), trace_(trace), opsets_(opsets) {
    parent_.push_back(ChannelClasses::kPinned);
  }

  ChannelClasses find() {
    for (const ValueId input : graph_.inputs) pin(input);
    for (const NodeId id : graph_.topological_order()) visit(graph_.node(id));
    for (const ValueId output : graph_.outputs) pin(output);
    return number();
  }

 private:
  using Labels = std::vector<std::int32_t>;
  /// An element that Pad added: zero, whatever the scale of its channel.
  static constexpr std::int32_t kZero = -1;

  std::int32_t root(std::int32_t label) {
    while (parent_[static_cast<std::size_t>(label)] != label) {
      std::int32_t& up = parent_[static_cast<std::size_t>(label)];
      up = parent_[static_cast<std::size_t>(up)];
      label = up;
    }
    return label;
  }

  /// The smaller label becomes the root, so that what is joined with the pinned class is pinned.
  void join(std::int32_t a, std::int32_t b) {
    a = root(a);
    b = root(b);
    parent_[static_cast<std::size_t>(std::max(a, b))] = std::min(a, b);
  }

  const Shape* shape_of(ValueId value) const {
    const auto found = trace_.find(value);
    const bool usable = found != trace_.end() && found->second.type == DataType::kFloat &&
                        found->second.shape.size() >= 2 && found->second.shape[1] > 0;
    return usable ? &found->second.shape : nullptr;
  }

  bool is_data(ValueId value) const {
    return value != ValueId::kNone && graph_.constant(value) == nullptr && shape_of(value);
  }

  /// One label for each channel; made at first sight. Elements of a moved tensor that share a
  /// channel are joined: who asks needs channels.
  Labels& channels(ValueId value) {
    const auto [found, added] = labels_.try_emplace(value);
    if (!added) return found->second;
    const Shape& shape = *shape_of(value);
    const auto count = static_cast<std::size_t>(shape[1]);
    const auto elements = elements_.find(value);
    if (elements == elements_.end()) {
      for (std::size_t c = 0; c < count; ++c) found->second.push_back(fresh());
      return found->second;
    }
    found->second.assign(count, -1);
    const std::size_t inner = static_cast<std::size_t>(
        std::accumulate(shape.begin() + 2, shape.end(), std::int64_t{1}, std::multiplies<>()));
    for (std::size_t i = 0; i < elements->second.size(); ++i) {
      if (elements->second[i] == kZero) continue;
      std::int32_t& label = found->second[i / inner % count];
      if (label < 0) label = elements->second[i];
      if (label != elements->second[i]) join(label, elements->second[i]);
    }
    for (std::int32_t& label : found->second) {
      if (label < 0) label = fresh();
    }
    return found->second;
  }

  std::int32_t fresh() {
    parent_.push_back(static_cast<std::int32_t>(parent_.size()));
    return parent_.back();
  }

  void pin(ValueId value) {
    if (!is_data(value)) return;
    for (const std::int32_t label : channels(value)) join(label, ChannelClasses::kPinned);
  }

  void pin_all(const Node& node) {
    for (const ValueId input : node.inputs) pin(input);
    for (const ValueId output : node.outputs) pin(output);
  }

  bool is_pinned(ValueId value) {
    const Labels& labels = channels(value);
    return std::all_of(labels.begin(), labels.end(),
                       [&](std::int32_t label) { return root(label) == ChannelClasses::kPinned; });
  }

  /// Channel c of both is one class; false when they do not have the same channels.
  bool tie(ValueId a, ValueId b) {
    if (!is_data(a) || !is_data(b)) return false;
    if (shape_of(a)->at(1) != shape_of(b)->at(1)) return false;
    if (shape_of(a)->size() != shape_of(b)->size()) return false;
    const Labels left = channels(a);
    const Labels& right = channels(b);
    for (std::size_t c = 0; c < left.size(); ++c) join(left[c], right[c]);
    return true;
  }

  void visit(const Node& node) {
    const bool has_subgraph =
        std::any_of(node.attributes.begin(), node.attributes.end(), [](const auto& attribute) {
          return std::holds_alternative<std::shared_ptr<const Graph>>(attribute.second);
        });
    if (has_subgraph) return pin_all(node);
    if (is_weighted(node)) return;
    if (node.is_one_of(kKeepingScale) && move(node)) return;
    if (node.is_one_of(kHomogeneous) && is_plain(node) && tie(node.input(0), node.output(0))) {
      return;
    }
    if (node.is("Add") && visit_add(node)) return;
    if (node.is("Mul") && visit_mul(node)) return;
    pin_all(node);
  }

  bool is_weighted(const Node& node) {
    if (!is_data(node.input(0)) || !is_data(node.output(0))) return false;
    if (!weight_axes(graph_, trace_, node)) return false;
    channels(node.input(0));
    channels(node.output(0));
    return true;
  }

  /// Slopes of PRelu and what Resize interpolates have to be the same whatever the scale.
  bool is_plain(const Node& node) const {
    if (node.is("Resize")) {
      const std::string mode = node.string_or("mode", "nearest");
      return mode == "nearest" || mode == "linear";
    }
    if (node.is("PRelu")) return graph_.constant(node.input(1)) != nullptr;
    return true;
  }

  bool visit_add(const Node& node) {
    if (is_data(node.input(0)) && is_data(node.input(1))) {
      const bool same = tie(node.input(0), node.output(0));
      return tie(node.input(1), node.output(0)) && same;
    }
    const auto constant = channel_constant(graph_, trace_, node);
    return constant && tie(node.input(1 - *constant), node.output(0));
  }

  /// x times a constant, or times a tensor that keeps its scale (a gate).
  bool visit_mul(const Node& node) {
    for (std::size_t i = 0; i < 2; ++i) {
      const ValueId factor = node.input(i), x = node.input(1 - i);
      if (!is_data(x)) continue;
      const bool keeps =
          graph_.constant(factor) != nullptr || (is_data(factor) && is_pinned(factor));
      if (keeps && tie(x, node.output(0))) return true;
    }
    return false;
  }

  /// Runs the operator on the labels of its operands' elements.
  bool move(const Node& node) {
    if (node.is("Pad") && !pads_zeros(node)) return false;
    const bool concat = node.is("Concat");
    std::vector<Tensor> tensors;
    std::vector<const Tensor*> constants;
    std::vector<runtime::TensorView> views;
    tensors.reserve(node.inputs.size());
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId input = node.inputs[i];
      const Tensor* constant = graph_.constant(input);
      const bool labelled = i == 0 || concat;
      if (labelled && !is_data(input)) return false;
      if (!labelled && constant == nullptr && input != ValueId::kNone) return false;
      tensors.push_back(labelled ? element_labels(input) : constant ? *constant : Tensor());
      constants.push_back(labelled ? nullptr : constant);
    }
    for (const Tensor& tensor : tensors) {
      const bool present = tensor.type() != DataType::kUndefined;
      views.push_back(present ? runtime::view_of(tensor) : runtime::TensorView{});
    }
    if (parent_.size() >= kMostLabels) return false;
    const auto results = runtime::NodeRunner(node, opsets_, constants).run(views);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (!is_data(node.outputs[i])) continue;
      Labels& moved = elements_[node.outputs[i]];
      for (const float label : results[i].data<float>()) {
        moved.push_back(static_cast<std::int32_t>(label) - 1);
      }
    }
    return true;
  }

  bool pads_zeros(const Node& node) const {
    if (node.string_or("mode", "constant") != "constant") return false;
    if (node.float_or("value", 0.0F) != 0.0F) return false;
    const ValueId value = node.input(2);
    if (value == ValueId::kNone) return true;
    const Tensor* constant = graph_.constant(value);
    return constant != nullptr && constant->type() == DataType::kFloat && constant->size() == 1 &&
           constant->data<float>()[0] == 0.0F;
  }

  /// Labels are moved increased by one: 0 is then what Pad adds.
  Tensor element_labels(ValueId value) {
    const Shape& shape = *shape_of(value);
    std::vector<float> elements;
    const auto moved = elements_.find(value);
    if (moved != elements_.end()) {
      for (const std::int32_t label : moved->second) {
        elements.push_back(static_cast<float>(label + 1));
      }
      return Tensor::of<float>(shape, elements);
    }
    const Labels& labels = channels(value);
    const auto total = static_cast<std::size_t>(element_count(shape));
    if (total == 0) return Tensor::of<float>(shape, elements);
    const std::size_t inner = total / static_cast<std::size_t>(shape[0] * shape[1]);
    for (std::size_t i = 0; i < total; ++i) {
      elements.push_back(static_cast<float>(labels[i / inner % labels.size()] + 1));
    }
    return Tensor::of<float>(shape, elements);
  }

  ChannelClasses number() {
    ChannelClasses classes;
    std::map<std::int32_t, std::int32_t> numbers{
        {ChannelClasses::kPinned, ChannelClasses::kPinned}};
    for (const auto& [value, labels] : labels_) {
      auto& mine = classes.classes_[value];
      for (const std::int32_t label : labels) {
        const auto [found, added] = numbers.try_emplace(root(label), classes.count_);
        if (added) ++classes.count_;
        mine.push_back(found->second);
      }
    }
    return classes;
  }

  const Graph& graph_;
  const Trace& trace_;
  const runtime::OpsetImports& opsets_;
  std::vector<std::int32_t> parent_;
  std::map<ValueId, Labels> labels_;    ///< by channel
  std::map<ValueId, Labels> elements_;  ///< by element, of what only movement made
};

ChannelClasses ChannelClasses::find(const Graph& graph, const Trace& trace,
                                    const runtime::OpsetImports& opsets) {
  return ClassFinder(graph, trace, opsets).find();
}

}  // namespace xquant::quantize

#include "quantize/policy/spectrogram.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace xquant::quantize {
namespace {

/// What a value is as a function of the model's inputs.
enum class Kind {
  kOther,
  kFixed,   ///< computed from constants and shapes alone: windows, twiddle factors, mel weights
  kLinear,  ///< moved, scaled, filtered
  kPower,   ///< squares or magnitudes of linear values, and weighted sums of such
};

constexpr std::array<std::string_view, 13> kSpectrogramMovement = {
    "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Expand",
    "Slice",   "Tile",      "Cast",    "Pad",       "Split",   "Gather"};
/// Linear in the operand that is no constant, when there is one such operand.
constexpr std::array<std::string_view, 10> kLinear = {
    "Conv",      "ConvTranspose", "MatMul", "Gemm", "AveragePool",
    "ReduceSum", "ReduceMean",    "Neg",    "STFT", "DFT"};
constexpr std::array<std::string_view, 7> kArithmetic = {"Add", "Sub", "Mul", "Div",
                                                         "Sum", "Max", "Min"};
/// Their bodies read values that are none of their operands.
constexpr std::array<std::string_view, 4> kBranches = {"If", "Loop", "Scan", "SequenceMap"};
/// Of powers these make powers.
constexpr std::array<std::string_view, 6> kBounds = {"Clip", "Max", "Min", "Relu", "Abs", "Sqrt"};

class Spectrograms {
 public:
  explicit Spectrograms(const Graph& graph)
      : graph_(graph), kinds_(graph.value_count(), Kind::kOther), marked_(graph.node_count()) {}

  std::vector<NodeId> find() {
    for (const ValueId input : graph_.inputs) {
      if (graph_.constant(input) == nullptr) kinds_[index(input)] = Kind::kLinear;
    }
    for (const NodeId id : graph_.topological_order()) {
      const Node& node = graph_.node(id);
      if (node.is("Log") && kind(node.input(0)) == Kind::kPower) mark(node.input(0));
      const Kind result = kind_of(node);
      for (const ValueId output : node.outputs) {
        if (output != ValueId::kNone) kinds_[index(output)] = result;
      }
    }
    return std::move(found_);
  }

 private:
  Kind kind(ValueId value) const {
    return value == ValueId::kNone ? Kind::kOther : kinds_[index(value)];
  }
  bool is_constant(ValueId value) const {
    return graph_.constant(value) != nullptr || kind(value) == Kind::kFixed;
  }

  bool carries_audio(ValueId value) const {
    return kind(value) == Kind::kLinear || kind(value) == Kind::kPower;
  }

  /// The one kind of all operands that are no constants; kOther when they differ.
  Kind common_kind(const Node& node) const {
    bool any = false;
    Kind common = Kind::kOther;
    for (const ValueId input : node.inputs) {
      if (input == ValueId::kNone || is_constant(input)) continue;
      if (any && kind(input) != common) return Kind::kOther;
      common = kind(input);
      any = true;
    }
    return common;
  }

  std::size_t varying_operands(const Node& node) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        node.inputs, [&](ValueId v) { return v != ValueId::kNone && !is_constant(v); }));
  }

  Kind kind_of(const Node& node) const {
    if (node.inputs.empty()) return Kind::kOther;
    if (node.is("Shape") || node.is("Size")) return Kind::kFixed;
    if (varying_operands(node) == 0) return node.is_one_of(kBranches) ? Kind::kOther : Kind::kFixed;
    if (node.is_one_of(kSpectrogramMovement)) return kind(node.input(0));
    const Kind common = common_kind(node);
    if (common == Kind::kOther) return Kind::kOther;
    if (node.is("Concat")) return common;
    const bool one = varying_operands(node) == 1;
    if (node.is_one_of(kLinear)) return one ? common : Kind::kOther;
    if (node.is("Mul") && node.input(0) == node.input(1)) return Kind::kPower;
    if (node.is("Pow")) return one && is_constant(node.input(1)) ? Kind::kPower : Kind::kOther;
    if (node.is("ReduceL2") || node.is("ReduceSumSquare")) return Kind::kPower;
    if (node.is("Abs")) return Kind::kPower;
    if (node.is_one_of(kBounds)) return common == Kind::kPower ? common : Kind::kOther;
    if (!node.is_one_of(kArithmetic)) return Kind::kOther;
    if (node.is("Div") && !is_constant(node.input(1))) return Kind::kOther;
    return one || !node.is("Mul") ? common : Kind::kOther;
  }

  void mark(ValueId value) {
    std::vector<ValueId> open{value};
    while (!open.empty()) {
      const ValueId next = open.back();
      open.pop_back();
      const NodeId id = next == ValueId::kNone ? NodeId::kNone : graph_.value(next).producer;
      if (id == NodeId::kNone || !carries_audio(next) || marked_[index(id)]) continue;
      marked_[index(id)] = true;
      found_.push_back(id);
      const std::vector<ValueId>& inputs = graph_.node(id).inputs;
      open.insert(open.end(), inputs.begin(), inputs.end());
    }
  }

  const Graph& graph_;
  std::vector<Kind> kinds_;
  std::vector<bool> marked_;
  std::vector<NodeId> found_;
};

}  // namespace

std::vector<NodeId> spectrogram_nodes(const Graph& graph) { return Spectrograms(graph).find(); }

}  // namespace xquant::quantize

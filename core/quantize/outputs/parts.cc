#include "quantize/outputs/parts.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "runtime/node_runner.h"

namespace xquant::quantize {
namespace {

/// Operators that only move elements of operand 0, or of all operands (Concat).
constexpr std::array<std::string_view, 9> kMovementOfParts = {"Reshape", "Transpose", "Flatten",
                                                              "Squeeze", "Unsqueeze", "Identity",
                                                              "Slice",   "Split",     "Concat"};

/// Labels are carried as float tensors; they stay exact below this, which many parts are no help
/// to anybody.
constexpr std::size_t kMostParts = 4096;

class PartFinder {
 public:
  PartFinder(const Graph& graph, const Trace& trace, const runtime::OpsetImports& opsets)
      : graph_(graph), trace_(trace), opsets_(opsets) {}

  Parts find(ValueId output) {
    const auto traced = trace_.find(output);
    if (traced == trace_.end()) return {};
    const Tensor labels = labels_of(output);
    if (sources_ < 2 || sources_ > kMostParts) return {};
    // Sources that the output holds nothing of (the rest of a Slice) are no parts of it.
    Parts parts{.count = 0, .labels = {}};
    std::map<float, std::uint32_t> numbers;
    for (const float label : labels.data<float>()) {
      const auto next = static_cast<std::uint32_t>(numbers.size());
      parts.labels.push_back(numbers.try_emplace(label, next).first->second);
    }
    parts.count = numbers.size();
    return parts.count < 2 ? Parts{} : parts;
  }

 private:
  bool moves(const Node& node) const {
    if (!node.domain.empty() || std::find(kMovementOfParts.begin(), kMovementOfParts.end(),
                                          node.op_type) == kMovementOfParts.end()) {
      return false;
    }
    const std::size_t first = node.is("Concat") ? node.inputs.size() : 1;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId input = node.inputs[i];
      if (i < first) {
        if (!trace_.contains(input)) return false;
      } else if (input != ValueId::kNone && graph_.constant(input) == nullptr) {
        return false;
      }
    }
    return true;
  }

  /// A tensor of the value's shape that says of every element where it comes from.
  Tensor labels_of(ValueId value) {
    const NodeId producer = graph_.value(value).producer;
    if (producer == NodeId::kNone || !moves(graph_.node(producer))) return source(value);
    const Node& node = graph_.node(producer);
    const bool concat = node.is("Concat");
    std::vector<Tensor> tensors;
    std::vector<const Tensor*> constants;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const bool labelled = i == 0 || concat;
      const Tensor* constant = labelled ? nullptr : graph_.constant(node.inputs[i]);
      tensors.push_back(labelled ? labels_of(node.inputs[i]) : constant ? *constant : Tensor());
      constants.push_back(constant);
    }
    std::vector<runtime::TensorView> views;
    for (const Tensor& tensor : tensors) {
      const bool present = tensor.type() != DataType::kUndefined;
      views.push_back(present ? runtime::view_of(tensor) : runtime::TensorView{});
    }
    const auto results = runtime::NodeRunner(node, opsets_, constants).run(views);
    const auto at = std::find(node.outputs.begin(), node.outputs.end(), value);
    return results[static_cast<std::size_t>(at - node.outputs.begin())];
  }

  Tensor source(ValueId value) {
    const auto [found, added] = source_of_.try_emplace(value, static_cast<float>(sources_));
    if (added) ++sources_;
    const Shape& shape = trace_.at(value).shape;
    const auto count = static_cast<std::size_t>(element_count(shape));
    return Tensor::of<float>(shape, std::vector<float>(count, found->second));
  }

  const Graph& graph_;
  const Trace& trace_;
  const runtime::OpsetImports& opsets_;
  std::size_t sources_ = 0;
  std::map<ValueId, float> source_of_;
};

}  // namespace

Parts find_parts(const Graph& graph, const Trace& trace, const runtime::OpsetImports& opsets,
                 ValueId output) {
  return PartFinder(graph, trace, opsets).find(output);
}

}  // namespace xquant::quantize

#include "integer/match/region.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "integer/match/operand.h"

namespace xquant::integer {
namespace {

constexpr auto kElementwise =
    std::to_array<std::string_view>({"Abs",         "Acos",      "Acosh",      "Add",
                                     "Asin",        "Asinh",     "Atan",       "Atanh",
                                     "Ceil",        "Celu",      "Clip",       "Cos",
                                     "Cosh",        "Div",       "Dropout",    "Elu",
                                     "Erf",         "Exp",       "Floor",      "Gelu",
                                     "HardSigmoid", "HardSwish", "Identity",   "LeakyRelu",
                                     "Log",         "Max",       "Mean",       "Min",
                                     "Mish",        "Mod",       "Mul",        "Neg",
                                     "PRelu",       "Pow",       "Reciprocal", "Relu",
                                     "Round",       "Selu",      "Shrink",     "Sigmoid",
                                     "Sign",        "Sin",       "Sinh",       "Softplus",
                                     "Softsign",    "Sqrt",      "Sub",        "Sum",
                                     "Swish",       "Tan",       "Tanh",       "ThresholdedRelu",
                                     "Where"});
/// Of ONNX Runtime (ContribOperators.md).
constexpr auto kMicrosoftGelu = std::to_array<std::string_view>({"FastGelu", "Gelu", "QuickGelu"});
/// Longer chains exist in no model that anybody quantized; the search has to end.
constexpr std::size_t kMostNodes = 64;
/// Of 256 bytes each.
constexpr std::int64_t kMostTables = 2048;

class RegionSearch {
 public:
  RegionSearch(const Graph& graph, Codes codes) : graph_(graph), codes_(codes) {}

  bool visit(ValueId value) {
    if (value == ValueId::kNone) return true;
    const Operand operand = resolve(graph_, value);
    if (operand.quantized != ValueId::kNone) return visit_quantized(operand);
    if (operand.constant != nullptr)
      return is_number(*operand.constant) || accept_channels(*operand.constant);
    const NodeId producer = graph_.value(value).producer;
    if (producer == NodeId::kNone) return false;
    if (std::find(region_.nodes.begin(), region_.nodes.end(), producer) != region_.nodes.end())
      return true;
    const Node& node = graph_.node(producer);
    if (++visited_ > kMostNodes) return false;
    if (node.is("BatchNormalization")) {
      if (!accept_batch_normalization(node) || !visit(node.input(0))) return false;
    } else {
      if (!is_elementwise(node)) return false;
      for (const ValueId input : node.inputs) {
        if (!visit(input)) return false;
      }
    }
    region_.nodes.push_back(producer);
    return true;
  }

  std::optional<Region> result() const {
    if (region_.source == ValueId::kNone) return {};
    return region_;
  }

 private:
  bool visit_quantized(const Operand& operand) {
    if (operand.constant != nullptr) return is_number(*operand.constant);
    const bool fits =
        codes_ == Codes::kEightBits ? operand.is_activation() : operand.is_coded_activation();
    if (!fits) return false;
    if (region_.source == ValueId::kNone) {
      region_.source = operand.quantized;
      region_.linear = *operand.linear;
    }
    return region_.source == operand.quantized && region_.linear == *operand.linear;
  }

  /// One element that does not widen the shape of what it meets.
  static bool is_number(const Tensor& tensor) {
    return tensor.size() == 1 && tensor.shape().size() <= 1;
  }

  /// A constant [C, 1, ...] with any ones before it, one place for all of a region.
  bool accept_channels(const Tensor& constant) {
    const Shape& shape = constant.shape();
    const auto found = std::find(shape.begin(), shape.end(), constant.size());
    if (found == shape.end() || constant.size() < 2) return false;
    Channels channels{.count = static_cast<std::size_t>(*found),
                      .behind = static_cast<std::size_t>(shape.end() - found) - 1,
                      .rank = shape.size()};
    if (region_.channels.behind == channels.behind)
      channels.rank = std::max(channels.rank, region_.channels.rank);
    return settle(channels);
  }

  bool accept_batch_normalization(const Node& node) {
    if (node.outputs.size() != 1 || node.int_or("training_mode", 0) != 0) return false;
    std::int64_t count = 0;
    for (std::size_t i = 1; i <= 4; ++i) {
      const Operand operand = resolve(graph_, node.input(i));
      if (operand.constant == nullptr || operand.constant->shape().size() != 1) return false;
      count = operand.constant->size();
    }
    return settle({.count = static_cast<std::size_t>(count), .second = true});
  }

  bool settle(const Channels& channels) {
    const Channels& known = region_.channels;
    if (channels.count > kMostTables) return false;
    if (has_channels_ && (known.count != channels.count || known.behind != channels.behind ||
                          known.second != channels.second))
      return false;
    has_channels_ = true;
    region_.channels = channels;
    return true;
  }

  static bool is_elementwise(const Node& node) {
    const auto is_one_of = [&](const auto& names) {
      return std::find(names.begin(), names.end(), node.op_type) != names.end();
    };
    if (node.outputs.size() != 1) return false;
    return node.domain.empty() ? is_one_of(kElementwise)
                               : node.domain == "com.microsoft" && is_one_of(kMicrosoftGelu);
  }

  const Graph& graph_;
  Codes codes_;
  Region region_{};
  bool has_channels_ = false;
  std::size_t visited_ = 0;
};

}  // namespace

std::optional<Region> find_region(const Graph& graph, ValueId value, Codes codes) {
  RegionSearch search(graph, codes);
  if (!search.visit(value)) return {};
  return search.result();
}

}  // namespace xquant::integer

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "simplify/rewrite.h"

namespace xquant::simplify {
namespace {

using Known = std::optional<Shape>;

/// The result has the shape of the first operand.
constexpr std::array<std::string_view, 24> kSame = {
    "Relu",    "Clip", "Sigmoid", "LeakyRelu", "PRelu",   "HardSwish", "HardSigmoid",
    "Tanh",    "Erf",  "Exp",     "Sqrt",      "Abs",     "Neg",       "BatchNormalization",
    "Softmax", "Cast", "Elu",     "Identity",  "Dropout", "Softplus",  "Mish",
    "Selu",    "LRN",  "Gelu"};
constexpr std::array<std::string_view, 4> kBroadcast = {"Add", "Sub", "Mul", "Div"};

Known broadcast(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1) return std::nullopt;
    result[result.size() - 1 - i] = left == 1 ? right : left;
  }
  return result;
}

/// Sizes and distances whose products and sums fit 64 bits; damaged models hold others.
bool are_plain(const std::vector<std::int64_t>& sizes) {
  constexpr std::int64_t kMost = std::int64_t{1} << 30;
  return std::ranges::all_of(sizes,
                             [](std::int64_t size) { return -kMost <= size && size <= kMost; });
}

/// Conv and pools: the spatial axes of x, with windows of this size.
Known windows(const Node& node, const Shape& x, std::int64_t channels, const Shape& kernel) {
  const std::string automatic = node.string_or("auto_pad", "NOTSET");
  if (automatic != "NOTSET" && automatic != "VALID") return std::nullopt;
  if (node.int_or("ceil_mode", 0) != 0 || x.size() != kernel.size() + 2) return std::nullopt;
  const std::vector<std::int64_t> ones(kernel.size(), 1);
  const auto strides = node.ints_or("strides", ones);
  const auto dilations = node.ints_or("dilations", ones);
  const auto pads = node.ints_or("pads", std::vector<std::int64_t>(2 * kernel.size(), 0));
  if (strides.size() != kernel.size() || dilations.size() != kernel.size()) return std::nullopt;
  if (pads.size() != 2 * kernel.size()) return std::nullopt;
  for (const auto& sizes : {x, kernel, dilations, pads}) {
    if (!are_plain(sizes)) return std::nullopt;
  }
  Shape result{x[0], channels};
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const std::int64_t room =
        x[i + 2] + pads[i] + pads[i + kernel.size()] - dilations[i] * (kernel[i] - 1) - 1;
    if (room < 0 || strides[i] <= 0) return std::nullopt;
    result.push_back(room / strides[i] + 1);
  }
  return result;
}

class Shapes {
 public:
  explicit Shapes(Graph& graph) : graph_(graph) {
    for (const ValueId input : graph.inputs) {
      if (const auto& declared = graph.value(input).type.shape) note_declared(input, *declared);
    }
  }

  std::size_t fold() {
    std::size_t times = 0;
    for (const NodeId id : graph_.topological_order()) {
      const Node& node = graph_.node(id);
      if (!node.domain.empty() || node.inputs.empty()) continue;
      const Known first = known(node.input(0));
      if (node.is("Shape")) {
        times += first && replace(id, *first) ? 1 : 0;
      } else if (const Known shape = first ? of(node, *first) : std::nullopt) {
        shapes_[node.output(0)] = *shape;
      }
    }
    return times;
  }

 private:
  void note_declared(ValueId value, const DeclaredShape& declared) {
    Shape shape;
    for (const Dim& dim : declared) {
      const auto* size = std::get_if<std::int64_t>(&dim);
      if (size == nullptr || *size < 0) return;
      shape.push_back(*size);
    }
    shapes_[value] = shape;
  }

  Known known(ValueId value) const {
    if (value == ValueId::kNone) return std::nullopt;
    const auto found = shapes_.find(value);
    if (found != shapes_.end()) return found->second;
    if (graph_.is_input(value) || graph_.constant(value) == nullptr) return std::nullopt;
    return graph_.constant(value)->shape();
  }

  Known of(const Node& node, const Shape& x) const {
    if (node.is_one_of(kSame)) return x;
    if (node.is_one_of(kBroadcast)) {
      const Known second = known(node.input(1));
      return second ? broadcast(x, *second) : std::nullopt;
    }
    if (node.is("Conv")) {
      const Known weight = known(node.input(1));
      if (!weight || weight->size() < 3) return std::nullopt;
      return windows(node, x, weight->front(), Shape(weight->begin() + 2, weight->end()));
    }
    if (x.size() < 3) return std::nullopt;
    if (node.is("MaxPool") || node.is("AveragePool")) {
      return windows(node, x, x[1], node.ints_or("kernel_shape", {}));
    }
    if (!node.is("GlobalAveragePool") && !node.is("GlobalMaxPool")) return std::nullopt;
    Shape pooled(x.size(), 1);
    std::copy_n(x.begin(), 2, pooled.begin());
    return pooled;
  }

  bool replace(NodeId id, const Shape& shape) {
    const Node& node = graph_.node(id);
    const ValueId result = node.output(0);
    if (node.has("start") || node.has("end") || graph_.is_output(result)) return false;
    graph_.remove_node(id);
    graph_.value(result).constant =
        Tensor::of<std::int64_t>({static_cast<std::int64_t>(shape.size())}, shape);
    return true;
  }

  Graph& graph_;
  std::map<ValueId, Shape> shapes_;
};

/// Shape of what has the same shape whatever the inputs hold. Exporters that trace write the sizes
/// of a padding or a Reshape down as arithmetic with Shape.
std::size_t apply(Graph& graph, const runtime::OpsetImports&) { return Shapes(graph).fold(); }

}  // namespace

const Rewrite kStaticShapes = {"static shapes", apply};

}  // namespace xquant::simplify

#include "emit/int32_bias.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace xquant::emit {
namespace {

/// The DequantizeLinear that writes the value; nullptr when another node does.
const Node* dequantizer(const Graph& graph, ValueId value) {
  const NodeId id = value == ValueId::kNone ? NodeId::kNone : graph.value(value).producer;
  return id != NodeId::kNone && graph.node(id).is("DequantizeLinear") ? &graph.node(id) : nullptr;
}

std::optional<std::vector<float>> scales(const Graph& graph, const Node& dequantize) {
  const Tensor* tensor = graph.constant(dequantize.input(1));
  if (tensor == nullptr || tensor->type() != DataType::kFloat) return std::nullopt;
  const auto values = tensor->data<float>();
  return std::vector<float>(values.begin(), values.end());
}

bool has_factors(const Node& node) {
  return node.is("Gemm") &&
         (node.float_or("alpha", 1.0F) != 1.0F || node.float_or("beta", 1.0F) != 1.0F);
}

/// Products that are added up for one element of the result.
std::int64_t products(const Node& node, const Shape& weight, std::int64_t channels) {
  const std::int64_t all = element_count(weight);
  // [C, M/group, kernel...]: every input channel of the group, at most the whole kernel.
  if (node.is("ConvTranspose")) return all / std::max<std::int64_t>(weight[1], 1);
  return all / std::max<std::int64_t>(channels, 1);
}

class Biases {
 public:
  Biases(Graph& graph, Diagnostics& diagnostics) : graph_(graph), diagnostics_(diagnostics) {}

  std::size_t run() {
    std::size_t turned = 0;
    for (const NodeId id : graph_.nodes()) {
      const Node& node = graph_.node(id);
      if (!node.is("Conv") && !node.is("ConvTranspose") && !node.is("Gemm")) continue;
      if (turn(id)) ++turned;
    }
    return turned;
  }

 private:
  bool turn(NodeId id) {
    const Node& node = graph_.node(id);
    const ValueId bias = node.input(2);
    const Node* input = dequantizer(graph_, node.input(0));
    const Node* weight = dequantizer(graph_, node.input(1));
    const Tensor* values = graph_.constant(bias);
    if (input == nullptr || weight == nullptr || values == nullptr || graph_.is_input(bias) ||
        values->type() != DataType::kFloat || values->shape().size() != 1 ||
        graph_.constant(weight->input(0)) == nullptr) {
      return false;
    }
    if (has_factors(node)) return keep(node, bias, "Gemm multiplies it with a factor");
    const auto input_scale = scales(graph_, *input);
    const auto weight_scales = scales(graph_, *weight);
    if (!input_scale || input_scale->size() != 1 || !weight_scales) return false;
    const std::int64_t channels = values->size();
    if (weight_scales->size() != 1 &&
        static_cast<std::int64_t>(weight_scales->size()) != channels) {
      return false;
    }
    std::vector<float> product;
    for (const float scale : *weight_scales) product.push_back((*input_scale)[0] * scale);
    if (!std::all_of(product.begin(), product.end(), [](float s) { return std::isfinite(s); })) {
      return keep(node, bias, "the scale of its products would be infinite");
    }
    const Shape& shape = graph_.constant(weight->input(0))->shape();
    const auto integers = rounded(values->data<float>(), product, products(node, shape, channels));
    if (!integers) {
      return keep(node, bias, "with it a sum of products could overflow int32",
                  "Weights that are near to zero give it too small a scale; float biases (the "
                  "default) have no such limit.");
    }
    wire(id, *integers, product);
    return true;
  }

  bool keep(const Node& node, ValueId bias, const std::string& why, const std::string& fix = "") {
    diagnostics_.warn("XQ-EMT-001", "The bias stays float: " + why + ".",
                      {.node = node.name, .tensor = graph_.value(bias).name}, fix);
    return false;
  }

  /// rint(bias / scale), or nullopt when one of them and the largest sum of products exceed int32.
  static std::optional<std::vector<std::int32_t>> rounded(std::span<const float> bias,
                                                          const std::vector<float>& scale,
                                                          std::int64_t products) {
    // (q - zero point) of an input is at most 255 in magnitude, that of a weight 128.
    const double sum = static_cast<double>(products) * 255.0 * 128.0;
    const double most = static_cast<double>(std::numeric_limits<std::int32_t>::max()) - sum;
    std::vector<std::int32_t> result;
    for (std::size_t c = 0; c < bias.size(); ++c) {
      const float step = scale[scale.size() == 1 ? 0 : c];
      const float steps = std::nearbyint(bias[c] / step);
      if (!(std::abs(static_cast<double>(steps)) <= most)) return std::nullopt;
      result.push_back(static_cast<std::int32_t>(steps));
    }
    return result;
  }

  void wire(NodeId id, const std::vector<std::int32_t>& integers, const std::vector<float>& scale) {
    const ValueId old = graph_.node(id).input(2);
    const std::string name = graph_.value(old).name;
    const bool only = graph_.uses(old).size() == 1 && !graph_.is_output(old);
    if (only) graph_.rename(old, graph_.fresh_value_name(name + "_float"));
    const Shape shape{static_cast<std::int64_t>(integers.size())};
    const bool each = scale.size() > 1;
    const Shape scale_shape = each ? shape : Shape{};
    const ValueId quantized =
        graph_.add_constant(graph_.fresh_value_name(only ? name : name + "_quantized"),
                            Tensor::of<std::int32_t>(shape, integers));
    const ValueId scales = graph_.add_constant(graph_.fresh_value_name(name + "_scale"),
                                               Tensor::of<float>(scale_shape, scale));
    const std::vector<std::int32_t> zeros(scale.size(), 0);
    const ValueId zero_point = graph_.add_constant(graph_.fresh_value_name(name + "_zero_point"),
                                                   Tensor::of<std::int32_t>(scale_shape, zeros));
    const ValueId result =
        graph_.add_value(graph_.fresh_value_name(name + "_dequantized"),
                         {.element = DataType::kFloat, .shape = DeclaredShape{shape[0]}});
    Attributes attributes;
    if (each) attributes["axis"] = std::int64_t{0};
    graph_.add_node({.name = graph_.fresh_node_name(name + "_DequantizeLinear"),
                     .op_type = "DequantizeLinear",
                     .inputs = {quantized, scales, zero_point},
                     .outputs = {result},
                     .attributes = std::move(attributes)});
    graph_.set_input(id, 2, result);
  }

  Graph& graph_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::size_t quantize_biases(Graph& graph, Diagnostics& diagnostics) {
  const std::size_t turned = Biases(graph, diagnostics).run();
  if (turned > 0) graph = graph.compact();
  return turned;
}

}  // namespace xquant::emit

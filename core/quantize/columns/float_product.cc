#include "quantize/columns/float_product.h"

#include <algorithm>
#include <string>
#include <utility>

#include "quantize/params.h"
#include "quantize/policy/operands.h"

namespace xquant::quantize {
namespace {

/// A bias is divided as well, and has to fit the accumulators of the one scale.
constexpr double kNarrowestColumn = 1.0 / 1024;

/// One element for each column, or one for all.
bool fits_columns(const Tensor& bias, std::int64_t columns) {
  if (bias.type() != DataType::kFloat) return false;
  return bias.size() == 1 || (!bias.shape().empty() && bias.shape().back() == columns);
}

Tensor multiplied(const Tensor& vector, const std::vector<double>& factors) {
  std::vector<float> result;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    result.push_back(static_cast<float>(static_cast<double>(vector.data<float>()[i]) * factors[i]));
  }
  return Tensor::of<float>(vector.shape(), result);
}

Tensor divided_bias(const Tensor& bias, const std::vector<double>& factors) {
  Shape shape = bias.shape();
  if (shape.empty()) shape.push_back(1);
  const bool is_one_for_all = bias.size() == 1;
  if (is_one_for_all) shape.back() = static_cast<std::int64_t>(factors.size());
  std::vector<float> result(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto value = static_cast<double>(bias.data<float>()[is_one_for_all ? 0 : i]);
    result[i] = static_cast<float>(value / factors[i % factors.size()]);
  }
  return Tensor::of<float>(shape, result);
}

/// The operand gets these elements, and no other reader of the constant does.
void replace_constant(Use use, Tensor elements, Graph& graph) {
  const ValueId present = graph.node(use.node).input(use.position);
  if (graph.uses(present).size() == 1 && !graph.is_output(present) && !graph.is_input(present)) {
    graph.value(present).type.shape.reset();  // one for all becomes one for each column
    graph.value(present).constant = std::move(elements);
    return;
  }
  const std::string name = graph.fresh_value_name(graph.value(present).name + "_divided");
  graph.set_input(use.node, use.position, graph.add_constant(name, std::move(elements)));
}

/// Where the constants lie that the node adds to the columns of the product.
std::optional<std::size_t> bias_position(const Node& node, ValueId product) {
  if (node.is("Gemm")) return node.input(2) == ValueId::kNone ? std::nullopt : std::optional(2);
  if (!node.is("Add")) return std::nullopt;
  const std::size_t position = node.input(0) == product ? 1 : 0;
  return position;
}

std::optional<NodeId> scales_behind(const Graph& graph, const plan::QuantPlan& plan, ValueId result,
                                    std::int64_t columns) {
  if (graph.uses(result).size() != 1 || graph.is_output(result)) return std::nullopt;
  const Use use = graph.uses(result)[0];
  const Node& node = graph.node(use.node);
  if (!node.is("Mul") || plan.node(use.node).quantized || use.position != 0) return std::nullopt;
  const ValueId vector = node.input(1);
  const Tensor* constant = graph.constant(vector);
  const bool is_own = constant != nullptr && constant->shape() == Shape{columns} &&
                      graph.uses(vector).size() == 1 && !graph.is_output(vector) &&
                      !graph.is_input(vector);
  return is_own ? std::optional(use.node) : std::nullopt;
}

}  // namespace

std::optional<FloatProduct> find_float_product(const Graph& graph, const plan::QuantPlan& plan,
                                               std::size_t constant) {
  const plan::ConstantOperand& operand = plan.constants[constant];
  const Node& node = graph.node(operand.use.node);
  if (operand.kind != plan::ConstantOperand::Kind::kWeight || operand.use.position != 1 ||
      !(node.is("MatMul") || node.is("Gemm"))) {
    return std::nullopt;
  }
  const Tensor& weight = *graph.constant(operand.value);
  if (weight.shape().size() != 2 || weight.size() == 0 || graph.uses(operand.value).size() != 1 ||
      graph.is_output(operand.value)) {
    return std::nullopt;
  }
  FloatProduct found{
      .weight = operand.value, .axis = weight_axis(node, weight.shape()), .last = operand.use.node};
  const std::int64_t columns = weight.shape()[static_cast<std::size_t>(found.axis)];
  ValueId result = node.output(0);
  if (const auto unit = plan.inner.find(result); unit != plan.inner.end()) {
    found.last = graph.value(unit->second).producer;
    if (biased_product(graph, graph.node(found.last)) != result) return std::nullopt;
    result = unit->second;
  }
  if (plan.inner.contains(result) || plan.find_group(result) != nullptr) return std::nullopt;
  const Node& last = graph.node(found.last);
  if (const auto position = bias_position(last, node.output(0))) {
    const Tensor* bias = graph.constant(last.input(*position));
    if (bias == nullptr || graph.is_input(last.input(*position)) || !fits_columns(*bias, columns))
      return std::nullopt;
    found.bias = Use{found.last, *position};
  }
  found.scales = scales_behind(graph, plan, result, columns);
  return found;
}

void add_scales(FloatProduct& product, Graph& graph, plan::QuantPlan& plan) {
  const ValueId result = graph.node(product.last).output(0);
  const std::string name = graph.value(result).name;
  const ValueType type = graph.value(result).type;
  const Shape& weight = graph.constant(product.weight)->shape();
  const std::int64_t columns = weight[static_cast<std::size_t>(product.axis)];
  const ValueId divided = graph.add_value(graph.fresh_value_name(name + "_divided"), type);
  graph.set_output(product.last, 0, divided);
  const std::vector<float> ones(static_cast<std::size_t>(columns), 1.0F);
  const ValueId vector =
      graph.add_constant(graph.fresh_value_name(graph.value(product.weight).name + "_columns"),
                         Tensor::of<float>({columns}, ones));
  product.scales =
      graph.add_node(Node{.name = graph.fresh_node_name(graph.node(product.last).name + "_columns"),
                          .op_type = "Mul",
                          .inputs = {divided, vector},
                          .outputs = {result}});
  plan.nodes.resize(graph.node_count());
  for (auto& [inner, unit] : plan.inner) {
    if (unit == result) unit = divided;
  }
}

std::vector<double> column_factors(const Tensor& weight, std::int64_t axis) {
  const std::vector<float> magnitudes = channel_magnitudes(weight, axis);
  const auto largest = static_cast<double>(std::ranges::max(magnitudes));
  std::vector<double> factors;
  for (const float magnitude : magnitudes) {
    const auto most = static_cast<double>(magnitude);
    const double wide = most > 0 ? std::max(most, kNarrowestColumn * largest) : largest;
    factors.push_back(wide > 0 ? wide * (128.0 / 127.0) : 1.0);
  }
  return factors;
}

std::size_t column_of(std::size_t i, const Shape& shape, std::int64_t axis) {
  const auto inner = static_cast<std::size_t>(shape[1]);
  return axis == 1 ? i % inner : i / inner;
}

Tensor divided_columns(const Tensor& weight, const std::vector<double>& factors,
                       std::int64_t axis) {
  const auto values = weight.data<float>();
  std::vector<float> divided(values.size());
  for (std::size_t i = 0; i < divided.size(); ++i) {
    const double factor = factors[column_of(i, weight.shape(), axis)];
    divided[i] = static_cast<float>(static_cast<double>(values[i]) / factor);
  }
  return Tensor::of<float>(weight.shape(), divided);
}

void divide_columns(const FloatProduct& product, const std::vector<double>& factors, Graph& graph) {
  graph.value(product.weight).constant =
      divided_columns(*graph.constant(product.weight), factors, product.axis);
  if (product.bias) {
    const Use& bias = *product.bias;
    const Tensor* present = graph.constant(graph.node(bias.node).input(bias.position));
    replace_constant(bias, divided_bias(*present, factors), graph);
  }
  const ValueId vector = graph.node(*product.scales).input(1);
  graph.value(vector).constant = multiplied(*graph.constant(vector), factors);
}

}  // namespace xquant::quantize

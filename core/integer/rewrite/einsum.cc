#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "integer/edit.h"
#include "integer/rewrite/rewrites.h"

namespace xquant::integer::rewrite {
namespace {

/// Labels of a product of two matrices, in batches: [batch, m, k] times [batch, k, n]. Without a
/// batch m may be several.
struct Product {
  std::string left{}, right{}, result{};  ///< of the operands and the result in the equation
  std::string batch{};                    ///< in the order of the result
  std::string m{}, k{}, n{};
};

bool has(const std::string& labels, char label) { return labels.find(label) != std::string::npos; }

bool are_distinct(std::string labels) {
  std::sort(labels.begin(), labels.end());
  return std::adjacent_find(labels.begin(), labels.end()) == labels.end();
}

/// nullopt: not two operands, no written result, or no product of matrices.
std::optional<Product> product_of(std::string equation) {
  std::erase(equation, ' ');
  const std::size_t comma = equation.find(','), arrow = equation.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || arrow < comma) return {};
  Product product{.left = equation.substr(0, comma),
                  .right = equation.substr(comma + 1, arrow - comma - 1),
                  .result = equation.substr(arrow + 2)};
  for (const std::string& labels : {product.left, product.right, product.result}) {
    if (!are_distinct(labels) || has(labels, ',') || has(labels, '.')) return {};
  }
  for (const char label : product.result) {
    const bool in_left = has(product.left, label), in_right = has(product.right, label);
    if (!in_left && !in_right) return {};
    (in_left && in_right ? product.batch : in_left ? product.m : product.n) += label;
  }
  for (const char label : product.left) {
    if (has(product.result, label)) continue;
    if (!has(product.right, label)) return {};
    product.k += label;
  }
  const auto is_summed_alone = [&](char label) {
    return !has(product.result, label) && !has(product.left, label);
  };
  if (std::ranges::any_of(product.right, is_summed_alone)) return {};
  if (product.k.size() != 1 || product.m.empty() || product.n.empty()) return {};
  const bool is_matrix_of_many =
      product.batch.empty() && std::min(product.m.size(), product.n.size()) == 1;
  if (!is_matrix_of_many && (product.m.size() != 1 || product.n.size() != 1)) return {};
  return product;
}

/// Where the wanted labels stand among those that there are.
std::vector<std::int64_t> permutation(const std::string& from, const std::string& to) {
  std::vector<std::int64_t> perm;
  for (const char label : to) perm.push_back(static_cast<std::int64_t>(from.find(label)));
  return perm;
}

void add_transpose(Graph& graph, const std::string& name, ValueId from,
                   const std::vector<std::int64_t>& perm, ValueId to) {
  graph.add_node({.name = graph.fresh_node_name(name + "_Transpose"),
                  .op_type = "Transpose",
                  .inputs = {from},
                  .outputs = {to},
                  .attributes = {{"perm", perm}}});
}

/// The operand with its dimensions in the wanted order.
ValueId turned(Graph& graph, const std::string& name, ValueId operand, const std::string& from,
               const std::string& to) {
  if (from == to) return operand;
  const ValueId result = fresh_value(graph, name + "_transposed", DataType::kFloat);
  add_transpose(graph, name, operand, permutation(from, to), result);
  return result;
}

bool is_dequantized(const Graph& graph, ValueId operand) {
  const NodeId producer = operand == ValueId::kNone ? NodeId::kNone : graph.value(operand).producer;
  return producer != NodeId::kNone && graph.node(producer).is("DequantizeLinear");
}

bool multiply(Graph& graph, NodeId id) {
  const Node einsum = graph.node(id);
  if (einsum.inputs.size() != 2 || !is_dequantized(graph, einsum.inputs[0]) ||
      !is_dequantized(graph, einsum.inputs[1]))
    return false;
  std::optional<Product> product = product_of(einsum.string_or("equation", ""));
  if (!product) return false;
  ValueId left = einsum.inputs[0], right = einsum.inputs[1];
  const bool are_single = product->m.size() == 1 && product->n.size() == 1;
  const bool is_turned = product->result.find(product->n) < product->result.find(product->m);
  if (product->n.size() > 1 || (are_single && is_turned)) {
    std::swap(left, right);
    std::swap(product->left, product->right);
    std::swap(product->m, product->n);
  }
  const std::string rows = product->batch + product->m;
  const std::string written = rows + product->n;
  const Node* found = only_quantize(graph, einsum.output(0));
  if (written != product->result && found == nullptr) return false;
  const Node quantize = found != nullptr ? *found : Node{};  // nodes move when others are added
  left = turned(graph, einsum.name, left, product->left, rows + product->k);
  right =
      turned(graph, einsum.name, right, product->right, product->batch + product->k + product->n);
  Node matmul{.name = einsum.name, .op_type = "MatMul", .inputs = {left, right}};
  if (written == product->result) {
    graph.remove_node(id);
    matmul.outputs = {einsum.output(0)};
    graph.add_node(std::move(matmul));
    return true;
  }
  // The codes of the result are turned, not its floats.
  const ValueId codes = quantize.output(0);
  const ValueId reals = fresh_value(graph, einsum.name + "_product", DataType::kFloat);
  const DataType type = quantized_type(graph, codes);
  graph.remove_node(graph.value(codes).producer);
  graph.remove_node(id);
  matmul.outputs = {reals};
  graph.add_node(std::move(matmul));
  Node moved = quantize;
  moved.inputs[0] = reals;
  moved.outputs = {fresh_value(graph, einsum.name + "_codes", type)};
  const ValueId before = moved.outputs[0];
  graph.add_node(std::move(moved));
  add_transpose(graph, einsum.name, before, permutation(written, product->result), codes);
  return true;
}

}  // namespace

bool multiply_einsums(Graph& graph) {
  bool any = false;
  for (const NodeId id : graph.topological_order()) {
    if (graph.alive(id) && graph.node(id).is("Einsum")) any = multiply(graph, id) || any;
  }
  return any;
}

}  // namespace xquant::integer::rewrite

#include <algorithm>
#include <vector>

#include "simplify/replace.h"
#include "simplify/rewrite.h"
#include "simplify/symbolic.h"

namespace xquant::simplify {
namespace {

/// perm of Transpose(Transpose(x)): dimension i of the result is dimension first[second[i]] of x.
std::vector<std::int64_t> composed(const Node& first, const Node& second) {
  const auto inner = first.ints_or("perm", {});
  const auto outer = second.ints_or("perm", {});
  if (inner.empty() || inner.size() != outer.size()) return {};
  std::vector<std::int64_t> permutation;
  for (const std::int64_t dim : outer) {
    if (dim < 0 || dim >= static_cast<std::int64_t>(inner.size())) return {};
    permutation.push_back(inner[static_cast<std::size_t>(dim)]);
  }
  return permutation;
}

bool merge_transposes(Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const Node* first = node.is("Transpose") ? writer(graph, node.input(0), "Transpose") : nullptr;
  if (first == nullptr) return false;
  const auto permutation = composed(*first, node);
  if (permutation.empty()) return false;
  const ValueId between = node.input(0);
  const ValueId source = first->input(0);
  if (source == ValueId::kNone) return false;
  graph.node(id).attributes["perm"] = permutation;
  graph.set_input(id, 0, source);
  remove_unread(graph, {between});
  return true;
}

bool is_reshape(const Node& node) {
  return node.is("Reshape") || node.is("Flatten") || node.is("Squeeze") || node.is("Unsqueeze");
}

/// Whether the Reshape's target counts no dimension of its operand (0), so that any operand with
/// the same elements will do.
bool target_is_absolute(const Graph& graph, const Node& reshape) {
  if (!reshape.is("Reshape") || reshape.int_or("allowzero", 0) != 0) return false;
  const Tensor* target = graph.constant(reshape.input(1));
  if (target == nullptr || graph.is_input(reshape.input(1))) return false;
  if (target->type() != DataType::kInt64) return false;  // no model; its run says so
  const auto dims = target->data<std::int64_t>();
  return std::find(dims.begin(), dims.end(), 0) == dims.end();
}

bool skip_reshape(Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (!target_is_absolute(graph, node)) return false;
  const ValueId between = node.input(0);
  if (between == ValueId::kNone) return false;
  const NodeId first = graph.value(between).producer;
  if (first == NodeId::kNone || !is_reshape(graph.node(first))) return false;
  const ValueId source = graph.node(first).input(0);
  if (source == ValueId::kNone) return false;  // no model; its run says so
  graph.set_input(id, 0, source);
  remove_unread(graph, {between});
  return true;
}

/// Transpose after Transpose, and Reshape after Reshape, Flatten, Squeeze or Unsqueeze, are one.
std::size_t apply(Graph& graph, const runtime::OpsetImports&) {
  std::size_t times = 0;
  for (const NodeId id : graph.nodes()) {
    if (graph.alive(id) && (merge_transposes(graph, id) || skip_reshape(graph, id))) ++times;
  }
  return times;
}

}  // namespace

const Rewrite kConsecutiveShapes = {"consecutive Transpose and Reshape", apply};

}  // namespace xquant::simplify

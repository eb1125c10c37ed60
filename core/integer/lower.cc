#include "integer/lower.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "integer/fused.h"
#include "integer/linear.h"
#include "integer/match/expression.h"
#include "integer/match/match.h"
#include "integer/match/operand.h"
#include "integer/match/result.h"
#include "integer/rewrite/rewrites.h"

namespace xquant::integer {
namespace {

constexpr auto kMultiplyAccumulate =
    std::to_array<std::string_view>({"Conv", "ConvTranspose", "Gemm", "MatMul"});

bool is_conversion(const Node& node) {
  return node.is("QuantizeLinear") || node.is("DequantizeLinear");
}

/// How many bits of elements the operator moves as they are (movements behind which
/// DequantizeLinear sank); 0: it does not.
std::size_t moved_bits(const Graph& graph, const Node& node) {
  if (!is_movement(node)) return 0;
  const DataType type = quantized_type(graph, node.input(0));
  return is_coded(type) ? 8 * byte_size(type, 1) : 0;
}

/// A MatMul whose second operand changes from run to run, or that has 8-bit constants of a form
/// that packed weights do not have: in front, or with leading dimensions.
bool is_product_of_data(const Graph& graph, const Node& node) {
  const Operand a = resolve(graph, node.input(0)), b = resolve(graph, node.input(1));
  if (b.constant == nullptr) return true;
  return b.is_coded_constant() && (a.is_coded_constant() || b.constant->shape().size() != 2);
}

/// Of an operator that an expression could have: an operand, what reads its result, or their
/// number.
std::string why_no_expression(const Graph& graph, const Node& node) {
  for (std::size_t i = node.is("Where") ? 1 : 0; i < node.inputs.size(); ++i) {
    const Operand operand = resolve(graph, node.inputs[i]);
    if (operand.constant == nullptr && !operand.is_coded_activation())
      return "an operand " + why_not_coded(operand);
  }
  const Result result = follow(graph, node.output(0));
  if (!result.why_float.empty()) return "its result " + result.why_float;
  return "it has more operands than the " + std::to_string(XQ_MAX_OPERANDS) + " of an expression";
}

std::string why_float(const Graph& graph, const Node& node) {
  if (is_of_expressions(graph, node)) return why_no_expression(graph, node);
  std::string why = "its operands come in float";
  for (const ValueId input : node.inputs) {
    const Operand operand = resolve(graph, input);
    if (operand.is_activation()) return node.op_type + " has no int8 kernel for these operands";
    if (operand.is_coded_activation()) return node.op_type + " has no kernel for 16 bits";
    if (operand.quantized != ValueId::kNone && operand.constant == nullptr)
      why = "an operand " + why_not_coded(operand);
  }
  return why;
}

class Lowering {
 public:
  explicit Lowering(const Model& model) : opsets_(model.opset_imports) {
    reference_ = model.graph;
    rewrite::settle_constants(reference_, opsets_);
    rewrite::expand_qoperators(reference_);
    rewrite::sink_dequantize(reference_);
    const bool multiplies = rewrite::multiply_einsums(reference_);
    if (rewrite::split_gemms(reference_) || multiplies) rewrite::sink_dequantize(reference_);
    rewrite::raise_quantize(reference_);
    rewrite::settle_constants(reference_, opsets_);  // weights that moved
    reference_.remove_dead();
    reference_ = reference_.compact();
  }

  Lowered run() {
    graph_ = reference_;
    rewrite::cancel_pairs(graph_);
    decide();
    graph_.remove_dead();
    Lowered lowered;
    for (const NodeId id : reference_.topological_order()) {
      const auto found = decisions_.find(reference_.node(id).name);
      if (found != decisions_.end()) lowered.decisions.push_back(found->second);
    }
    lowered.graph = graph_.compact();
    lowered.reference = std::move(reference_);
    sort_islands(lowered.graph);
    lowered.islands = std::move(islands_);
    return lowered;
  }

 private:
  void decide() {
    for (const NodeId id : graph_.topological_order()) {
      const Node& node = graph_.node(id);
      if (is_conversion(node)) continue;
      Decision& decision = decisions_[node.name];
      decision = {.node = node.name, .op_type = node.op_type};
      if (const std::size_t bits = moved_bits(graph_, node); bits > 0) {
        decision.execution = Execution::kInt8;
        decision.reason = "moves " + std::to_string(bits) + "-bit elements";
      }
    }
    for (const NodeId id : graph_.topological_order()) {
      if (!graph_.alive(id)) continue;  // went into an island before it
      const Node& node = graph_.node(id);
      if (std::find(kMultiplyAccumulate.begin(), kMultiplyAccumulate.end(), node.op_type) !=
              kMultiplyAccumulate.end() &&
          node.domain.empty()) {
        const std::string name = node.name;  // fusing moves the nodes
        accept(name, fuse_multiply_accumulate(graph_, id));
      }
    }
    fuse_quantized([&](NodeId id) { return fuse_table(graph_, id, opsets_); });
    for (const NodeId id : graph_.topological_order()) {
      if (!graph_.alive(id)) continue;
      const Node& node = graph_.node(id);
      const std::string name = node.name;
      if (node.is("MatMul") && is_undecided(name) && is_product_of_data(graph_, node))
        accept(name, fuse_matmul(graph_, id));
      else if (is_real_operator(node) && is_undecided(name))
        accept(name, fuse_real(graph_, id, opsets_));
    }
    fuse_quantized([&](NodeId id) { return fuse_expression(graph_, id); });
    fuse_quantized([&](NodeId id) { return fuse_wide_table(graph_, id, opsets_); });
    for (auto& [name, decision] : decisions_) {
      if (decision.execution == Execution::kFloat && decision.reason.empty())
        decision.reason = why_float(reference_, node_of(name));
    }
  }

  bool is_undecided(const std::string& name) const {
    const auto found = decisions_.find(name);
    return found != decisions_.end() && found->second.execution == Execution::kFloat;
  }

  /// What computes the operand of a QuantizeLinear.
  template <typename Fuse>
  void fuse_quantized(const Fuse& fuse) {
    for (const NodeId id : graph_.topological_order()) {
      if (!graph_.alive(id) || !graph_.node(id).is("QuantizeLinear")) continue;
      Match match = fuse(id);
      const std::string name = match.island ? match.island->node : "";
      accept(name, std::move(match));
    }
  }

  void accept(const std::string& name, Match match) {
    const auto set = [&](const std::string& node, const std::string& reason) {
      const auto found = decisions_.find(node);
      if (found == decisions_.end()) return;
      found->second.execution = match.execution;
      found->second.reason = reason;
    };
    if (!match.island) {
      set(name, match.reason);
      return;
    }
    set(name, match.reason);
    for (const std::string& covered : match.covered) set(covered, part_of(name));
    islands_.push_back(std::move(*match.island));
  }

  const Node& node_of(const std::string& name) const {
    for (const NodeId id : reference_.nodes()) {
      if (reference_.node(id).name == name) return reference_.node(id);
    }
    throw Error(ErrorKind::kInternal, "XQ-INT-010", "A node got lost while the graph was lowered.",
                {.node = name});
  }

  /// In the order in which the lowered graph computes their results.
  void sort_islands(const Graph& graph) {
    std::map<std::string, std::size_t> place;
    std::size_t count = 0;
    for (const NodeId id : graph.topological_order()) {
      for (const ValueId output : graph.node(id).outputs) {
        if (output != ValueId::kNone) place[graph.value(output).name] = ++count;
      }
    }
    std::erase_if(islands_, [&](const Island& island) { return !place.contains(island.output); });
    std::sort(islands_.begin(), islands_.end(), [&](const Island& a, const Island& b) {
      return place.at(a.output) < place.at(b.output);
    });
  }

  const runtime::OpsetImports& opsets_;
  Graph reference_;
  Graph graph_;
  std::map<std::string, Decision> decisions_;
  std::vector<Island> islands_;
};

}  // namespace

Lowered lower(const Model& model) { return Lowering(model).run(); }

}  // namespace xquant::integer

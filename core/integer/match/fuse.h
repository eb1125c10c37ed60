#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "integer/edit.h"
#include "integer/match/operand.h"
#include "integer/match/result.h"

namespace xquant::integer {

/// Names of the operands that change from run to run, each once.
std::vector<std::string> changing(const Graph& graph, const std::vector<Operand>& operands);

/// Replaces an operator, and the activations and QuantizeLinear behind it, by one node of kDomain.
class FusedNode {
 public:
  /// A node of that type with the operator's name and attributes.
  FusedNode(Graph& graph, NodeId op, std::string type);

  void add(const Operand& operand);
  void add_constant(const std::string& suffix, Tensor tensor);
  void add_absent();
  /// A tensor without scale and zero point.
  void add_plain(ValueId tensor);
  void add_steps(const Stage& steps);
  void set(const std::string& attribute, AttributeValue value);
  /// Puts the node into the graph. Without QuantizeLinear it writes the operator's float result.
  void finish(const Result& result);
  /// Puts the node into the graph as what writes a quantized value; the operator stays for other
  /// readers.
  void write(ValueId quantized, const Linear& linear);

 private:
  Graph& graph_;
  NodeId op_;
  Node node_;
};

}  // namespace xquant::integer

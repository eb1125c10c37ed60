#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/kernel.h"
#include "runtime/program.h"

namespace xquant::runtime {

/// A subgraph of a node, compiled. Its program takes the subgraph's own inputs, then the values of
/// enclosing graphs that it reads; those that are constants there are constants here.
struct Subgraph {
  std::shared_ptr<const Program> program;
  std::size_t own_inputs = 0;
  std::vector<std::size_t> captured;  ///< positions among the operands of the step
  std::vector<ValueType> declared{};  ///< types of its outputs, as far as the file says
};

/// What a node with subgraphs does, one object for each executor: it holds the executors of the
/// subgraphs and the memory of the results.
class ControlState {
 public:
  virtual ~ControlState() = default;
  /// operands: those of the node, then the captured ones. The results live until the next call and
  /// share no memory with the operands.
  virtual std::span<const TensorView> run(const Operands& operands) = 0;
};

/// If, Loop or Scan, compiled. Immutable: threads share it.
class ControlFlow {
 public:
  virtual ~ControlFlow() = default;
  virtual std::unique_ptr<ControlState> start() const = 0;
};

struct ControlSetup {
  const Node& node;
  std::int64_t opset;
  /// The compiled subgraph of an attribute; refuses when there is none.
  std::function<Subgraph(std::string_view attribute)> subgraph;
};

using ControlFactory = std::unique_ptr<ControlFlow> (*)(const ControlSetup&);

/// nullptr when the node is not one of these.
ControlFactory find_control_flow(std::string_view domain, std::string_view op_type);

/// All subgraphs among the node's attributes.
std::vector<const Graph*> subgraphs_of(const Node& node);

/// Values of the graph that the node's subgraphs read, each once.
std::vector<ValueId> captured_values(const Graph& graph, const Node& node);

/// Makes the node's ControlFlow. Captured values follow the node's operands in the order of
/// captured_values().
std::unique_ptr<ControlFlow> make_control_flow(const Graph& graph, const Node& node,
                                               const OpsetImports& imports, std::int64_t opset);

}  // namespace xquant::runtime

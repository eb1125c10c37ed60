#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace xquant::runtime {

/// Domain ("" = ai.onnx) -> version, as in Model::opset_imports.
using OpsetImports = std::map<std::string, std::int64_t>;

/// What becomes of operators that cannot be run.
enum class Obstacles {
  kRefuse,    ///< Error(kModel, "XQ-RT-001" or "XQ-RT-006")
  kLeaveOut,  ///< they and what depends on them are left out; what they read is computed
};

class Kernel;
struct Setup;

/// Makes the kernel of a node.
using Factory = std::unique_ptr<Kernel> (*)(const Setup&);
/// The factory of one of a caller's own operators in the version that the opset selects; empty when
/// it is not one of them.
using OwnOperators = std::function<std::function<std::unique_ptr<Kernel>(const Setup&)>(
    std::string_view domain, std::string_view op_type, std::int64_t opset)>;

class Program;

struct CompileOptions {
  /// The values to compute; empty: the graph's outputs. Nodes that none of them needs are left out,
  /// and need not be supported.
  std::vector<ValueId> outputs{};
  Obstacles obstacles = Obstacles::kRefuse;
  /// Operators of the caller's own, asked before the registry: how a module above this one brings
  /// kernels for nodes that no model file holds.
  OwnOperators own_operators{};
  /// What messages call a node of theirs, of which the model's author knows nothing; empty: its
  /// type and name.
  std::function<std::string(const Node&)> own_names{};
  /// The values that observers are shown beside those; nullopt: all. A value in neither list may be
  /// computed together with the next one and then has no memory of its own.
  std::optional<std::vector<ValueId>> observed{};
  /// A program whose packed weights are used again where the same operator reads the same constants
  /// (the same memory, not equal elements): two programs of one model then hold them once.
  const Program* weights_of = nullptr;
};

/// A graph compiled for execution: order, kernels, packed weights. Immutable and self-contained
/// (the graph may go), so executors on several threads share it.
class Program {
 public:
  /// Throws Error(kModel, "XQ-RT-001") when operators are missing, with name, domain, opset and the
  /// nodes of each.
  static std::shared_ptr<const Program> compile(const Graph& graph,
                                                const OpsetImports& opset_imports,
                                                const CompileOptions& options = {});
  ~Program();

  /// The true inputs in the graph's order: those without a default value.
  std::span<const ValueId> inputs() const;
  /// What run() returns, in this order.
  std::span<const ValueId> outputs() const;
  /// Nodes that run, in their order.
  std::span<const NodeId> order() const;
  /// Wanted nodes that do not run, in their order (Obstacles::kLeaveOut).
  std::span<const NodeId> left_out() const;
  const std::string& value_name(ValueId id) const;
  /// Bytes of constants, prepared ones included.
  std::size_t weight_bytes() const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit Program(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether the operator and its version can be run. Element types and attribute values are checked
/// later, with the data at hand.
bool is_supported(const Node& node, const OpsetImports& opset_imports);

/// Runs one node on constants, for folding. inputs has one entry for each operand, nullptr for
/// absent ones. An output that the node does not name comes back as an empty tensor of type
/// kUndefined.
std::vector<Tensor> evaluate(const Node& node, const OpsetImports& opset_imports,
                             std::span<const Tensor* const> inputs);

}  // namespace xquant::runtime

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/control_flow/control_flow.h"
#include "runtime/kernel.h"
#include "runtime/prepared_kernels.h"
#include "runtime/program.h"

namespace xquant::runtime {

/// Where the bytes of a value come from.
enum class Storage {
  kUnused,    ///< not part of this program
  kInput,     ///< the caller's memory
  kConstant,  ///< the program's memory
  kStatic,    ///< follows from constants and input shapes: computed once for a plan
  kArena,
  kHeld,  ///< the memory of the control-flow step that made it
};

/// Later nodes that a kernel does on its result while it is hot.
class FusedTail final : public Tail {
 public:
  void add(std::unique_ptr<Kernel> kernel) { kernels_.push_back(std::move(kernel)); }
  bool empty() const { return kernels_.empty(); }
  void apply(float* y, std::size_t first, std::size_t n) const override {
    for (const auto& kernel : kernels_) kernel->map_floats(first, y, y, n);
  }
  const Bounds* bounds() const override {
    return kernels_.size() == 1 ? kernels_[0]->bounds() : nullptr;
  }

 private:
  std::vector<std::unique_ptr<Kernel>> kernels_;
};

/// A node that is ready to run; without kernel and control, one whose results are constants.
struct Step {
  NodeId node = NodeId::kNone;
  std::string name{};                      ///< for messages
  std::shared_ptr<const Kernel> kernel{};  ///< programs with the same weights share it
  std::unique_ptr<ControlFlow> control{};  ///< instead of the kernel, for If, Loop and Scan
  std::vector<ValueId> inputs{};  ///< with control: the operands, then what subgraphs capture
  std::vector<ValueId> outputs{};

  bool is_known() const { return kernel == nullptr && control == nullptr; }
  bool is_static = false;  ///< all outputs are Storage::kStatic
  bool dynamic_shapes =
      false;  ///< output shapes depend on values that change from sample to sample
  FusedTail tail{};
};

/// A constant operand; data may be empty when kernels keep what they need of it.
struct Constant {
  DataType type = DataType::kUndefined;
  Shape shape{};
  Tensor data{};
};

struct Program::Impl {
  std::vector<std::string> names;  ///< of values, for messages
  std::vector<ValueType> declared;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<NodeId> order;
  std::vector<NodeId> left_out;
  std::vector<Step> steps;
  std::map<ValueId, Constant> constants;
  PreparedKernels prepared;

  // One entry for each value of the graph.
  std::vector<Storage> storage;
  /// The value whose bytes this one shares: itself, unless it is the result of a view.
  std::vector<ValueId> root;
  /// Last step that reads the bytes, for roots; kForever when the caller reads them.
  std::vector<std::size_t> last_use;
  static constexpr std::size_t kForever = static_cast<std::size_t>(-1);

  /// By value: the step that alone reads it, if nobody observes it; else kNobody. Empty when
  /// everything is observed.
  std::vector<std::size_t> only_reader;
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

  Storage storage_of_root(ValueId id) const { return storage[index(root[index(id)])]; }
};

/// Live nodes that the wanted values depend on, in topological order.
std::vector<NodeId> needed_nodes(const Graph& graph, std::span<const ValueId> wanted);

}  // namespace xquant::runtime

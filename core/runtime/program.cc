#include "runtime/program.h"

#include <algorithm>
#include <set>

#include "base/cancellation.h"
#include "runtime/channel_shuffle.h"
#include "runtime/half_precision.h"
#include "runtime/hidden_values.h"
#include "runtime/known_values.h"
#include "runtime/node_runner.h"
#include "runtime/ops/round_trip.h"
#include "runtime/program_impl.h"
#include "runtime/refusal.h"
#include "runtime/registry.h"

namespace xquant::runtime {
std::vector<NodeId> needed_nodes(const Graph& graph, std::span<const ValueId> wanted) {
  std::vector<bool> needed(graph.node_count(), false);
  std::vector<ValueId> open(wanted.begin(), wanted.end());
  while (!open.empty()) {
    const ValueId value = open.back();
    open.pop_back();
    if (value == ValueId::kNone) continue;
    const NodeId producer = graph.value(value).producer;
    if (producer == NodeId::kNone || needed[index(producer)]) continue;
    needed[index(producer)] = true;
    const Node& node = graph.node(producer);
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
    const std::vector<ValueId> captured = captured_values(graph, node);
    open.insert(open.end(), captured.begin(), captured.end());
  }
  std::vector<NodeId> order = graph.topological_order();
  std::erase_if(order, [&](NodeId id) { return !needed[index(id)]; });
  return order;
}

namespace {

/// Fills a Program::Impl from a graph.
class Compiler {
 public:
  Compiler(const Graph& graph, const OpsetImports& imports, const CompileOptions& options,
           Program::Impl& out)
      : graph_(graph), imports_(imports), options_(options), out_(out), known_(graph, imports) {}

  void run(std::span<const ValueId> outputs) {
    out_.outputs.assign(outputs.begin(), outputs.end());
    out_.order = needed_nodes(graph_, outputs);
    if (options_.obstacles == Obstacles::kLeaveOut) leave_out_what_cannot_run();
    refuse_what_cannot_run(graph_, nodes_of_the_registry(), out_.outputs, imports_);
    add_values();
    if (options_.weights_of != nullptr) prepared_ = &options_.weights_of->impl().prepared;
    observed_ = options_.observed;
    if (observed_) {
      hidden_ = HiddenValues(graph_, out_.order, out_.outputs, *observed_);
      shuffles_ = ChannelShuffles(graph_, out_.order, hidden_, out_.outputs, *observed_);
    }
    maker_.assign(graph_.value_count(), kNoStep);
    count_readers();
    for (const NodeId id : out_.order) {
      cancellation_point();
      if (shuffles_.covers(id)) continue;
      if (!join_shuffle(id) && !fold(id) && !join_round_trip(id) && !fuse(id)) add_step(id);
      forget_operands(graph_.node(id));
    }
    for (const ValueId id : out_.outputs) read(id, Program::Impl::kForever, true);
    if (!hidden_.empty()) note_readers();
  }

 private:
  /// The outputs become those that can be computed, and what the nodes left out read.
  void leave_out_what_cannot_run() {
    out_.left_out =
        nodes_that_cannot_run(graph_, out_.order, out_.outputs, imports_, options_.own_operators);
    if (out_.left_out.empty()) return;
    const auto is_left_out = [&](ValueId id) {
      return std::ranges::find(out_.left_out, graph_.value(id).producer) != out_.left_out.end();
    };
    std::erase_if(out_.outputs, is_left_out);
    for (const NodeId id : out_.left_out) {
      std::vector<ValueId> read = graph_.node(id).inputs;
      const std::vector<ValueId> captured = captured_values(graph_, graph_.node(id));
      read.insert(read.end(), captured.begin(), captured.end());
      for (const ValueId value : read) {
        if (value == ValueId::kNone || graph_.value(value).producer == NodeId::kNone) continue;
        if (is_left_out(value) || std::ranges::find(out_.outputs, value) != out_.outputs.end())
          continue;
        out_.outputs.push_back(value);
      }
    }
    out_.order = needed_nodes(graph_, out_.outputs);
  }

  /// The factory of one of the caller's own operators, empty for others.
  std::function<std::unique_ptr<Kernel>(const Setup&)> own_factory(const Node& node) const {
    if (!options_.own_operators) return {};
    return options_.own_operators(node.domain, node.op_type, version_of(imports_, node.domain));
  }

  std::string name_of(const Node& node) const {
    return options_.own_names && own_factory(node) ? options_.own_names(node) : describe(node);
  }

  std::vector<NodeId> nodes_of_the_registry() const {
    std::vector<NodeId> nodes = out_.order;
    std::erase_if(nodes, [&](NodeId id) { return own_factory(graph_.node(id)) != nullptr; });
    return nodes;
  }

  std::shared_ptr<const Kernel> kernel_of(const Node& node) {
    const std::vector<const Tensor*> constants = known_.operands(node);
    const std::int64_t opset = version_of(imports_, node.domain);
    if (const auto own = own_factory(node)) {
      return naming_node(name_of(node), [&] { return own(Setup{node, opset, constants}); });
    }
    std::shared_ptr<const Kernel> kernel;
    if (prepared_ != nullptr) kernel = prepared_->find(node, opset, constants);
    if (kernel == nullptr) kernel = make_kernel(node, imports_, constants);
    if (kernel->packed_bytes() > 0) out_.prepared.add(node, opset, constants, kernel);
    return kernel;
  }

  /// How many operands each value is; outputs and what subgraphs capture count as one that stays.
  void count_readers() {
    readers_.assign(graph_.value_count(), 0);
    const auto count = [&](const std::vector<ValueId>& values) {
      for (const ValueId value : values) {
        if (value != ValueId::kNone) ++readers_[index(value)];
      }
    };
    count(out_.outputs);
    for (const NodeId id : out_.order) {
      count(graph_.node(id).inputs);
      count(captured_values(graph_, graph_.node(id)));
    }
  }

  /// Weights that were computed for this node alone are packed now: the next ones take their
  /// memory.
  void forget_operands(const Node& node) {
    for (const ValueId input : node.inputs) {
      if (input != ValueId::kNone && --readers_[index(input)] == 0) known_.forget(input);
    }
  }

  void add_values() {
    const std::size_t count = graph_.value_count();
    out_.storage.assign(count, Storage::kUnused);
    out_.last_use.assign(count, 0);
    out_.root.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Value& value = graph_.value(ValueId(static_cast<std::int32_t>(i)));
      out_.root[i] = ValueId(static_cast<std::int32_t>(i));
      out_.names.push_back(value.name);
      out_.declared.push_back(value.type);
      if (value.constant) out_.storage[i] = Storage::kConstant;
    }
    for (const ValueId id : graph_.inputs) {
      if (graph_.value(id).constant) continue;
      out_.inputs.push_back(id);
      out_.storage[index(id)] = Storage::kInput;
    }
  }

  /// Whether an observer is shown the value.
  bool is_observed(ValueId id) const {
    return !observed_ || std::ranges::find(*observed_, id) != observed_->end();
  }

  /// A node of the registry whose results are known now needs no step; they become constants, which
  /// observers are shown all the same.
  bool fold(NodeId id) {
    const Node& node = graph_.node(id);
    if (find_control_flow(node.domain, node.op_type) != nullptr || own_factory(node) != nullptr)
      return false;
    if (!known_.add_results(node)) return false;
    Step step{.node = id, .name = describe(node)};
    for (const ValueId output : node.outputs) {
      if (output == ValueId::kNone) continue;
      out_.storage[index(output)] = Storage::kConstant;
      if (!is_observed(output)) continue;
      step.outputs.push_back(output);
      read(output, out_.steps.size(), true);
    }
    if (!step.outputs.empty()) out_.steps.push_back(std::move(step));
    return true;
  }

  /// QuantizeLinear and the DequantizeLinear that alone reads its codes become one step.
  bool join_round_trip(NodeId id) {
    const Node& node = graph_.node(id);
    if (joined_.contains(id)) return true;
    const NodeId reader = hidden_.reader(node.output(0));
    if (!node.is("QuantizeLinear") || reader == NodeId::kNone) return false;
    const Node& next = graph_.node(reader);
    if (!next.is("DequantizeLinear") || next.input(0) != node.output(0)) return false;
    if (own_factory(node) != nullptr || own_factory(next) != nullptr) return false;
    const auto first = known_.operands(node), second = known_.operands(next);
    const std::int64_t opset = version_of(imports_, "");
    auto kernel = ops::round_trip({node, opset, first}, {next, opset, second});
    if (kernel == nullptr) return false;
    kernel = with_half_precision(std::move(kernel));
    joined_.insert(reader);
    const std::string name = describe(node) + " with " + describe(next);
    if (extend_tail(node.input(0), next.output(0), name, kernel)) return true;
    add_step({id, name, std::move(kernel), nullptr, {node.input(0)}, {next.output(0)}});
    return true;
  }

  /// A Gather behind a channel shuffle copies its channels from where they are.
  bool join_shuffle(NodeId id) {
    const ShuffledPart* part = shuffles_.part(id);
    if (part == nullptr) return false;
    add_step({id, describe(graph_.node(id)), make_shuffled_part(graph_, imports_, *part), nullptr,
              part->inputs, graph_.node(id).outputs});
    return true;
  }

  /// Lets the step that makes the one operand that is not known do this element-wise node as well,
  /// where it can.
  bool fuse(NodeId id) {
    const Node& node = graph_.node(id);
    if (!can_extend(node.input(0)) && !can_extend(node.input(1))) return false;
    if (own_factory(node) != nullptr) return false;
    auto kernel = make_kernel(node, imports_, known_.operands(node));
    if (!kernel->maps_floats()) return false;
    const ValueId from = node.input(kernel->mapped_operand());
    if (!can_extend(from)) return false;
    const std::size_t row = kernel->mapped_row();
    if (row != 0 && out_.steps[maker_[index(from)]].kernel->row_length() != row) return false;
    return extend_tail(from, node.output(0), describe(node), kernel);
  }

  bool can_extend(ValueId value) const {
    return hidden_.reader(value) != NodeId::kNone && maker_[index(value)] != kNoStep;
  }

  /// Adds an element-wise kernel to the step that makes `from`, so that it makes `to`.
  bool extend_tail(ValueId from, ValueId to, const std::string& name,
                   std::unique_ptr<Kernel>& kernel) {
    if (!can_extend(from)) return false;
    const std::size_t maker = maker_[index(from)];
    Step& step = out_.steps[maker];
    step.tail.add(std::move(kernel));
    step.name += " with " + name;
    step.outputs[0] = to;
    out_.storage[index(to)] = Storage::kArena;
    out_.storage[index(from)] = Storage::kUnused;
    out_.last_use[index(to)] = maker;
    maker_[index(to)] = maker;
    return true;
  }

  /// Notes that element-wise nodes on this step's result may be fused with it. Constants of half
  /// precision mean that the data may be of half precision, and then every node rounds its result.
  void offer_fusion(const Step& step) {
    if (hidden_.empty() || step.is_static || !step.kernel->takes_tail()) return;
    for (const ValueId input : step.inputs) {
      const Tensor* tensor = known_.find(input);
      if (tensor != nullptr && tensor->type() != DataType::kFloat) return;
    }
    maker_[index(step.outputs[0])] = out_.steps.size();
  }

  /// Which steps may be done together with those whose results they alone read.
  void note_readers() {
    std::vector<std::size_t> step_of(graph_.node_count(), Program::Impl::kNobody);
    for (std::size_t i = 0; i < out_.steps.size(); ++i) step_of[index(out_.steps[i].node)] = i;
    for (std::size_t i = 0; i < graph_.value_count(); ++i) {
      const NodeId reader = hidden_.reader(ValueId(static_cast<std::int32_t>(i)));
      out_.only_reader.push_back(reader == NodeId::kNone ? Program::Impl::kNobody
                                                         : step_of[index(reader)]);
    }
  }

  /// If, Loop, Scan: results in memory of their own.
  void add_control_step(NodeId id) {
    const Node& node = graph_.node(id);
    Step step{id, describe(node), nullptr, nullptr, node.inputs, node.outputs};
    const std::vector<ValueId> captured = captured_values(graph_, node);
    step.inputs.insert(step.inputs.end(), captured.begin(), captured.end());
    for (const ValueId input : step.inputs) read(input, out_.steps.size(), true);
    step.control = naming_node(step.name, [&] {
      return make_control_flow(graph_, node, imports_, version_of(imports_, node.domain));
    });
    for (const ValueId output : node.outputs) {
      if (output != ValueId::kNone) out_.storage[index(output)] = Storage::kHeld;
    }
    out_.steps.push_back(std::move(step));
  }

  void add_step(NodeId id) {
    const Node& node = graph_.node(id);
    if (find_control_flow(node.domain, node.op_type) != nullptr) return add_control_step(id);
    add_step({id, name_of(node), kernel_of(node), nullptr, node.inputs, node.outputs});
  }

  void add_step(Step step) {
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      read(step.inputs[i], out_.steps.size(), step.kernel->needs_constant(i));
    }
    const Kernel& kernel = *step.kernel;
    step.is_static =
        kernel.reads_types_only() ||
        std::ranges::all_of(step.inputs, [&](ValueId input) { return is_static(input); });
    step.dynamic_shapes =
        !step.is_static && std::ranges::any_of(kernel.shape_operands(), [&](std::size_t i) {
          return i < step.inputs.size() && !is_static(step.inputs[i]);
        });
    for (const ValueId output : step.outputs) {
      if (output == ValueId::kNone) continue;
      out_.storage[index(output)] = step.is_static ? Storage::kStatic : Storage::kArena;
      out_.last_use[index(output)] = out_.steps.size();
    }
    if (kernel.is_view() && (step.inputs.empty() || step.inputs[0] == ValueId::kNone)) {
      naming_node(step.name, [] { refuse("Operand 0 is missing."); });
    }
    if (kernel.is_view()) out_.root[index(step.outputs[0])] = out_.root[index(step.inputs[0])];
    offer_fusion(step);
    out_.steps.push_back(std::move(step));
  }

  bool is_static(ValueId id) const {
    if (id == ValueId::kNone) return true;
    const Storage storage = out_.storage[index(id)];
    return storage == Storage::kConstant || storage == Storage::kStatic;
  }

  /// Step `when` reads the value; with_data: it reads its elements and not only its type.
  void read(ValueId id, std::size_t when, bool with_data) {
    if (id == ValueId::kNone) return;
    if (out_.storage[index(id)] == Storage::kUnused) {
      throw Error(ErrorKind::kModel, "XQ-RT-004", "No node and no input gives this value.",
                  Place{.tensor = graph_.value(id).name});
    }
    std::size_t& last = out_.last_use[index(out_.root[index(id)])];
    last = std::max(last, when);
    if (const Tensor* tensor = known_.find(id)) {
      Constant& constant = out_.constants[id];
      constant.type = tensor->type();
      constant.shape = tensor->shape();
      if (with_data) constant.data = *tensor;
    }
  }

  const Graph& graph_;
  const OpsetImports& imports_;
  const CompileOptions& options_;
  const PreparedKernels* prepared_ = nullptr;  ///< of another program
  Program::Impl& out_;
  KnownValues known_;
  std::optional<std::vector<ValueId>> observed_;
  HiddenValues hidden_;
  ChannelShuffles shuffles_;
  std::set<NodeId> joined_;  ///< nodes that a step before them does as well
  static constexpr std::size_t kNoStep = static_cast<std::size_t>(-1);
  std::vector<std::size_t> readers_;  ///< by value: operands of nodes that are still to come
  std::vector<std::size_t> maker_;    ///< by value: the step whose tail may go on with it
};

}  // namespace

Program::Program(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Program::~Program() = default;

std::shared_ptr<const Program> Program::compile(const Graph& graph,
                                                const OpsetImports& opset_imports,
                                                const CompileOptions& options) {
  auto impl = std::make_unique<Impl>();
  Compiler(graph, opset_imports, options, *impl)
      .run(options.outputs.empty() ? graph.outputs : options.outputs);
  return std::shared_ptr<const Program>(new Program(std::move(impl)));
}

std::span<const ValueId> Program::inputs() const { return impl_->inputs; }
std::span<const ValueId> Program::outputs() const { return impl_->outputs; }
std::span<const NodeId> Program::order() const { return impl_->order; }
std::span<const NodeId> Program::left_out() const { return impl_->left_out; }
const std::string& Program::value_name(ValueId id) const { return impl_->names[index(id)]; }

std::size_t Program::weight_bytes() const {
  std::size_t bytes = 0;
  for (const Step& step : impl_->steps) {
    if (step.kernel != nullptr) bytes += step.kernel->packed_bytes();
  }
  for (const auto& [id, constant] : impl_->constants) {
    if (constant.data.type() != DataType::kUndefined) bytes += constant.data.bytes().size();
  }
  return bytes;
}

bool is_supported(const Node& node, const OpsetImports& opset_imports) {
  if (find_control_flow(node.domain, node.op_type) == nullptr)
    return factory_of(node, opset_imports) != nullptr;
  return std::ranges::all_of(subgraphs_of(node), [&](const Graph* graph) {
    return std::ranges::all_of(needed_nodes(*graph, graph->outputs), [&](NodeId id) {
      return is_supported(graph->node(id), opset_imports);
    });
  });
}

std::vector<Tensor> evaluate(const Node& node, const OpsetImports& opset_imports,
                             std::span<const Tensor* const> inputs) {
  std::vector<TensorView> operands;
  for (const Tensor* input : inputs) operands.push_back(input ? view_of(*input) : TensorView{});
  return NodeRunner(node, opset_imports, {}).run(operands);
}

}  // namespace xquant::runtime

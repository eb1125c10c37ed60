#include "runtime/executor.h"

#include <algorithm>
#include <new>

#include "base/cancellation.h"
#include "runtime/aligned_buffer.h"
#include "runtime/plan.h"
#include "runtime/program_impl.h"

namespace xquant::runtime {

struct Executor::Impl {
  Impl(std::shared_ptr<const Program> compiled, ThreadPool* threads)
      : program(std::move(compiled)),
        pool(threads),
        code(program->impl()),
        views(code.names.size()),
        owned(code.names.size()),
        results(code.outputs.size()) {
    for (const Step& step : code.steps)
      states.push_back(step.control == nullptr ? nullptr : step.control->start());
    plan.types.resize(code.names.size());
    for (const auto& [id, constant] : code.constants) {
      const bool held = constant.data.type() != DataType::kUndefined;
      const void* data = held ? constant.data.bytes().data() : nullptr;
      views[index(id)] = {constant.type, constant.shape, data};
    }
  }

  // ---- one run
  void start(std::span<const TensorView> inputs);
  void use_arena();
  void check_input(std::size_t position, const TensorView& input) const;
  void run_steps(Observer* observer);
  bool planned_shapes_hold(const Step& step);
  void learn(std::size_t step_number);
  void compute(std::size_t step_number);
  void bind_results(std::size_t step_number);
  void run_control(std::size_t step_number);
  void finish();

  // ---- helpers
  std::span<const TensorView> operands_of(const Step& step);
  void* memory_of(ValueId id);
  void release_after(std::size_t step_number);
  void notify(std::size_t step_number, Observer& observer) const;

  std::shared_ptr<const Program> program;
  ThreadPool* pool;
  const Program::Impl& code;
  std::vector<TensorView> views;  ///< of every value, as far as the run has come
  /// Memory of static values, and of all results while a plan is learned.
  std::vector<AlignedBuffer> owned;
  std::vector<std::unique_ptr<ControlState>> states;  ///< one for each step, or nullptr
  Plan plan;
  bool learning = true;
  AlignedBuffer arena;
  AlignedBuffer scratch;
  std::vector<TensorView> results;
  std::vector<TensorView> operands;  ///< of the current step
  std::vector<MutableView> outputs;  ///< of the current step
};

void Executor::Impl::check_input(std::size_t position, const TensorView& input) const {
  const ValueId id = code.inputs[position];
  const ValueType& declared = code.declared[index(id)];
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorKind::kModel, "XQ-RT-002", what, Place{.tensor = code.names[index(id)]},
                "Give inputs of the type and shape that the model declares.");
  };
  if (declared.element != DataType::kUndefined && declared.element != input.type) {
    fail("The model's input takes " + std::string(name(declared.element)) + ", not " +
         std::string(name(input.type)) + ".");
  }
  if (!declared.shape) return;
  bool fits = declared.shape->size() == input.rank();
  for (std::size_t i = 0; fits && i < input.rank(); ++i) {
    const auto* fixed = std::get_if<std::int64_t>(&(*declared.shape)[i]);
    fits = fixed == nullptr || *fixed == input.shape[i];
  }
  if (!fits)
    fail("The shape " + to_string(input.shape_copy()) + " does not fit the model's input.");
}

/// Takes the inputs in and decides whether the plan still holds.
void Executor::Impl::start(std::span<const TensorView> inputs) {
  if (inputs.size() != code.inputs.size()) {
    throw Error(ErrorKind::kModel, "XQ-RT-002",
                "The model has " + std::to_string(code.inputs.size()) + " inputs and was given " +
                    std::to_string(inputs.size()) + ".",
                {}, "Give one tensor for each input of the model.");
  }
  const auto same_shape = [](const TensorView& view, const Shape& shape) {
    return std::ranges::equal(view.shape, shape);
  };
  learning = !plan.valid || !std::ranges::equal(inputs, plan.input_shapes, same_shape) ||
             !std::ranges::equal(inputs, plan.input_types, {}, &TensorView::type);
  if (learning) {
    plan.input_shapes.resize(inputs.size());
    plan.input_types.resize(inputs.size());
  }
  plan.valid = false;  // until this run has come to its end
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check_input(i, inputs[i]);
    if (learning) {
      plan.input_shapes[i] = inputs[i].shape_copy();
      plan.input_types[i] = inputs[i].type;
    }
    views[index(code.inputs[i])] = {inputs[i].type, plan.input_shapes[i], inputs[i].data};
  }
  if (!learning) use_arena();
}

/// Moves from the memory of the run that learned the plan to the arena.
void Executor::Impl::use_arena() {
  arena.require(std::max(kAlignment, plan.arena_bytes));
  for (std::size_t i = 0; i < owned.size(); ++i) {
    if (code.storage[i] != Storage::kStatic) owned[i] = {};
  }
}

std::span<const TensorView> Executor::Impl::operands_of(const Step& step) {
  operands.clear();
  for (const ValueId id : step.inputs) {
    operands.push_back(id == ValueId::kNone ? TensorView{} : views[index(id)]);
  }
  return operands;
}

void* Executor::Impl::memory_of(ValueId id) {
  const std::size_t value = index(id);
  if (learning || code.storage[value] == Storage::kStatic) return owned[value].data();
  return arena.data() + plan.offsets[value];
}

/// Points the views of the step's results at their memory.
void Executor::Impl::bind_results(std::size_t step_number) {
  const Step& step = code.steps[step_number];
  outputs.clear();
  for (std::size_t i = 0; i < step.outputs.size(); ++i) {
    const bool is_fused = i == 0 && !learning && !plan.fusion.chain(step_number).empty();
    const ValueId id = is_fused ? plan.fusion.result(code, step_number) : step.outputs[i];
    if (id == ValueId::kNone) {
      outputs.push_back({});
      continue;
    }
    const TensorType& type = plan.types[index(id)];
    const bool aliased = i == 0 && step.kernel->is_view();
    void* data = aliased ? const_cast<void*>(operands[0].data) : memory_of(id);
    outputs.push_back({type.type, type.shape, data});
    views[index(id)] = outputs.back();
  }
}

/// Infers the types of the step's results and gives them memory of their own.
void Executor::Impl::learn(std::size_t step_number) {
  const Step& step = code.steps[step_number];
  std::vector<TensorType> types = step.kernel->infer(operands_of(step));
  for (std::size_t i = 0; i < step.outputs.size(); ++i) {
    if (step.outputs[i] == ValueId::kNone) continue;
    if (i >= types.size()) refuse("Output " + std::to_string(i) + " is not supported.");
    require_possible(types[i]);
    const std::size_t value = index(step.outputs[i]);
    const auto count = static_cast<std::size_t>(element_count(types[i].shape));
    if (!(i == 0 && step.kernel->is_view())) {
      const std::size_t bytes = std::max(kAlignment, byte_size(types[i].type, count));
      try {
        owned[value].require(bytes);
      } catch (const std::bad_alloc&) {
        throw Error(ErrorKind::kModel, "XQ-RT-007",
                    "There is no memory for a result of shape " + to_string(types[i].shape) + ", " +
                        std::to_string(bytes >> 20U) + " MiB.",
                    {}, "Give a smaller input_shape, use fewer threads or the native program.");
      }
    }
    plan.types[value] = std::move(types[i]);
  }
}

/// Whether a step whose result shapes depend on values gets the shapes of the plan.
bool Executor::Impl::planned_shapes_hold(const Step& step) {
  const std::vector<TensorType> types = step.kernel->infer(operands_of(step));
  for (std::size_t i = 0; i < step.outputs.size() && i < types.size(); ++i) {
    if (step.outputs[i] == ValueId::kNone) continue;
    if (types[i].shape != plan.types[index(step.outputs[i])].shape) return false;
  }
  return true;
}

void Executor::Impl::compute(std::size_t step_number) {
  const Step& step = code.steps[step_number];
  if (step.kernel->is_view()) return;
  const auto workers = static_cast<std::size_t>(pool == nullptr ? 1 : pool->size());
  if (learning)
    scratch.require(workers * align_up(step.kernel->scratch_bytes(Operands(operands), outputs)));
  Call call{Operands(operands),
            outputs,
            {scratch.data(), scratch.size()},
            step.tail.empty() ? nullptr : &step.tail,
            pool,
            scratch.size() / workers / kAlignment * kAlignment};
  const std::span<const FusedStep> chain = plan.fusion.chain(step_number);
  if (learning || chain.empty()) return step.kernel->run(call);
  const ChainTail tail(code, step_number, chain, views);
  call.tail = &tail;
  if (step.kernel->takes_tail_of_floats()) return step.kernel->run(call);
  run_in_pieces(*step.kernel, call);
}

/// If, Loop, Scan: results come with their shapes; when one differs from the plan, what follows has
/// to be learned again.
void Executor::Impl::run_control(std::size_t step_number) {
  const Step& step = code.steps[step_number];
  const auto given = states[step_number]->run(Operands(operands_of(step)));
  for (std::size_t i = 0; i < step.outputs.size(); ++i) {
    if (step.outputs[i] == ValueId::kNone) continue;
    if (i >= given.size()) refuse("Output " + std::to_string(i) + " is not supported.");
    TensorType& type = plan.types[index(step.outputs[i])];
    if (type.type != given[i].type || !std::ranges::equal(type.shape, given[i].shape)) {
      type = {given[i].type, given[i].shape_copy()};
      learning = true;
    }
    views[index(step.outputs[i])] = given[i];
  }
}

/// While learning: frees what was read for the last time.
void Executor::Impl::release_after(std::size_t step_number) {
  const auto release = [&](ValueId id) {
    if (id == ValueId::kNone) return;
    const std::size_t root = index(code.root[index(id)]);
    if (code.storage[root] == Storage::kArena && code.last_use[root] == step_number)
      owned[root] = {};
  };
  std::ranges::for_each(code.steps[step_number].inputs, release);
  std::ranges::for_each(code.steps[step_number].outputs, release);
}

/// What is inside a chain has no value.
void Executor::Impl::notify(std::size_t step_number, Observer& observer) const {
  if (!learning && plan.fusion.is_absorbed(step_number)) return;
  const std::vector<ValueId>& values = code.steps[step_number].outputs;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_fused = i == 0 && !learning && !plan.fusion.chain(step_number).empty();
    const ValueId id = is_fused ? plan.fusion.result(code, step_number) : values[i];
    if (id != ValueId::kNone) observer.on_value(id, views[index(id)]);
  }
}

void Executor::Impl::run_steps(Observer* observer) {
  for (std::size_t i = 0; i < code.steps.size(); ++i) {
    cancellation_point();
    const Step& step = code.steps[i];
    naming_node(step.name, [&] {
      if (step.is_known() || (!learning && plan.fusion.is_absorbed(i))) return;
      if (step.control != nullptr) return run_control(i);
      if (!learning && step.dynamic_shapes && !planned_shapes_hold(step)) learning = true;
      if (learning) learn(i);
      operands_of(step);
      bind_results(i);
      if (learning || !step.is_static) compute(i);
    });
    if (observer != nullptr) notify(i, *observer);
    if (learning) release_after(i);
  }
}

/// Collects the results and turns what was learned into a plan for the next run. Results may lie in
/// memory that only this run needed; the next one releases it.
void Executor::Impl::finish() {
  for (std::size_t i = 0; i < results.size(); ++i) results[i] = views[index(code.outputs[i])];
  if (learning) lay_out(code, plan);
  plan.valid = true;
}

Executor::Executor(std::shared_ptr<const Program> program, ThreadPool* pool)
    : impl_(std::make_unique<Impl>(std::move(program), pool)) {}
Executor::~Executor() = default;
Executor::Executor(Executor&&) noexcept = default;

const Program& Executor::program() const { return *impl_->program; }
std::size_t Executor::arena_bytes() const { return impl_->plan.arena_bytes; }
std::size_t Executor::live_bytes() const { return impl_->plan.live_bytes; }
std::size_t Executor::scratch_bytes() const { return impl_->scratch.size(); }

std::span<const TensorView> Executor::run_views(std::span<const TensorView> inputs,
                                                Observer* observer) {
  impl_->start(inputs);
  if (observer != nullptr) {
    for (const ValueId id : impl_->code.inputs) observer->on_value(id, impl_->views[index(id)]);
  }
  impl_->run_steps(observer);
  impl_->finish();
  return impl_->results;
}

std::vector<Tensor> Executor::run(std::span<const Tensor> inputs, Observer* observer) {
  std::vector<TensorView> views;
  for (const Tensor& input : inputs) views.push_back(view_of(input));
  std::vector<Tensor> tensors;
  for (const TensorView& view : run_views(views, observer)) tensors.push_back(copy_of(view));
  return tensors;
}

}  // namespace xquant::runtime

#include "runtime/plan.h"

#include <algorithm>

#include "runtime/arena.h"

namespace xquant::runtime {
namespace {

constexpr std::size_t kNoBuffer = static_cast<std::size_t>(-1);

/// Gives every root in the arena a buffer with its lifetime.
class Buffers {
 public:
  Buffers(const Program::Impl& program, const Plan& plan)
      : program_(program), plan_(plan), of_value_(program.names.size(), kNoBuffer) {}

  void add_results(std::size_t step_number) {
    const Step& step = program_.steps[step_number];
    if (step.is_static || step.kernel == nullptr || plan_.fusion.is_absorbed(step_number)) return;
    for (std::size_t i = 0; i < step.outputs.size(); ++i) {
      const ValueId id = i == 0 ? plan_.fusion.result(program_, step_number) : step.outputs[i];
      if (id == ValueId::kNone || program_.root[index(id)] != id) continue;
      const Lifetime life{bytes_of(id), step_number, program_.last_use[index(id)]};
      const std::size_t reused = i == 0 ? dying_operand(step, step_number, life.bytes) : kNoBuffer;
      if (reused == kNoBuffer) {
        of_value_[index(id)] = lifetimes_.size();
        lifetimes_.push_back(life);
      } else {
        of_value_[index(id)] = reused;
        lifetimes_[reused].last = life.last;
      }
    }
  }

  const std::vector<Lifetime>& lifetimes() const { return lifetimes_; }
  std::size_t of_value(std::size_t value) const { return of_value_[value]; }

 private:
  std::size_t bytes_of(ValueId id) const {
    const TensorType& type = plan_.types[index(id)];
    return byte_size(type.type, static_cast<std::size_t>(element_count(type.shape)));
  }

  /// The buffer of an operand of that size that nobody reads after this step.
  std::size_t dying_operand(const Step& step, std::size_t step_number, std::size_t bytes) const {
    if (!step.kernel->may_overwrite_operands()) return kNoBuffer;
    for (const ValueId input : step.inputs) {
      if (input == ValueId::kNone) continue;
      const std::size_t root = index(program_.root[index(input)]);
      const std::size_t buffer = of_value_[root];
      if (buffer == kNoBuffer || lifetimes_[buffer].last != step_number) continue;
      if (lifetimes_[buffer].bytes == bytes && bytes_of(input) == bytes) return buffer;
    }
    return kNoBuffer;
  }

  const Program::Impl& program_;
  const Plan& plan_;
  std::vector<std::size_t> of_value_;
  std::vector<Lifetime> lifetimes_;
};

/// The most bytes of lifetimes that hold at the same step.
std::size_t largest_live_set(std::span<const Lifetime> lifetimes, std::size_t steps) {
  std::vector<std::ptrdiff_t> change(steps + 1, 0);
  for (const Lifetime& life : lifetimes) {
    change[life.first] += static_cast<std::ptrdiff_t>(life.bytes);
    change[std::min(steps, life.last == Program::Impl::kForever ? steps : life.last + 1)] -=
        static_cast<std::ptrdiff_t>(life.bytes);
  }
  std::ptrdiff_t live = 0, most = 0;
  for (const std::ptrdiff_t step : change) most = std::max(most, live += step);
  return static_cast<std::size_t>(most);
}

}  // namespace

void lay_out(const Program::Impl& program, Plan& plan) {
  plan.fusion = fuse_steps(program, plan);
  Buffers buffers(program, plan);
  for (std::size_t i = 0; i < program.steps.size(); ++i) buffers.add_results(i);
  const ArenaPlan arena = plan_arena(buffers.lifetimes());
  plan.offsets.assign(program.names.size(), 0);
  for (std::size_t i = 0; i < program.names.size(); ++i) {
    if (buffers.of_value(i) != kNoBuffer) plan.offsets[i] = arena.offsets[buffers.of_value(i)];
  }
  plan.arena_bytes = arena.bytes;
  plan.live_bytes = largest_live_set(buffers.lifetimes(), program.steps.size());
}

}  // namespace xquant::runtime

#include "runtime/fusion.h"

#include <algorithm>
#include <optional>

#include "runtime/plan.h"

namespace xquant::runtime {
namespace {

/// Finds chains for the types of a plan.
class Fuser {
 public:
  Fuser(const Program::Impl& program, const Plan& plan)
      : program_(program), plan_(plan), maker_(program.names.size(), kBefore) {
    for (std::size_t i = 0; i < program.steps.size(); ++i) {
      for (const ValueId output : program.steps[i].outputs) {
        if (output != ValueId::kNone) maker_[index(output)] = i;
      }
    }
  }

  Fusion run() {
    const std::size_t steps = program_.steps.size();
    fusion_.chains.resize(steps);
    fusion_.absorbed.assign(steps, false);
    for (std::size_t i = 0; i < steps; ++i) {
      if (fusion_.absorbed[i] || !can_start(program_.steps[i])) continue;
      ValueId result = program_.steps[i].outputs[0];
      while (const auto next = follower(i, result)) {
        fusion_.chains[i].push_back(*next);
        fusion_.absorbed[next->step] = true;
        result = program_.steps[next->step].outputs[0];
      }
    }
    return std::move(fusion_);
  }

 private:
  static constexpr std::size_t kBefore = static_cast<std::size_t>(-1);  ///< the run began

  const TensorType& type_of(ValueId id) const { return plan_.types[index(id)]; }
  bool is_computed(const Step& step) const {
    return step.kernel != nullptr && !step.is_static && step.outputs.size() == 1 &&
           !step.kernel->is_view();
  }

  /// A product, a convolution or an element-wise step, of floats.
  bool can_start(const Step& step) const {
    if (!is_computed(step) || type_of(step.outputs[0]).type != DataType::kFloat) return false;
    return step.kernel->takes_tail_of_floats() || is_element_wise(step);
  }

  /// Whether the step is map_floats() or combine_floats() of operands of the result's shape.
  bool is_element_wise(const Step& step) const {
    const TensorType& type = type_of(step.outputs[0]);
    const Kernel& kernel = *step.kernel;
    if (type.type != DataType::kFloat || !step.tail.empty()) return false;
    if (kernel.maps_floats()) {
      const std::size_t row = kernel.mapped_row();
      return has_type(step, kernel.mapped_operand(), type) &&
             (row == 0 || (!type.shape.empty() && type.shape.back() == std::int64_t(row)));
    }
    return kernel.combines_floats() && step.inputs.size() == 2 && has_type(step, 0, type) &&
           has_type(step, 1, type);
  }

  bool has_type(const Step& step, std::size_t position, const TensorType& type) const {
    if (position >= step.inputs.size() || step.inputs[position] == ValueId::kNone) return false;
    const ValueId id = step.inputs[position];
    const auto constant = program_.constants.find(id);
    if (constant != program_.constants.end()) {
      return constant->second.type == type.type && constant->second.shape == type.shape;
    }
    if (program_.storage[index(id)] == Storage::kInput) {
      const auto at = std::ranges::find(program_.inputs, id) - program_.inputs.begin();
      return plan_.input_types[static_cast<std::size_t>(at)] == type.type &&
             plan_.input_shapes[static_cast<std::size_t>(at)] == type.shape;
    }
    return type_of(id).type == type.type && type_of(id).shape == type.shape;
  }

  /// The element-wise step that alone reads the result, when step `start` can do it as well.
  std::optional<FusedStep> follower(std::size_t start, ValueId result) const {
    const std::size_t number = program_.only_reader[index(result)];
    if (number == Program::Impl::kNobody) return std::nullopt;
    const Step& step = program_.steps[number];
    if (!is_computed(step) || !is_element_wise(step)) return std::nullopt;
    const auto at =
        static_cast<std::size_t>(std::ranges::find(step.inputs, result) - step.inputs.begin());
    FusedStep found{number, ValueId::kNone, at};
    if (step.kernel->maps_floats())
      return at == step.kernel->mapped_operand() ? std::optional(found) : std::nullopt;
    found.other = step.inputs[1 - at];
    // A step in an earlier chain gave its result with that chain.
    const std::size_t maker = maker_[index(found.other)];
    const bool is_there = maker == kBefore || maker < start || fusion_.absorbed[maker];
    return is_there ? std::optional(found) : std::nullopt;
  }

  const Program::Impl& program_;
  const Plan& plan_;
  std::vector<std::size_t> maker_;  ///< by value: the step that gives it
  Fusion fusion_;
};

/// Shapes that depend on values may differ from the plan's in the middle of a run.
bool has_fixed_shapes(const Program::Impl& program) {
  return std::ranges::none_of(program.steps, [](const Step& step) {
    return step.dynamic_shapes || step.control != nullptr;
  });
}

}  // namespace

ValueId Fusion::result(const Program::Impl& program, std::size_t step) const {
  const std::span<const FusedStep> fused = chain(step);
  return program.steps[fused.empty() ? step : fused.back().step].outputs[0];
}

Fusion fuse_steps(const Program::Impl& program, const Plan& plan) {
  if (program.only_reader.empty() || !has_fixed_shapes(program)) return {};
  return Fuser(program, plan).run();
}

void ChainTail::apply(float* y, std::size_t first, std::size_t n) const {
  program_.steps[step_].tail.apply(y, first, n);
  for (const FusedStep& fused : chain_) {
    const Kernel& kernel = *program_.steps[fused.step].kernel;
    if (fused.other == ValueId::kNone) {
      kernel.map_floats(first, y, y, n);
      continue;
    }
    const float* other = static_cast<const float*>(views_[index(fused.other)].data) + first;
    if (fused.operand_position == 0) {
      kernel.combine_floats(y, other, y, n);
    } else {
      kernel.combine_floats(other, y, y, n);
    }
  }
}

void run_in_pieces(const Kernel& kernel, const Call& call) {
  constexpr std::int64_t kPiece = 2048;
  auto* y = static_cast<float*>(call.outputs[0].data);
  const auto operand = [&](std::size_t position) {
    return static_cast<const float*>(call.inputs[position].data);
  };
  const bool maps = kernel.maps_floats();
  const float* a = operand(maps ? kernel.mapped_operand() : 0);
  const float* b = maps ? nullptr : operand(1);
  for_each_range(call, call.outputs[0].size(), kLeastElements,
                 [&](std::int64_t begin, std::int64_t end, std::byte*) {
                   for (; begin < end; begin += kPiece) {
                     const auto n = static_cast<std::size_t>(std::min(kPiece, end - begin));
                     const auto first = static_cast<std::size_t>(begin);
                     if (maps) {
                       kernel.map_floats(first, a + begin, y + begin, n);
                     } else {
                       kernel.combine_floats(a + begin, b + begin, y + begin, n);
                     }
                     call.tail->apply(y + begin, first, n);
                   }
                 });
}

}  // namespace xquant::runtime

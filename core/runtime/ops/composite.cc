#include "runtime/ops/composite.h"

#include <algorithm>

#include "runtime/aligned_buffer.h"
#include "runtime/registry.h"

namespace xquant::runtime::ops {

Composite::Composite(const Setup& setup)
    : constant_operands_(setup.constants.begin(), setup.constants.end()),
      slots_(setup.node.inputs.size()) {
  for (const ValueId input : setup.node.inputs) present_.push_back(input != ValueId::kNone);
}

Composite::Slot Composite::operand(std::size_t position) const {
  return position < present_.size() && present_[position] ? position : kAbsent;
}

Composite::Slot Composite::constant(Tensor tensor) {
  constants_.emplace_back(slots_, std::move(tensor));
  return slots_++;
}

Composite::Slot Composite::add(const std::string& op_type, const std::vector<Slot>& inputs,
                               Attributes attributes) {
  return add_all(op_type, inputs, 1, std::move(attributes)).at(0);
}

std::vector<Composite::Slot> Composite::add_all(const std::string& op_type,
                                                const std::vector<Slot>& inputs,
                                                std::size_t results, Attributes attributes) {
  const Factory factory = find_factory("", op_type, kNewestOpset);
  if (factory == nullptr) refuse(op_type + ", which it consists of, cannot be run.");
  Node node{.name = op_type, .op_type = op_type};
  node.attributes = std::move(attributes);
  std::vector<const Tensor*> constants;
  for (const Slot slot : inputs) {
    node.inputs.push_back(slot == kAbsent ? ValueId::kNone : static_cast<ValueId>(slot));
    const auto own = std::ranges::find(constants_, slot, &std::pair<Slot, Tensor>::first);
    if (own != constants_.end())
      constants.push_back(&own->second);
    else
      constants.push_back(slot < constant_operands_.size() ? constant_operands_[slot] : nullptr);
  }
  for (std::size_t i = 0; i < results; ++i)
    node.outputs.push_back(static_cast<ValueId>(slots_ + i));
  return add_kernel(factory({node, kNewestOpset, constants}), inputs, results);
}

std::vector<Composite::Slot> Composite::add_kernel(std::unique_ptr<Kernel> kernel,
                                                   const std::vector<Slot>& inputs,
                                                   std::size_t results) {
  Part part{std::move(kernel), inputs, {}};
  for (std::size_t i = 0; i < results; ++i) part.results.push_back(slots_++);
  parts_.push_back(std::move(part));
  return parts_.back().results;
}

void Composite::give(std::size_t position, Slot slot) {
  if (given_.size() <= position) given_.resize(position + 1, kAbsent);
  given_[position] = slot;
}

bool Composite::needs_constant(std::size_t position) const {
  return std::ranges::any_of(parts_, [&](const Part& part) {
    for (std::size_t i = 0; i < part.inputs.size(); ++i) {
      if (part.inputs[i] == position && part.kernel->needs_constant(i)) return true;
    }
    return false;
  });
}

/// Types of all slots, and where the bytes are as far as they are known.
struct Composite::Values {
  std::vector<TensorType> types;
  std::vector<TensorView> views;

  std::vector<TensorView> of(const std::vector<Slot>& slots) const {
    std::vector<TensorView> result;
    for (const Slot slot : slots) {
      if (slot == kAbsent || !views[slot].present())
        result.emplace_back();
      else
        result.push_back(views[slot]);
    }
    return result;
  }
};

Composite::Values Composite::known(const Operands& in) const {
  Values values{std::vector<TensorType>(slots_), std::vector<TensorView>(slots_)};
  for (std::size_t i = 0; i < present_.size(); ++i) values.views[i] = in[i];
  for (const auto& [slot, tensor] : constants_) values.views[slot] = view_of(tensor);
  return values;
}

void Composite::infer_part(const Part& part, Values& values) const {
  const auto operands = values.of(part.inputs);
  std::vector<TensorType> types = part.kernel->infer(Operands(operands));
  for (std::size_t i = 0; i < part.results.size(); ++i) {
    const Slot slot = part.results[i];
    require_possible(types.at(i));
    values.types[slot] = std::move(types[i]);
    values.views[slot] = {values.types[slot].type, values.types[slot].shape, nullptr};
  }
}

std::vector<TensorType> Composite::infer(const Operands& in) const {
  Values values = known(in);
  for (const Part& part : parts_) infer_part(part, values);
  std::vector<TensorType> types;
  for (const Slot slot : given_) {
    // An output that this operator never has is a tensor without elements.
    types.push_back(slot == kAbsent
                        ? TensorType{DataType::kFloat, {0}}
                        : TensorType{values.views[slot].type, values.views[slot].shape_copy()});
  }
  return types;
}

std::size_t Composite::scratch_bytes(const Operands& in, std::span<const MutableView>) const {
  Values values = known(in);
  std::size_t held = 0, largest = 0;
  for (const Part& part : parts_) {
    infer_part(part, values);
    std::vector<MutableView> results;
    for (const Slot slot : part.results) {
      const TensorView& view = values.views[slot];
      held += align_up(view.byte_count());
      results.push_back({view.type, view.shape, nullptr});
    }
    const auto operands = values.of(part.inputs);
    largest = std::max(largest, part.kernel->scratch_bytes(Operands(operands), results));
  }
  return held + largest;
}

void Composite::run(const Call& call) const {
  Values values = known(call.inputs);
  std::span<std::byte> rest = call.scratch;
  for (const Part& part : parts_) {
    infer_part(part, values);
    const auto operands = values.of(part.inputs);
    std::vector<MutableView> results;
    for (std::size_t i = 0; i < part.results.size(); ++i) {
      const Slot slot = part.results[i];
      TensorView& view = values.views[slot];
      const auto output = std::ranges::find(given_, slot) - given_.begin();
      const auto position = static_cast<std::size_t>(output);
      void* data = rest.data();
      const bool given = position < call.outputs.size() && call.outputs[position].data != nullptr;
      if (i == 0 && part.kernel->is_view() && !given) {
        data = const_cast<void*>(operands[0].data);
      } else if (given) {
        data = call.outputs[position].data;
      } else {
        rest = rest.subspan(align_up(view.byte_count()));
      }
      view.data = data;
      results.push_back({view.type, view.shape, data});
    }
    if (!part.kernel->is_view()) {
      part.kernel->run({Operands(operands), results, rest});
    } else if (results[0].data != operands[0].data) {
      std::copy_n(static_cast<const std::byte*>(operands[0].data), operands[0].byte_count(),
                  static_cast<std::byte*>(results[0].data));
    }
  }
  for (std::size_t i = 0; i < given_.size() && i < call.outputs.size(); ++i) {
    const MutableView& out = call.outputs[i];
    if (out.data == nullptr || given_[i] == kAbsent) continue;
    const TensorView& value = values.views[given_[i]];  // an operand, or given out twice
    if (value.data != out.data)
      std::copy_n(static_cast<const std::byte*>(value.data), value.byte_count(),
                  static_cast<std::byte*>(out.data));
  }
}

}  // namespace xquant::runtime::ops

#include "runtime/control_flow/subgraph_run.h"

#include <algorithm>

#include "runtime/ops/common.h"

namespace xquant::runtime {

std::byte* Held::reset(DataType type, std::span<const std::int64_t> shape) {
  type_ = type;
  shape_.assign(shape.begin(), shape.end());
  buffer_.require(std::max(kAlignment, view().byte_count()));
  return buffer_.data();
}

void Held::assign(const TensorView& from) {
  std::byte* to = reset(from.type, from.shape);
  std::copy_n(static_cast<const std::byte*>(from.data), from.byte_count(), to);
}

void Stack::clear() {
  bytes_.clear();
  count_ = 0;
}

void Stack::push(const TensorView& element) {
  if (count_ == 0) {
    type_ = element.type;
    shape_ = element.shape_copy();
  } else if (type_ != element.type || !std::ranges::equal(shape_, element.shape)) {
    refuse("An output that is collected changes its shape from " + to_string(shape_) + " to " +
           to_string(element.shape_copy()) + ".");
  }
  const auto* from = static_cast<const std::byte*>(element.data);
  bytes_.insert(bytes_.end(), from, from + element.byte_count());
  ++count_;
}

void Stack::join(std::int64_t axis, Order order, const ValueType& declared, Held& result) const {
  DataType type = type_;
  Shape element = shape_;
  if (count_ == 0) {
    type = declared.element;
    if (bit_width(type) == 0) refuse("An output that nothing was added to has no declared type.");
    element.clear();
    for (const Dim& dim : declared.shape.value_or(DeclaredShape{})) {
      const auto* fixed = std::get_if<std::int64_t>(&dim);
      element.push_back(fixed == nullptr ? 0 : *fixed);
    }
  }
  const std::size_t at = ops::normal_axis(axis, element.size() + 1);
  Shape shape = element;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(at), count_);
  std::byte* to = result.reset(type, shape);
  const auto product = [&](std::size_t from, std::size_t end) {
    std::size_t count = 1;
    for (std::size_t d = from; d < end; ++d) count *= static_cast<std::size_t>(element[d]);
    return count;
  };
  const std::size_t outer = product(0, at), inner = byte_size(type, product(at, element.size()));
  for (std::size_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < count_; ++i, to += inner) {
      const auto from =
          static_cast<std::size_t>(order == Order::kForward ? i : count_ - 1 - i) * outer + o;
      std::copy_n(bytes_.data() + from * inner, inner, to);
    }
  }
}

std::span<const TensorView> SubgraphRun::run(std::span<const TensorView> own,
                                             const Operands& operands) {
  inputs_.assign(own.begin(), own.end());
  for (const std::size_t position : subgraph_.captured) inputs_.push_back(operands[position]);
  return executor_.run_views(inputs_);
}

}  // namespace xquant::runtime

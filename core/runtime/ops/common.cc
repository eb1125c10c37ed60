#include "runtime/ops/common.h"

#include <algorithm>

#include "runtime/ops/half.h"

namespace xquant::runtime::ops {
namespace {

std::size_t checked_rank(std::size_t rank) {
  if (rank > kMaxRank) refuse("Tensors of rank " + std::to_string(rank) + " are not supported.");
  return rank;
}

}  // namespace

Dims::Dims(std::size_t count, std::int64_t fill) : rank(checked_rank(count)) { values.fill(fill); }

Dims::Dims(std::span<const std::int64_t> from) : rank(checked_rank(from.size())) {
  std::ranges::copy(from, values.begin());
}

std::int64_t Dims::product(std::size_t from, std::size_t to) const {
  std::int64_t count = 1;
  for (std::size_t i = from; i < to; ++i) count *= values[i];
  return count;
}

Dims strides_of(const Dims& shape) {
  Dims strides(shape.rank, 1);
  for (std::size_t d = shape.rank; d-- > 1;) strides[d - 1] = strides[d] * shape[d];
  return strides;
}

std::size_t normal_axis(std::int64_t axis, std::size_t rank) {
  const auto limit = static_cast<std::int64_t>(rank);
  if (axis < -limit || axis >= limit) {
    refuse("Axis " + std::to_string(axis) + " is outside a tensor of rank " + std::to_string(rank) +
           ".");
  }
  return static_cast<std::size_t>(axis < 0 ? axis + limit : axis);
}

std::vector<std::size_t> normal_axes(std::span<const std::int64_t> axes, std::size_t rank) {
  std::vector<std::size_t> result;
  for (const std::int64_t axis : axes) result.push_back(normal_axis(axis, rank));
  return result;
}

std::vector<std::int64_t> integers(const TensorView& view) {
  if (view.type == DataType::kInt32) {
    const auto values = view.as<std::int32_t>();
    return {values.begin(), values.end()};
  }
  if (view.type != DataType::kInt64) refuse("An operand has to be of type int64.");
  const auto values = view.as<std::int64_t>();
  return {values.begin(), values.end()};
}

double number(const TensorView& view, std::size_t position) {
  if (view.type == DataType::kFloat16)
    return static_cast<double>(from_half(raw<std::uint16_t>(view)[position]));
  if (view.type == DataType::kBfloat16)
    return static_cast<double>(from_bfloat16(raw<std::uint16_t>(view)[position]));
  double result = 0;
  with_type(view.type,
            [&]<typename T>(T) { result = static_cast<double>(raw<T>(view)[position]); });
  return result;
}

std::int64_t integer(const TensorView& view, std::size_t position) {
  if (view.type == DataType::kInt64) return raw<std::int64_t>(view)[position];
  return static_cast<std::int64_t>(number(view, position));
}

Shape broadcast(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  Shape shape(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1) {
      refuse("The shapes " + to_string(Shape(a.begin(), a.end())) + " and " +
             to_string(Shape(b.begin(), b.end())) + " cannot be broadcast to each other.");
    }
    shape[shape.size() - 1 - i] = left == 1 ? right : left;
  }
  return shape;
}

void require_type(const TensorView& view, DataType type) {
  if (view.type == type) return;
  refuse("The element type " + std::string(name(view.type)) + " is not supported; " +
         std::string(name(type)) + " is.");
}

}  // namespace xquant::runtime::ops

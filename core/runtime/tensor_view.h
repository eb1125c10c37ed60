#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/tensor.h"

namespace xquant::runtime {

/// A tensor in somebody else's memory, row-major. Valid only as long as whoever made it says: for
/// an observer, during the call that received it.
struct TensorView {
  DataType type = DataType::kUndefined;  ///< kUndefined: an absent optional operand
  std::span<const std::int64_t> shape{};
  const void* data = nullptr;

  bool present() const { return type != DataType::kUndefined; }
  std::size_t rank() const { return shape.size(); }
  std::int64_t size() const {
    std::int64_t count = 1;
    for (const std::int64_t dim : shape) count *= dim;
    return count;
  }
  std::size_t byte_count() const { return byte_size(type, static_cast<std::size_t>(size())); }
  Shape shape_copy() const { return Shape(shape.begin(), shape.end()); }

  /// The elements; throws Error(kInternal) when T is not the element type.
  template <typename T>
  std::span<const T> as() const {
    if (data_type_of<T> != type) wrong_type(data_type_of<T>, type);
    return {static_cast<const T*>(data), static_cast<std::size_t>(size())};
  }

  [[noreturn]] static void wrong_type(DataType wanted, DataType got);
};

/// The same for a result that is being written.
struct MutableView {
  DataType type = DataType::kUndefined;
  std::span<const std::int64_t> shape{};
  void* data = nullptr;

  operator TensorView() const { return {type, shape, data}; }
  std::int64_t size() const { return TensorView(*this).size(); }
  std::size_t byte_count() const { return TensorView(*this).byte_count(); }

  template <typename T>
  std::span<T> as() const {
    if (data_type_of<T> != type) TensorView::wrong_type(data_type_of<T>, type);
    return {static_cast<T*>(data), static_cast<std::size_t>(size())};
  }
};

/// A view of a tensor; the tensor has to outlive it.
TensorView view_of(const Tensor& tensor);
/// A tensor with a copy of the bytes.
Tensor copy_of(const TensorView& view);

}  // namespace xquant::runtime

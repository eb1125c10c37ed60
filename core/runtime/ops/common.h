#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/kernel.h"

namespace xquant::runtime::ops {

/// Highest rank that kernels with index arithmetic take.
inline constexpr std::size_t kMaxRank = 8;

/// A fixed-capacity list of dimensions, strides or indices: kernels must not allocate while they
/// run.
struct Dims {
  std::array<std::int64_t, kMaxRank> values{};
  std::size_t rank = 0;

  Dims() = default;
  explicit Dims(std::size_t count, std::int64_t fill = 0);
  /// Refuses more than kMaxRank dimensions.
  explicit Dims(std::span<const std::int64_t> from);
  std::int64_t& operator[](std::size_t i) { return values[i]; }
  std::int64_t operator[](std::size_t i) const { return values[i]; }
  std::int64_t product(std::size_t from, std::size_t to) const;
  std::int64_t size() const { return product(0, rank); }
};

/// Row-major strides in elements.
Dims strides_of(const Dims& shape);

/// axis in [-rank, rank) as an index; refuses others.
std::size_t normal_axis(std::int64_t axis, std::size_t rank);
std::vector<std::size_t> normal_axes(std::span<const std::int64_t> axes, std::size_t rank);

/// The elements of an int64 or int32 tensor.
std::vector<std::int64_t> integers(const TensorView& view);
/// One element of any arithmetic type, as double.
double number(const TensorView& view, std::size_t position = 0);
/// One element as an integer: int64 exactly (exporters write 2^63 - 1 for "all"), others as
/// number().
std::int64_t integer(const TensorView& view, std::size_t position = 0);

/// NumPy's multidirectional broadcasting; refuses shapes that do not fit.
Shape broadcast(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

/// Steps through all indices of a shape in row-major order and keeps offsets in two arrays along.
template <std::size_t kArrays>
class Walk {
 public:
  explicit Walk(const Dims& shape) : shape_(shape), index_(shape.rank) {}
  std::array<Dims, kArrays> strides{};
  std::array<std::int64_t, kArrays> offsets{};

  /// To the next index; the last dimension runs fastest.
  void next() {
    for (std::size_t d = shape_.rank; d-- > 0;) {
      for (std::size_t a = 0; a < kArrays; ++a) offsets[a] += strides[a][d];
      if (++index_[d] < shape_[d]) return;
      for (std::size_t a = 0; a < kArrays; ++a) offsets[a] -= strides[a][d] * shape_[d];
      index_[d] = 0;
    }
  }
  const Dims& index() const { return index_; }

 private:
  Dims shape_;
  Dims index_;
};

/// Calls function(T{}) with the C++ type of an arithmetic element type; refuses others.
template <typename Function>
void with_type(DataType type, Function&& function) {
  switch (type) {
    case DataType::kFloat:
      return function(float{});
    case DataType::kDouble:
      return function(double{});
    case DataType::kInt8:
      return function(std::int8_t{});
    case DataType::kUint8:
      return function(std::uint8_t{});
    case DataType::kInt16:
      return function(std::int16_t{});
    case DataType::kUint16:
      return function(std::uint16_t{});
    case DataType::kInt32:
      return function(std::int32_t{});
    case DataType::kUint32:
      return function(std::uint32_t{});
    case DataType::kInt64:
      return function(std::int64_t{});
    case DataType::kUint64:
      return function(std::uint64_t{});
    case DataType::kBool:
      return function(bool{});
    default:
      refuse("The element type " + std::string(name(type)) + " is not supported.");
  }
}

/// Calls function(T{}) for float and double; refuses others. float16 and bfloat16 come as float
/// (runtime/half_precision.h).
template <typename Function>
void with_real_type(DataType type, Function&& function) {
  if (type == DataType::kFloat) return function(float{});
  if (type == DataType::kDouble) return function(double{});
  refuse("The element type " + std::string(name(type)) + " is not supported.");
}

/// Calls function(T{}) with an unsigned integer as wide as the element, for operators that only
/// move elements.
template <typename Function>
void with_width(DataType type, Function&& function) {
  switch (bit_width(type)) {
    case 8:
      return function(std::uint8_t{});
    case 16:
      return function(std::uint16_t{});
    case 32:
      return function(std::uint32_t{});
    case 64:
      return function(std::uint64_t{});
    default:
      refuse("The element type " + std::string(name(type)) + " is not supported.");
  }
}

/// Elements of a view as T, whatever its element type is called.
template <typename T>
const T* raw(const TensorView& view) {
  return static_cast<const T*>(view.data);
}
template <typename T>
T* raw(const MutableView& view) {
  return static_cast<T*>(view.data);
}

void require_type(const TensorView& view, DataType type);

/// An operator without attributes beyond what the two functions captured; for the simplest
/// families.
inline TensorType same_type(const TensorView& view) { return {view.type, view.shape_copy()}; }

}  // namespace xquant::runtime::ops

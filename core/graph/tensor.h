#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/data_type.h"

namespace xquant {

/// Concrete dimensions, outermost first; {} is a scalar.
using Shape = std::vector<std::int64_t>;

/// Number of elements; 1 for a scalar.
std::int64_t element_count(const Shape& shape);
/// "[1,3,224,224]".
std::string to_string(const Shape& shape);

/// A constant n-dimensional array, row-major. Copies share the bytes; a tensor never changes after
/// it was made.
class Tensor {
 public:
  Tensor() = default;
  /// Takes over the bytes, which must be byte_size(type, element_count(shape)) long and
  /// little-endian.
  Tensor(DataType type, Shape shape, std::string&& bytes);

  template <typename T>
  static Tensor of(Shape shape, std::span<const T> values) {
    return Tensor(data_type_of<T>, std::move(shape),
                  std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes()));
  }
  template <typename T>
  static Tensor of(Shape shape, const std::vector<T>& values) {
    return of<T>(std::move(shape), std::span<const T>(values));
  }
  /// A tensor whose elements write(T*) puts in place, zeros before: a vector of them would be a
  /// second copy.
  template <typename T, typename Write>
  static Tensor made(Shape shape, const Write& write) {
    std::string bytes(static_cast<std::size_t>(element_count(shape)) * sizeof(T), '\0');
    write(reinterpret_cast<T*>(bytes.data()));
    return Tensor(data_type_of<T>, std::move(shape), std::move(bytes));
  }
  template <typename T>
  static Tensor scalar(T value) {
    return of<T>({}, std::span<const T>(&value, 1));
  }
  static Tensor strings(Shape shape, std::vector<std::string> values);

  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  std::int64_t size() const { return element_count(shape_); }

  /// The elements; throws Error(kInternal) when T is not the tensor's type.
  template <typename T>
  std::span<const T> data() const {
    require(data_type_of<T>);
    return {reinterpret_cast<const T*>(bytes_->data()), static_cast<std::size_t>(size())};
  }
  /// The elements as bytes, 16-byte aligned on common platforms; empty for string tensors.
  std::span<const char> bytes() const;
  /// The elements of a string tensor.
  const std::vector<std::string>& string_data() const;

  /// The shared storage, so that a writer can hand the bytes on without a second copy.
  const std::shared_ptr<std::string>& storage() const { return bytes_; }

  /// Same bytes, other dimensions of equal element count.
  Tensor reshaped(Shape shape) const;
  /// Equal type, shape and bytes.
  bool operator==(const Tensor& other) const;

 private:
  void require(DataType type) const;

  DataType type_ = DataType::kUndefined;
  Shape shape_{0};
  std::shared_ptr<std::string> bytes_;
  std::shared_ptr<std::vector<std::string>> strings_;
};

}  // namespace xquant

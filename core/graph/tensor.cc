#include "graph/tensor.h"

#include <algorithm>
#include <utility>

namespace xquant {
namespace {

// Short strings live inside the std::string object at no particular alignment; a capacity beyond
// that forces the heap, whose blocks are aligned for every element type.
constexpr std::size_t kHeapCapacity = 64;

std::shared_ptr<std::string> adopt(std::string&& bytes) {
  if (bytes.size() >= kHeapCapacity) return std::make_shared<std::string>(std::move(bytes));
  auto heap = std::make_shared<std::string>();
  heap->reserve(kHeapCapacity);
  heap->assign(bytes);
  return heap;
}

}  // namespace

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t dim : shape) count *= dim;
  return count;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ",") + std::to_string(shape[i]);
  }
  return text + "]";
}

Tensor::Tensor(DataType type, Shape shape, std::string&& bytes)
    : type_(type), shape_(std::move(shape)) {
  const std::int64_t count = element_count(shape_);
  const bool negative = std::any_of(shape_.begin(), shape_.end(), [](auto dim) { return dim < 0; });
  if (negative || bytes.size() != byte_size(type, static_cast<std::size_t>(count))) {
    throw Error(ErrorKind::kInternal, "XQ-INT-001",
                "A tensor of type " + std::string(name(type)) + " and shape " + to_string(shape_) +
                    " cannot have " + std::to_string(bytes.size()) + " bytes.");
  }
  bytes_ = adopt(std::move(bytes));
}

Tensor Tensor::strings(Shape shape, std::vector<std::string> values) {
  Tensor tensor;
  tensor.type_ = DataType::kString;
  tensor.shape_ = std::move(shape);
  tensor.strings_ = std::make_shared<std::vector<std::string>>(std::move(values));
  return tensor;
}

std::span<const char> Tensor::bytes() const {
  if (!bytes_) return {};
  return {bytes_->data(), bytes_->size()};
}

const std::vector<std::string>& Tensor::string_data() const {
  require(DataType::kString);
  return *strings_;
}

Tensor Tensor::reshaped(Shape shape) const {
  Tensor tensor = *this;
  if (element_count(shape) != size()) {
    throw Error(ErrorKind::kInternal, "XQ-INT-002",
                "Cannot reshape " + to_string(shape_) + " to " + to_string(shape) + ".");
  }
  tensor.shape_ = std::move(shape);
  return tensor;
}

bool Tensor::operator==(const Tensor& other) const {
  if (type_ != other.type_ || shape_ != other.shape_) return false;
  if (type_ == DataType::kString) return *strings_ == *other.strings_;
  if (bytes_ == other.bytes_) return true;
  return bytes_ && other.bytes_ && *bytes_ == *other.bytes_;
}

void Tensor::require(DataType type) const {
  if (type_ == type) return;
  throw Error(ErrorKind::kInternal, "XQ-INT-003",
              "A tensor of type " + std::string(name(type_)) + " was read as " +
                  std::string(name(type)) + ".");
}

}  // namespace xquant

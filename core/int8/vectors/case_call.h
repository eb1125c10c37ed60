#pragma once

#include <bit>
#include <cstring>
#include <optional>
#include <vector>

#include "int8/vectors/format.h"
#include "int8/xq_int8.h"

namespace xquant::int8 {

// Reads the parameters and tensors of a case one after the other. What is missing reads as zero and
// makes complete() false, so that nothing is run on a damaged case.
class CaseCall {
 public:
  explicit CaseCall(const VectorCase& c) : case_(c) {}

  int32_t number() {
    if (parameter_ < case_.parameters.size()) return case_.parameters[parameter_++];
    valid_ = false;
    return 0;
  }
  size_t size() {
    const int32_t n = number();
    valid_ = valid_ && n >= 0;
    return n < 0 ? 0 : static_cast<size_t>(n);
  }
  float real() { return std::bit_cast<float>(number()); }
  // An enumeration of the library whose values are 1 ... last.
  template <typename Enum>
  Enum choice(Enum last) {
    const int32_t value = number();
    if (value >= 1 && value <= static_cast<int32_t>(last)) return static_cast<Enum>(value);
    valid_ = false;
    return last;
  }
  xq_type type() { return choice(XQ_U16); }
  // Five parameters.
  xq_quant quant() {
    xq_quant q = {};
    q.type = type();
    q.scale = real();
    q.zero_point = number();
    q.qmin = number();
    q.qmax = number();
    return q;
  }
  // Rank, then the dimensions.
  xq_shape shape() {
    xq_shape s = {};
    s.rank = size();
    if (s.rank > XQ_MAX_RANK) valid_ = false, s.rank = 0;
    for (size_t d = 0; d < s.rank; ++d) s.dims[d] = size();
    return s;
  }
  void three(size_t (&values)[3]) {
    for (size_t& v : values) v = size();
  }

  // The next tensor: n codes of a type.
  const void* codes(size_t n, xq_type t) { return bytes(n * xq_type_size(t)); }
  // n numbers, aligned.
  template <typename T>
  std::vector<T> tensor(size_t n) {
    const void* data = bytes(n * sizeof(T));
    std::vector<T> values(data == nullptr ? 0 : n);
    if (!values.empty()) std::memcpy(values.data(), data, n * sizeof(T));
    return values;
  }
  // As many numbers as there are; `a` or `b` of them.
  template <typename T>
  std::vector<T> tensor_of(size_t a, size_t b) {
    const size_t n = input_ < case_.inputs.size() ? case_.inputs[input_].size() / sizeof(T) : 0;
    if (n != a && n != b) valid_ = false;
    return tensor<T>(n);
  }

  bool next_is_empty() const {
    return input_ < case_.inputs.size() && case_.inputs[input_].empty();
  }

  void require(bool condition) { valid_ = valid_ && condition; }
  // All was there and all was read.
  bool complete() const {
    return valid_ && parameter_ == case_.parameters.size() && input_ == case_.inputs.size();
  }

 private:
  const void* bytes(size_t n) {
    if (input_ < case_.inputs.size() && case_.inputs[input_].size() == n) {
      return case_.inputs[input_++].data();
    }
    valid_ = false;
    return nullptr;
  }

  const VectorCase& case_;
  size_t parameter_ = 0, input_ = 0;
  bool valid_ = true;
};

// Zeroed, aligned for any type.
inline std::vector<uint64_t> memory(size_t bytes) { return std::vector<uint64_t>(bytes / 8 + 1); }

// Where a result of n codes is written.
inline Bytes result_of(size_t n, xq_type type) { return Bytes(n * xq_type_size(type)); }

// Codes, then the number of NaN as u32.
inline Bytes with_count(Bytes codes, size_t nans) {
  for (int byte = 0; byte < 4; ++byte) codes.push_back(static_cast<uint8_t>(nans >> (8 * byte)));
  return codes;
}

template <typename T>
const T* data_or_null(const std::vector<T>& values) {
  return values.empty() ? nullptr : values.data();
}

template <typename T>
Bytes bytes_of(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// The operators of one topic.
std::optional<Bytes> run_codes(const VectorCase& c);
std::optional<Bytes> run_product(const VectorCase& c);
std::optional<Bytes> run_real(const VectorCase& c);
std::optional<Bytes> run_pool(const VectorCase& c);
std::optional<Bytes> run_move(const VectorCase& c);
std::optional<Bytes> run_stage(const VectorCase& c);
std::optional<Bytes> run_expression(const VectorCase& c);

}  // namespace xquant::int8

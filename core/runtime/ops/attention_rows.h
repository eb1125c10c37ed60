#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/math/math.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

/// A tensor of heads in either of its layouts, addressed by rows.
template <typename T>
struct Heads {
  const T* data = nullptr;
  std::int64_t batch_stride = 0, head_stride = 0, row_stride = 0;

  std::int64_t offset(std::int64_t batch, std::int64_t head, std::int64_t i) const {
    return batch * batch_stride + head * head_stride + i * row_stride;
  }
  const T* row(std::int64_t batch, std::int64_t head, std::int64_t i) const {
    return data + offset(batch, head, i);
  }
  /// [batch, heads, rows, size].
  static Heads separate(const T* data, std::int64_t heads, std::int64_t rows, std::int64_t size) {
    return {data, heads * rows * size, rows * size, size};
  }
  /// [batch, rows, heads * size].
  static Heads merged(const T* data, std::int64_t heads, std::int64_t rows, std::int64_t size) {
    return {data, rows * heads * size, size, heads * size};
  }
};

/// Rows of a past and of a present tensor, one behind the other.
template <typename T>
struct JoinedRows {
  Heads<T> past, present;
  std::int64_t past_rows = 0;

  const T* row(std::int64_t batch, std::int64_t head, std::int64_t i) const {
    return i < past_rows ? past.row(batch, head, i) : present.row(batch, head, i - past_rows);
  }
};

/// a . b in double, rounded once.
template <typename T>
T dot(const T* a, const T* b, std::int64_t n, double scale) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return static_cast<T>(sum * scale);
}

/// Softmax in place; a row of -Inf alone gives NaN, as the standard's formula does.
template <typename T>
void softmax_scores(T* scores, std::int64_t n) {
  if (n == 0) return;
  const T largest = *std::max_element(scores, scores + n);
  for (std::int64_t i = 0; i < n; ++i) scores[i] -= largest;
  math::exp(scores, scores, static_cast<std::size_t>(n));
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(scores[i]);
  const auto total = static_cast<T>(sum);
  for (std::int64_t i = 0; i < n; ++i) scores[i] /= total;
}

/// out = sum of weights[i] * values row i, in double and in that order; sums has room for size.
template <typename T>
void weighted_rows(const T* weights, const JoinedRows<T>& values, std::int64_t batch,
                   std::int64_t head, std::int64_t rows, std::int64_t size, double* sums, T* out) {
  std::fill_n(sums, size, 0.0);
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto weight = static_cast<double>(weights[i]);
    const T* row = values.row(batch, head, i);
    for (std::int64_t j = 0; j < size; ++j) sums[j] += weight * static_cast<double>(row[j]);
  }
  for (std::int64_t j = 0; j < size; ++j) out[j] = static_cast<T>(sums[j]);
}

/// A tensor that is broadcast to [batch, heads, rows, columns]: strides, 0 where it repeats.
struct Broadcast4 {
  std::array<std::int64_t, 4> strides{};
  std::int64_t columns = 0;  ///< of its own; 1: repeated

  /// Refuses what does not fit. The last dimension may be shorter.
  Broadcast4(std::span<const std::int64_t> shape, std::array<std::int64_t, 4> result) {
    if (shape.size() > 4) refuse("A mask has at most four dimensions.");
    std::int64_t stride = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const std::size_t d = 3 - i;
      const std::int64_t dim = shape[shape.size() - 1 - i];
      const bool fits = dim == 1 || dim == result[d] || (d == 3 && dim < result[d]);
      if (!fits)
        refuse("The mask of shape " + to_string(Shape(shape.begin(), shape.end())) +
               " does not fit.");
      strides[d] = dim == 1 ? 0 : stride;
      stride *= dim;
      if (d == 3) columns = dim;
    }
    if (columns == 1) columns = result[3];
  }
  std::int64_t row(std::int64_t batch, std::int64_t head, std::int64_t i) const {
    return batch * strides[0] + head * strides[1] + i * strides[2];
  }
};

}  // namespace xquant::runtime::ops

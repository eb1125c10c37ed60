#include "runtime/ops/strided_copy.h"

#include <algorithm>

namespace xquant::runtime::ops {
namespace {

/// Joins dimensions whose elements lie as if they were one.
void merge(const Dims& shape, const Dims& strides, Dims& merged, Dims& merged_strides) {
  for (std::size_t d = 0; d < shape.rank; ++d) {
    if (shape[d] == 1) continue;
    const std::size_t last = merged.rank - 1;
    if (merged.rank > 0 && merged_strides[last] == strides[d] * shape[d]) {
      merged[last] *= shape[d];
      merged_strides[last] = strides[d];
    } else {
      merged[merged.rank++] = shape[d];
      merged_strides[merged_strides.rank++] = strides[d];
    }
  }
}

template <typename T>
void copy_rows(const T* source, const Dims& outer, const Dims& strides, std::int64_t inner,
               std::int64_t step, T* result) {
  Walk<1> walk(outer);
  walk.strides = {strides};
  const std::int64_t rows = outer.size();
  for (std::int64_t row = 0; row < rows; ++row, walk.next(), result += inner) {
    const T* from = source + walk.offsets[0];
    if (step == 1) {
      std::copy_n(from, inner, result);
    } else {
      for (std::int64_t i = 0; i < inner; ++i) result[i] = from[i * step];
    }
  }
}

}  // namespace

void strided_copy(DataType type, const void* source, std::int64_t first, const Dims& shape,
                  const Dims& strides, void* result) {
  if (shape.size() == 0) return;
  Dims outer(0), outer_strides(0);
  merge(shape, strides, outer, outer_strides);
  std::int64_t inner = 1, step = 1;
  if (outer.rank > 0) {
    inner = outer[--outer.rank];
    step = outer_strides[--outer_strides.rank];
  }
  with_width(type, [&]<typename T>(T) {
    copy_rows(static_cast<const T*>(source) + first, outer, outer_strides, inner, step,
              static_cast<T*>(result));
  });
}

}  // namespace xquant::runtime::ops

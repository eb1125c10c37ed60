#pragma once

#include <string>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

/// Refuses index tensors that are neither int32 nor int64.
inline void require_index(const TensorView& indices) {
  if (indices.type != DataType::kInt32 && indices.type != DataType::kInt64) {
    refuse("Indices have to be int32 or int64.");
  }
}

/// Element i of an index tensor, counted from the end when negative; refuses one outside
/// [-limit, limit).
inline std::int64_t index_at(const TensorView& indices, std::int64_t i, std::int64_t limit) {
  const std::int64_t given = indices.type == DataType::kInt32 ? raw<std::int32_t>(indices)[i]
                                                              : raw<std::int64_t>(indices)[i];
  const std::int64_t at = given < 0 ? given + limit : given;
  if (at < 0 || at >= limit) {
    refuse("Index " + std::to_string(given) + " is outside a dimension of " +
           std::to_string(limit) + ".");
  }
  return at;
}

/// Refuses index tensors that reach beyond the data in a dimension other than axis.
inline void require_within(const TensorView& indices, const TensorView& data, std::size_t axis) {
  if (indices.rank() != data.rank()) refuse("Data and indices have different ranks.");
  for (std::size_t d = 0; d < data.rank(); ++d) {
    if (d != axis && indices.shape[d] > data.shape[d]) {
      refuse("The indices are larger than the data in dimension " + std::to_string(d) + ".");
    }
  }
}

/// Refuses element types that do not fill whole bytes.
inline std::int64_t bytes_per_element(const TensorView& view) {
  const int bits = bit_width(view.type);
  if (bits == 0 || bits % 8 != 0) refuse("This element type is not supported.");
  return bits / 8;
}

}  // namespace xquant::runtime::ops

#pragma once

#include "runtime/ops/resize_axis.h"

namespace xquant::runtime::ops {

/// `outer` times the dimension that is resized, whose elements are `inner` of the tensor's.
struct NearestJob {
  const void* from;
  std::int64_t outer, inner;
  void* to;
};

std::size_t nearest_table_bytes(const ResizeAxis& axis);

/// Resizes one dimension by moving elements of any type; sources: nearest_table_bytes.
void resize_nearest(const ResizeRules& rules, const ResizeAxis& axis, DataType type,
                    const NearestJob& job, std::byte* sources);

}  // namespace xquant::runtime::ops

#pragma once

#include "runtime/ops/common.h"
#include "runtime/ops/element_loops.h"

namespace xquant::runtime::ops {

/// y = (x - mean) * factor + offset for a run of elements with the same statistics.
template <typename T>
void normalize(const T* x, T* y, std::int64_t n, T mean, T factor, T offset) {
  map_elements(x, y, static_cast<std::size_t>(n),
               [=](T v) { return (v - mean) * factor + offset; });
}

/// float or double, all operands alike.
inline void require_one_real_type(const Operands& in, std::size_t count) {
  with_real_type(in.required(0).type, [](auto) {});
  for (std::size_t i = 1; i < count; ++i) {
    if (in.has(i)) require_type(in[i], in[0].type);
  }
}

}  // namespace xquant::runtime::ops

#pragma once

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {

/// y = (x - mean) * factor + offset for a run of elements with the same statistics.
template <typename T>
void normalize(const T* x, T* y, std::int64_t n, T mean, T factor, T offset) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = (x[i] - mean) * factor + offset;
}

/// float or double, all operands alike.
inline void require_one_real_type(const Operands& in, std::size_t count) {
  with_real_type(in.required(0).type, [](auto) {});
  for (std::size_t i = 1; i < count; ++i) {
    if (in.has(i)) require_type(in[i], in[0].type);
  }
}

}  // namespace xquant::runtime::ops

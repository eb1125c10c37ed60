#pragma once

#include "integer/kernels/codes.h"
#include "runtime/ops/window.h"

namespace xquant::integer::kernels {

/// A window without negative pads over x of shape [N, C, spatial...].
inline xq_pool pool_of(const runtime::ops::Window& w, std::span<const std::int64_t> x) {
  xq_pool pool{};
  pool.planes = size(x[0] * x[1]);
  for (std::size_t d = 0; d < runtime::ops::Window::kDimensions; ++d) {
    pool.in[d] = size(w.in[d]);
    pool.out[d] = size(w.out[d]);
    pool.kernel[d] = size(w.kernel[d]);
    pool.stride[d] = size(w.stride[d]);
    pool.dilation[d] = size(w.dilation[d]);
    pool.pad_begin[d] = size(w.pad_begin[d]);
    pool.pad_end[d] = size(w.pad_end[d]);
  }
  return pool;
}

}  // namespace xquant::integer::kernels

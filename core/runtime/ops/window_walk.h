#pragma once

#include "runtime/ops/window.h"

namespace xquant::runtime::ops {

/// Calls visit(input offset within the plane) for the positions of one window that lie inside the
/// input, in row-major order.
template <typename Visit>
void for_each_inside(const Window& w, const Window::Three& out, Visit&& visit) {
  Window::Three first, at;
  for (std::size_t d = 0; d < 3; ++d) first[d] = out[d] * w.stride[d] - w.pad_begin[d];
  for (std::int64_t z = 0; z < w.kernel[0]; ++z) {
    at[0] = first[0] + z * w.dilation[0];
    if (at[0] < 0 || at[0] >= w.in[0]) continue;
    for (std::int64_t y = 0; y < w.kernel[1]; ++y) {
      at[1] = first[1] + y * w.dilation[1];
      if (at[1] < 0 || at[1] >= w.in[1]) continue;
      for (std::int64_t x = 0; x < w.kernel[2]; ++x) {
        at[2] = first[2] + x * w.dilation[2];
        if (at[2] >= 0 && at[2] < w.in[2]) visit((at[0] * w.in[1] + at[1]) * w.in[2] + at[2]);
      }
    }
  }
}

/// Calls compute(output position) for all of them, in row-major order.
template <typename Compute>
void for_each_output(const Window& w, Compute&& compute) {
  for (std::int64_t z = 0; z < w.out[0]; ++z) {
    for (std::int64_t y = 0; y < w.out[1]; ++y) {
      for (std::int64_t x = 0; x < w.out[2]; ++x) compute(Window::Three{z, y, x});
    }
  }
}

}  // namespace xquant::runtime::ops

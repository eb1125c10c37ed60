#pragma once

#include <algorithm>

#include "runtime/ops/window.h"

namespace xquant::runtime::ops {

/// The positions of a window along one dimension that lie inside the input: kernel entries
/// [begin, end), the first of which is at index first.
struct InsideTaps {
  std::int64_t begin, end, first;
};

inline InsideTaps inside_taps(const Window& w, std::size_t d, std::int64_t out) {
  const std::int64_t start = out * w.stride[d] - w.pad_begin[d], step = w.dilation[d];
  const auto steps = [step](std::int64_t n) { return step == 1 ? n : (n + step - 1) / step; };
  const std::int64_t begin = start < 0 ? steps(-start) : 0;
  const std::int64_t end = start >= w.in[d] ? 0 : std::min(w.kernel[d], steps(w.in[d] - start));
  return {begin, end, start + begin * step};
}

/// Calls visit(input offset within the plane) for the positions of one window that lie inside the
/// input, in row-major order.
template <typename Visit>
void for_each_inside(const Window& w, const Window::Three& out, Visit&& visit) {
  const InsideTaps z = inside_taps(w, 0, out[0]), y = inside_taps(w, 1, out[1]),
                   x = inside_taps(w, 2, out[2]);
  for (std::int64_t k = z.begin, at_z = z.first; k < z.end; ++k, at_z += w.dilation[0]) {
    for (std::int64_t j = y.begin, at_y = y.first; j < y.end; ++j, at_y += w.dilation[1]) {
      const std::int64_t row = (at_z * w.in[1] + at_y) * w.in[2];
      for (std::int64_t i = x.begin, at_x = x.first; i < x.end; ++i, at_x += w.dilation[2]) {
        visit(row + at_x);
      }
    }
  }
}

/// Calls visit(input offset of the row) for the input rows of one row of outputs, in order.
template <typename Visit>
void for_each_input_row(const Window& w, std::int64_t out_z, std::int64_t out_y, Visit&& visit) {
  const InsideTaps z = inside_taps(w, 0, out_z), y = inside_taps(w, 1, out_y);
  for (std::int64_t k = z.begin, at_z = z.first; k < z.end; ++k, at_z += w.dilation[0]) {
    for (std::int64_t j = y.begin, at_y = y.first; j < y.end; ++j, at_y += w.dilation[1])
      visit((at_z * w.in[1] + at_y) * w.in[2]);
  }
}

/// Calls visit(input offset, begin, end) for every kernel entry of one row of outputs, in row-major
/// order: outputs [begin, end) meet the input, the first of them at that offset, the others a
/// stride apart.
template <typename Visit>
void for_each_row_tap(const Window& w, std::int64_t out_z, std::int64_t out_y, Visit&& visit) {
  const InsideTaps z = inside_taps(w, 0, out_z), y = inside_taps(w, 1, out_y);
  const std::int64_t stride = w.stride[2];
  const auto outputs_before = [&](std::int64_t position) {
    return std::clamp<std::int64_t>(position <= 0 ? 0 : (position + stride - 1) / stride, 0,
                                    w.out[2]);
  };
  for (std::int64_t k = z.begin, at_z = z.first; k < z.end; ++k, at_z += w.dilation[0]) {
    for (std::int64_t j = y.begin, at_y = y.first; j < y.end; ++j, at_y += w.dilation[1]) {
      for (std::int64_t i = 0; i < w.kernel[2]; ++i) {
        const std::int64_t shift = i * w.dilation[2] - w.pad_begin[2];
        const std::int64_t begin = outputs_before(-shift), end = outputs_before(w.in[2] - shift);
        if (begin >= end) continue;
        visit((at_z * w.in[1] + at_y) * w.in[2] + begin * stride + shift, begin, end);
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

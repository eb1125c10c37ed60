#include <algorithm>

#include "runtime/gemm/tile.h"
#include "runtime/ops/conv.h"

namespace xquant::runtime::ops {
namespace {

/// count elements of a row from position first on, in steps; those outside [0, size) are zeros.
void copy_row(const float* row, std::int64_t size, std::int64_t first, std::int64_t step,
              std::int64_t count, float* to) {
  // Elements i in [begin, end) lie inside: 0 <= first + i * step < size.
  const std::int64_t before = first >= 0 ? 0 : (-first + step - 1) / step;
  const std::int64_t begin = std::min(count, before);
  const std::int64_t inside = first >= size ? 0 : (size - 1 - first) / step + 1;
  const std::int64_t end = std::clamp(inside, begin, count);
  std::fill_n(to, begin, 0.0f);
  if (step == 1) {
    std::copy_n(row + first + begin, end - begin, to + begin);
  } else {
    for (std::int64_t i = begin; i < end; ++i) to[i] = row[first + i * step];
  }
  std::fill(to + end, to + count, 0.0f);
}

}  // namespace

void ImagePanels::pack_tap(std::int64_t channel, const Window::Three& tap, Window::Three position,
                           std::int64_t columns, float* to) const {
  const Window& w = window_;
  while (columns > 0) {
    const std::int64_t count = std::min(columns, w.out[2] - position[2]);
    const std::int64_t z = position[0] * w.stride[0] + tap[0] * w.dilation[0] - w.pad_begin[0];
    const std::int64_t y = position[1] * w.stride[1] + tap[1] * w.dilation[1] - w.pad_begin[1];
    const std::int64_t x = position[2] * w.stride[2] + tap[2] * w.dilation[2] - w.pad_begin[2];
    if (z < 0 || z >= w.in[0] || y < 0 || y >= w.in[1]) {
      std::fill_n(to, count, 0.0f);
    } else {
      const float* row = image_ + ((channel * w.in[0] + z) * w.in[1] + y) * w.in[2];
      copy_row(row, w.in[2], x, w.stride[2], count, to);
    }
    to += count;
    columns -= count;
    position[2] = 0;
    if (++position[1] == w.out[1]) position[1] = 0, ++position[0];
  }
}

void ImagePanels::pack(std::size_t k0, std::size_t kc, std::size_t j0, std::size_t columns,
                       float* panel) const {
  const std::size_t width = gemm::tile_columns();
  const auto first = static_cast<std::int64_t>(j0);
  const std::int64_t plane = window_.out[1] * window_.out[2];
  const Window::Three position{first / plane, first / window_.out[2] % window_.out[1],
                               first % window_.out[2]};
  const auto& kernel = window_.kernel;
  const auto start = static_cast<std::int64_t>(k0);
  std::int64_t channel = start / window_.kernel_size();
  Window::Three tap{start / (kernel[1] * kernel[2]) % kernel[0], start / kernel[2] % kernel[1],
                    start % kernel[2]};
  for (std::size_t k = 0; k < kc; ++k, panel += width) {
    pack_tap(channel, tap, position, static_cast<std::int64_t>(columns), panel);
    std::fill(panel + columns, panel + width, 0.0f);
    if (++tap[2] < kernel[2]) continue;
    tap[2] = 0;
    if (++tap[1] < kernel[1]) continue;
    tap[1] = 0;
    if (++tap[0] < kernel[0]) continue;
    tap[0] = 0;
    ++channel;
  }
}

}  // namespace xquant::runtime::ops

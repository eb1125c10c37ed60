#include <algorithm>

#include "runtime/aligned_buffer.h"
#include "runtime/depthwise/depthwise.h"
#include "runtime/ops/conv.h"
#include "runtime/rows.h"

namespace xquant::runtime::ops {

DepthwisePlane::DepthwisePlane(const Window& w)
    : window_(w),
      taps_(static_cast<std::size_t>(w.kernel_size())),
      phases_(static_cast<std::size_t>(w.stride[2])) {
  const std::int64_t width = (w.out[2] - 1) * w.stride[2] + (w.kernel[2] - 1) * w.dilation[2] + 1;
  phase_width_ = (static_cast<std::size_t>(width) + phases_ - 1) / phases_ + depthwise::slack();
  rows_ = static_cast<std::size_t>((w.out[1] - 1) * w.stride[1] +
                                   (w.kernel[1] - 1) * w.dilation[1] + 1);
}

std::size_t DepthwisePlane::scratch_bytes() const {
  return align_up(taps_ * sizeof(float*)) + rows_ * phases_ * phase_width_ * sizeof(float);
}

void DepthwisePlane::load(const float* plane, std::byte* scratch) const {
  const Window& w = window_;
  float* row = reinterpret_cast<float*>(scratch + align_up(taps_ * sizeof(float*)));
  const std::size_t row_floats = phases_ * phase_width_;
  for (std::size_t r = 0; r < rows_; ++r, row += row_floats) {
    fill_zeros(row, row_floats);
    const std::int64_t y = static_cast<std::int64_t>(r) - w.pad_begin[1];
    if (y < 0 || y >= w.in[1]) continue;
    const float* from = plane + y * w.in[2];
    const auto wanted =
        static_cast<std::int64_t>((phase_width_ - depthwise::slack()) * phases_) - w.pad_begin[2];
    const std::int64_t end = std::min(w.in[2], wanted);
    const std::int64_t begin = std::max<std::int64_t>(0, -w.pad_begin[2]);
    if (phases_ == 1) {
      if (end > begin) {
        copy_row(from + begin, row + begin + w.pad_begin[2], static_cast<std::size_t>(end - begin));
      }
      continue;
    }
    for (std::int64_t x = begin; x < end; ++x) {
      const auto at = static_cast<std::size_t>(x + w.pad_begin[2]);
      row[at % phases_ * phase_width_ + at / phases_] = from[x];
    }
  }
}

void DepthwisePlane::convolve(std::byte* scratch, const float* weights, const float* bias,
                              float* out) const {
  const Window& w = window_;
  const float** taps = reinterpret_cast<const float**>(scratch);
  const float* padded = reinterpret_cast<const float*>(scratch + align_up(taps_ * sizeof(float*)));
  for (std::int64_t y = 0; y < w.out[1]; ++y, out += w.out[2]) {
    std::size_t t = 0;
    for (std::int64_t ky = 0; ky < w.kernel[1]; ++ky) {
      const auto row = static_cast<std::size_t>(y * w.stride[1] + ky * w.dilation[1]);
      for (std::int64_t kx = 0; kx < w.kernel[2]; ++kx, ++t) {
        const auto at = static_cast<std::size_t>(kx * w.dilation[2]);
        taps[t] = padded + (row * phases_ + at % phases_) * phase_width_ + at / phases_;
      }
    }
    depthwise::convolve_row(taps, weights, taps_, bias, out, static_cast<std::size_t>(w.out[2]));
  }
}

}  // namespace xquant::runtime::ops

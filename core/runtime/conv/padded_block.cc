#include "runtime/conv/padded_block.h"

#include <algorithm>

#include "runtime/conv/counting.h"
#include "runtime/rows.h"

namespace xquant::runtime::conv {
namespace {}  // namespace

PaddedBlock::Phases::Phases(std::int64_t kernel, std::int64_t dilation, std::int64_t stride) {
  position.fill(-1);
  for (std::int64_t k = 0; k < kernel; ++k) {
    std::int8_t& phase = position[count(k * dilation % stride)];
    if (phase < 0) phase = static_cast<std::int8_t>(used++);
  }
}

bool PaddedBlock::can_load(const ops::Window& w) {
  return w.in[0] == 1 && w.kernel[0] == 1 && w.out[0] == 1 && w.pad_begin[0] == 0 &&
         w.stride[kY] <= kMaxStride && w.stride[kX] <= kMaxStride;
}

PaddedBlock::PaddedBlock(const ops::Window& w, std::int64_t rows, std::int64_t columns)
    : window_(w),
      down_(w.kernel[kY], w.dilation[kY], w.stride[kY]),
      across_(w.kernel[kX], w.dilation[kX], w.stride[kX]) {
  const auto phase_extent = [&](std::size_t d, std::int64_t outputs) {
    return outputs + (w.kernel[d] - 1) * w.dilation[d] / w.stride[d];
  };
  phase_rows_ = phase_extent(kY, rows);
  pitch_ = phase_extent(kX, columns);
  // The zeros at the end of a row are those at the beginning of the next as well, as far as a row
  // of outputs still fits.
  if (w.stride[kX] == 1 && columns == w.out[kX]) {
    const std::int64_t shared = std::min({w.pad_begin[kX], w.pad_end[kX], pitch_ - columns});
    if (shared > 0 && w.pad_begin[kX] + w.in[kX] + w.pad_end[kX] == pitch_) pitch_ -= shared;
  }
  plane_ = phase_rows_ * pitch_;
  planes_ = down_.used * across_.used;
}

std::size_t PaddedBlock::offset(std::int64_t ky, std::int64_t kx) const {
  const std::int64_t y = ky * window_.dilation[kY], x = kx * window_.dilation[kX];
  const std::int64_t plane = down_.position[count(y % window_.stride[kY])] * across_.used +
                             across_.position[count(x % window_.stride[kX])];
  return count(plane * plane_ + y / window_.stride[kY] * pitch_ + x / window_.stride[kX]);
}

void PaddedBlock::load(const float* channel, const Block& block, float* to) const {
  const ops::Window& w = window_;
  const std::int64_t first = block.x * w.stride[kX] - w.pad_begin[kX], step = w.stride[kY];
  for (std::int64_t phase = 0; phase < step; ++phase) {
    if (down_.position[count(phase)] < 0) continue;
    float* const planes = to + down_.position[count(phase)] * across_.used * plane_;
    // Rows [begin, end) of the phase lie inside the image, which row 0 may lie above.
    const std::int64_t y = block.y * step + phase - w.pad_begin[kY];
    const std::int64_t begin =
        std::min(divide_up(std::max<std::int64_t>(0, -y), step), phase_rows_);
    const std::int64_t inside = divide_up(std::max<std::int64_t>(0, w.in[kY] - y), step);
    const std::int64_t end = std::clamp(inside, begin, phase_rows_);
    for (std::int64_t p = 0; p < across_.used; ++p) {
      fill_zeros(planes + p * plane_, count(begin * pitch_));
      fill_zeros(planes + p * plane_ + end * pitch_, count((phase_rows_ - end) * pitch_));
    }
    if (begin == end) continue;
    const float* const row = channel + (y + begin * step) * w.in[kX];
    load_rows(row, end - begin, first, planes + begin * pitch_);
  }
  const std::size_t used = count(planes_ * plane_);
  fill_zeros(to + used, floats() - used);  // which the last row reads as its padding
}

/// Rows of the image from column `first` on, which may lie before their begin, into the plane of
/// each phase.
void PaddedBlock::load_rows(const float* row, std::int64_t rows, std::int64_t first,
                            float* to) const {
  const ops::Window& w = window_;
  const std::int64_t stride = w.stride[kX], step = w.stride[kY] * w.in[kX];
  if (stride == 1) {
    const std::int64_t left = std::clamp<std::int64_t>(-first, 0, pitch_);
    const std::int64_t right = std::clamp(w.in[kX] - first, left, pitch_);
    if (left == right) return fill_zeros(to, count(rows * pitch_));
    return pad_rows(row + first + left, count(step),
                    {count(rows), count(right - left), count(left), count(pitch_)}, to);
  }
  const auto plane = [&](std::int64_t phase) {
    const std::int64_t position = across_.position[count(phase)];
    return position < 0 ? nullptr : to + position * plane_;
  };
  if (stride == 2) {
    return split_rows(row,
                      {count(rows), count(w.in[kX]), count(step),
                       static_cast<std::ptrdiff_t>(first), count(pitch_)},
                      plane(0), plane(1));
  }
  for (std::int64_t phase = 0; phase < stride; ++phase) {
    float* out = plane(phase);
    if (out == nullptr) continue;
    for (std::int64_t r = 0; r < rows; ++r, out += pitch_) {
      for (std::int64_t i = 0; i < pitch_; ++i) {
        const std::int64_t x = first + i * stride + phase;
        out[i] = x >= 0 && x < w.in[kX] ? row[r * step + x] : 0.0f;
      }
    }
  }
}

}  // namespace xquant::runtime::conv

#include "runtime/conv/padded_block.h"

#include <algorithm>

#include "runtime/rows.h"

namespace xquant::runtime::conv {
namespace {

constexpr std::size_t kY = 1, kX = 2;  // dimensions of a window

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::size_t count(std::int64_t n) { return static_cast<std::size_t>(n); }

}  // namespace

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
  const std::int64_t first = block.x * w.stride[kX] - w.pad_begin[kX];
  for (std::int64_t phase = 0; phase < w.stride[kY]; ++phase) {
    if (down_.position[count(phase)] < 0) continue;
    float* row = to + down_.position[count(phase)] * across_.used * plane_;
    for (std::int64_t r = 0; r < phase_rows_; ++r, row += pitch_) {
      const std::int64_t y = (block.y + r) * w.stride[kY] + phase - w.pad_begin[kY];
      if (y >= 0 && y < w.in[kY]) {
        load_row(channel + y * w.in[kX], first, row);
      } else {
        for (std::int64_t p = 0; p < across_.used; ++p) fill_zeros(row + p * plane_, count(pitch_));
      }
    }
  }
}

/// One input row from column `first` on, which may lie before the row's begin, into the row of each
/// phase.
void PaddedBlock::load_row(const float* row, std::int64_t first, float* to) const {
  if (window_.stride[kX] == 1) return load_row_plain(row, first, to);
  if (window_.stride[kX] == 2) return load_row_halves(row, first, to);
  const std::int64_t stride = window_.stride[kX];
  for (std::int64_t phase = 0; phase < stride; ++phase) {
    if (across_.position[count(phase)] < 0) continue;
    float* out = to + across_.position[count(phase)] * plane_;
    for (std::int64_t i = 0; i < pitch_; ++i) {
      const std::int64_t x = first + i * stride + phase;
      out[i] = x >= 0 && x < window_.in[kX] ? row[x] : 0.0f;
    }
  }
}

void PaddedBlock::load_row_plain(const float* row, std::int64_t first, float* to) const {
  const std::int64_t begin = std::clamp<std::int64_t>(-first, 0, pitch_);
  const std::int64_t end = std::clamp(window_.in[kX] - first, begin, pitch_);
  fill_zeros(to, count(begin));
  copy_row(row + first + begin, to + begin, count(end - begin));
  fill_zeros(to + end, count(pitch_ - end));
}

void PaddedBlock::load_row_halves(const float* row, std::int64_t first, float* to) const {
  // Pairs i in [begin, end) lie inside the row with both halves.
  const std::int64_t begin =
      std::clamp<std::int64_t>(divide_up(std::max<std::int64_t>(0, -first), 2), 0, pitch_);
  const std::int64_t inside = window_.in[kX] - first;
  const std::int64_t end = std::clamp<std::int64_t>(inside > 0 ? inside / 2 : 0, begin, pitch_);
  float* halves[2] = {nullptr, nullptr};
  for (std::size_t phase = 0; phase < 2; ++phase) {
    if (across_.position[phase] >= 0) halves[phase] = to + across_.position[phase] * plane_;
  }
  const auto element = [&](std::int64_t i, std::int64_t phase) {
    const std::int64_t x = first + 2 * i + phase;
    return x >= 0 && x < window_.in[kX] ? row[x] : 0.0f;
  };
  const auto one_by_one = [&](std::int64_t from, std::int64_t until) {
    for (std::int64_t phase = 0; phase < 2; ++phase) {
      if (halves[phase] == nullptr) continue;
      for (std::int64_t i = from; i < until; ++i) halves[phase][i] = element(i, phase);
    }
  };
  one_by_one(0, begin);
  if (halves[0] != nullptr) {
    split_row(row + first + 2 * begin, halves[0] + begin,
              halves[1] != nullptr ? halves[1] + begin : nullptr, count(end - begin));
  } else {
    one_by_one(begin, end);
  }
  one_by_one(end, pitch_);
}

}  // namespace xquant::runtime::conv

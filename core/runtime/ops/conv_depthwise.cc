#include <algorithm>

#include "runtime/aligned_buffer.h"
#include "runtime/depthwise/depthwise.h"
#include "runtime/ops/conv.h"
#include "runtime/rows.h"

namespace xquant::runtime::ops {
namespace {

std::size_t count(std::int64_t n) { return static_cast<std::size_t>(n); }

/// Vector steps of a row of n outputs.
std::size_t steps(std::size_t n) { return (n + depthwise::slack() - 1) / depthwise::slack(); }

}  // namespace

DepthwisePlane::DepthwisePlane(const Window& w)
    : window_(w), padded_(w, w.out[1], w.out[2]), taps_(count(w.kernel_size())) {
  flat_ = w.out[1] > 1 && steps(flat_floats()) < count(w.out[1]) * steps(count(w.out[2]));
}

std::size_t DepthwisePlane::table_bytes() const { return align_up(taps_ * sizeof(float*)); }

/// From the first output to the last, with what lies between the rows.
std::size_t DepthwisePlane::flat_floats() const {
  return count(window_.out[1] - 1) * padded_.pitch() + count(window_.out[2]);
}

std::size_t DepthwisePlane::scratch_bytes() const {
  return table_bytes() +
         (padded_.floats() + padded_.slack() + depthwise::slack() + (flat_ ? flat_floats() : 0)) *
             sizeof(float);
}

void DepthwisePlane::load(const float* plane, std::byte* scratch) const {
  float* padded = reinterpret_cast<float*>(scratch + table_bytes());
  padded_.load(plane, {0, 0, window_.out[1], window_.out[2]}, padded);
  fill_zeros(padded + padded_.floats(), padded_.slack() + depthwise::slack());
}

void DepthwisePlane::set_taps(const float* padded, std::size_t row, const float** taps) const {
  for (std::int64_t ky = 0; ky < window_.kernel[1]; ++ky) {
    for (std::int64_t kx = 0; kx < window_.kernel[2]; ++kx) {
      *taps++ = padded + padded_.offset(ky, kx) + row * padded_.pitch();
    }
  }
}

void DepthwisePlane::convolve(std::byte* scratch, const float* weights, const float* bias,
                              float* out) const {
  const float** taps = reinterpret_cast<const float**>(scratch);
  float* padded = reinterpret_cast<float*>(scratch + table_bytes());
  const std::size_t rows = count(window_.out[1]), columns = count(window_.out[2]);
  set_taps(padded, 0, taps);
  if (!flat_) {
    for (std::size_t row = 0; row < rows; ++row, out += columns) {
      depthwise::convolve_row(taps, weights, taps_, bias, out, columns);
      for (std::size_t t = 0; t < taps_; ++t) taps[t] += padded_.pitch();
    }
    return;
  }
  float* flat = padded + padded_.floats() + padded_.slack() + depthwise::slack();
  depthwise::convolve_row(taps, weights, taps_, bias, flat, flat_floats());
  for (std::size_t row = 0; row < rows; ++row) {
    copy_row(flat + row * padded_.pitch(), out + row * columns, columns);
  }
}

}  // namespace xquant::runtime::ops

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
    : window_(w), padded_(w, w.out[1], w.out[2]), taps_(count(w.kernel_size())), flat_(false) {
  if (w.out[1] <= 1) return;
  const std::size_t rows = count(w.out[1]), columns = count(w.out[2]);
  constexpr std::size_t kRowOverhead = 8;  // of copying one row of the result, in half vectors
  const std::size_t copy = rows * (2 * steps(columns) + kRowOverhead) / taps_;
  flat_ = depthwise::row_cost(flat_floats()) + copy < rows * depthwise::row_cost(columns);
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

void DepthwisePlane::start(std::byte* scratch) const {
  float* padded = reinterpret_cast<float*>(scratch + table_bytes());
  const float** tap = reinterpret_cast<const float**>(scratch);
  for (std::int64_t ky = 0; ky < window_.kernel[1]; ++ky) {
    for (std::int64_t kx = 0; kx < window_.kernel[2]; ++kx)
      *tap++ = padded + padded_.offset(ky, kx);
  }
  fill_zeros(padded + padded_.floats(), padded_.slack() + depthwise::slack());
}

void DepthwisePlane::load(const float* plane, std::byte* scratch) const {
  padded_.load(plane, {0, 0, window_.out[1], window_.out[2]},
               reinterpret_cast<float*>(scratch + table_bytes()));
}

void DepthwisePlane::convolve(std::byte* scratch, const float* weights, const float* bias,
                              const Bounds& bounds, float* out) const {
  const auto* taps = reinterpret_cast<const float* const*>(scratch);
  float* padded = reinterpret_cast<float*>(scratch + table_bytes());
  const std::size_t rows = count(window_.out[1]), columns = count(window_.out[2]);
  if (!flat_) {
    depthwise::convolve(taps, weights, taps_, bias, bounds, out,
                        {rows, columns, padded_.pitch(), columns});
    return;
  }
  float* flat = padded + padded_.floats() + padded_.slack() + depthwise::slack();
  depthwise::convolve(taps, weights, taps_, bias, bounds, flat, {1, flat_floats(), 0, 0});
  pad_rows(flat, padded_.pitch(), {rows, columns, 0, columns}, out);
}

}  // namespace xquant::runtime::ops

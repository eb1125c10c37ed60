#include "runtime/ops/conv_transpose_phases.h"

#include <algorithm>
#include <numeric>

#include "runtime/gemm/gemm.h"
#include "runtime/ops/conv.h"

namespace xquant::runtime::ops {
namespace {

std::size_t unsigned_size(std::int64_t n) { return static_cast<std::size_t>(n); }

/// Calls visit(kernel entry) for the entries of a phase in row-major order.
template <typename Visit>
void for_each_tap(const TransposedPhase& phase, const Window::Three& kernel, Visit&& visit) {
  const Window::Three& count = phase.window.kernel;
  const auto entry = [&](std::size_t d, std::int64_t i) {
    return phase.first_tap[d] + i * phase.tap_step[d];
  };
  for (std::int64_t z = 0; z < count[0]; ++z) {
    for (std::int64_t y = 0; y < count[1]; ++y) {
      for (std::int64_t x = 0; x < count[2]; ++x) {
        visit((entry(0, z) * kernel[1] + entry(1, y)) * kernel[2] + entry(2, x));
      }
    }
  }
}

/// One dimension: the entries k with k * dilation = residue modulo stride, and the outputs o with
/// o + pad = residue. Entry k takes output o from input (o + pad - k * dilation) / stride.
void set_dimension(TransposedPhase& phase, const Window& w, std::size_t d, std::int64_t residue) {
  const std::int64_t stride = w.stride[d], dilation = w.dilation[d], pad = w.pad_begin[d];
  Window& out = phase.window;
  phase.tap_step[d] = stride / std::gcd(stride, dilation);
  std::int64_t tap = 0;
  while (tap < phase.tap_step[d] && tap * dilation % stride != residue) ++tap;
  const bool any = tap < phase.tap_step[d] && tap < w.kernel[d];
  phase.first_tap[d] = tap;
  out.kernel[d] = any ? (w.kernel[d] - 1 - tap) / phase.tap_step[d] + 1 : 0;
  const std::int64_t first = ((residue - pad) % stride + stride) % stride;
  phase.first_out[d] = first;
  out.in[d] = w.in[d];
  out.out[d] = first < w.out[d] ? (w.out[d] - 1 - first) / stride + 1 : 0;
  out.dilation[d] = -(phase.tap_step[d] * dilation / stride);
  out.pad_begin[d] = any ? -(first + pad - tap * dilation) / stride : 0;
}

}  // namespace

TransposedPhase TransposedPhases::at(std::int64_t index) const {
  TransposedPhase phase;
  for (std::size_t d = Window::kDimensions; d-- > 0;) {
    set_dimension(phase, w_, d, index % w_.stride[d]);
    index /= w_.stride[d];
  }
  return phase;
}

std::size_t TransposedPhases::scratch_floats(std::int64_t channels_in,
                                             std::int64_t channels_out) const {
  std::size_t most = 0;
  for (std::int64_t i = 0; i < count(); ++i) {
    const Window window = at(i).window;
    const auto n = unsigned_size(window.out_size());
    const auto k = unsigned_size(channels_in * window.kernel_size());
    most = std::max(most, unsigned_size(channels_out) * n + gemm::scratch_floats(n, k));
  }
  return most;
}

void TransposedPhases::pack(const float* weights, std::int64_t channels_in,
                            std::int64_t channels_out, float* line, float* packed) const {
  for (std::int64_t i = 0; i < count(); ++i) {
    const TransposedPhase phase = at(i);
    float* to = line;
    for (std::int64_t o = 0; o < channels_out; ++o) {
      for (std::int64_t c = 0; c < channels_in; ++c) {
        const float* kernel = weights + (c * channels_out + o) * w_.kernel_size();
        for_each_tap(phase, w_.kernel, [&](std::int64_t entry) { *to++ = kernel[entry]; });
      }
    }
    const auto k = unsigned_size(channels_in * phase.window.kernel_size());
    gemm::pack_rows({line, unsigned_size(channels_out), k, k, 1}, packed);
    packed += to - line;
  }
}

void TransposedPhases::convolve(const float* image, std::int64_t channels_in,
                                std::int64_t channels_out, const float* packed, const float* bias,
                                float* out, std::span<float> scratch) const {
  const auto m = unsigned_size(channels_out);
  for (std::int64_t i = 0; i < count(); ++i) {
    const TransposedPhase phase = at(i);
    const auto n = unsigned_size(phase.window.out_size());
    const auto k = unsigned_size(channels_in * phase.window.kernel_size());
    if (n > 0) {
      float* const result = count() == 1 ? out : scratch.data();
      gemm::multiply({m, n, k, packed, result, n, bias}, ImagePanels(phase.window, image),
                     scratch.subspan(m * n));
      if (count() > 1) scatter(phase, result, channels_out, out);
    }
    packed += m * k;
  }
}

void TransposedPhases::scatter(const TransposedPhase& phase, const float* result,
                               std::int64_t channels, float* out) const {
  const Window::Three& count = phase.window.out;
  const auto index = [&](std::size_t d, std::int64_t i) {
    return phase.first_out[d] + i * w_.stride[d];
  };
  for (std::int64_t c = 0; c < channels; ++c, out += w_.out_size()) {
    for (std::int64_t z = 0; z < count[0]; ++z) {
      for (std::int64_t y = 0; y < count[1]; ++y, result += count[2]) {
        float* row = out + (index(0, z) * w_.out[1] + index(1, y)) * w_.out[2] + phase.first_out[2];
        for (std::int64_t x = 0; x < count[2]; ++x) row[x * w_.stride[2]] = result[x];
      }
    }
  }
}

}  // namespace xquant::runtime::ops

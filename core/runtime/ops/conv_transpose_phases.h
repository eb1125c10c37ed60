#pragma once

#include <span>

#include "runtime/ops/window.h"

namespace xquant::runtime::ops {

/// Those outputs of a transposed convolution that meet the same kernel entries: along each
/// dimension every stride-th one. For them it is an ordinary convolution of the input with these
/// entries, in the same order (Shi et al. 2016, "Is the deconvolution layer the same as a
/// convolutional layer?").
struct TransposedPhase {
  /// in: the input; out: outputs of the phase; kernel: entries that they meet. Entries go backwards
  /// through the input, hence a negative dilation.
  Window window;
  Window::Three first_out;            ///< index of the first output; the others lie a stride apart
  Window::Three first_tap, tap_step;  ///< the entries
};

/// All phases of a transposed convolution. They depend on strides, dilations and kernel; only their
/// windows depend on the input.
class TransposedPhases {
 public:
  /// w: in and out are those of the transposed convolution. Does not allocate.
  explicit TransposedPhases(const Window& w) : w_(w) {}
  std::int64_t count() const { return w_.stride[0] * w_.stride[1] * w_.stride[2]; }
  TransposedPhase at(std::int64_t index) const;

  /// Floats of scratch memory that convolve() needs.
  std::size_t scratch_floats(std::int64_t channels_in, std::int64_t channels_out) const;
  /// One image and group. packed: as pack() leaves the group's weights; bias may be nullptr.
  void convolve(const float* image, std::int64_t channels_in, std::int64_t channels_out,
                const float* packed, const float* bias, float* out, std::span<float> scratch) const;

  /// Weights [channels_in][channels_out][kernel] of one group in the order in which convolve()
  /// wants them, as many floats; line: memory for as many again.
  void pack(const float* weights, std::int64_t channels_in, std::int64_t channels_out, float* line,
            float* packed) const;

 private:
  void scatter(const TransposedPhase& phase, const float* result, std::int64_t channels,
               float* out) const;

  Window w_;
};

}  // namespace xquant::runtime::ops

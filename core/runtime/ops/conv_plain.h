#pragma once

#include "runtime/ops/window.h"

namespace xquant::runtime::ops {

/// Convolution as the standard writes it, for types without a fast kernel: every output is the sum
/// over (input channel, kernel position) in that order, started at zero, the bias added last.
/// bias may be nullptr.
template <typename T>
void conv_plain(const Window& w, const TensorView& x, const TensorView& weights, const T* bias,
                const MutableView& out) {
  const std::int64_t taken = weights.shape[1], channels = weights.shape[0];
  const std::int64_t per_group = taken == 0 ? channels : channels * taken / x.shape[1];
  T* y = raw<T>(out);
  for (std::int64_t n = 0; n < x.shape[0]; ++n) {
    for (std::int64_t oc = 0; oc < channels; ++oc) {
      const T* image = raw<T>(x) + (n * x.shape[1] + oc / per_group * taken) * w.in_size();
      const T* taps = raw<T>(weights) + oc * taken * w.kernel_size();
      for (std::int64_t p = 0; p < w.out_size(); ++p) {
        const Window::Three at{p / (w.out[1] * w.out[2]), p / w.out[2] % w.out[1], p % w.out[2]};
        T total = T(0);
        for (std::int64_t k = 0; k < taken * w.kernel_size(); ++k) {
          const std::int64_t tap = k % w.kernel_size();
          const Window::Three position{tap / (w.kernel[1] * w.kernel[2]),
                                       tap / w.kernel[2] % w.kernel[1], tap % w.kernel[2]};
          std::int64_t offset = 0;
          bool inside = true;
          for (std::size_t d = 0; d < Window::kDimensions; ++d) {
            const std::int64_t i =
                at[d] * w.stride[d] + position[d] * w.dilation[d] - w.pad_begin[d];
            inside = inside && i >= 0 && i < w.in[d];
            offset = offset * w.in[d] + i;
          }
          if (inside) total += image[k / w.kernel_size() * w.in_size() + offset] * taps[k];
        }
        *y++ = bias == nullptr ? total : total + bias[oc];
      }
    }
  }
}

}  // namespace xquant::runtime::ops

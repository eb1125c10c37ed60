#pragma once

#include <memory>

#include "runtime/gemm/gemm.h"
#include "runtime/ops/window.h"

namespace xquant::runtime::ops {

/// One image and group of a convolution as the right-hand side of a product: row k is a tap
/// (channel, then kernel position), column j an output position. Taps in the padding are zeros.
class ImagePanels final : public gemm::PanelSource {
 public:
  ImagePanels(const Window& window, const float* image) : window_(window), image_(image) {}
  void pack(std::size_t k0, std::size_t kc, std::size_t j0, std::size_t columns,
            float* panel) const override;

 private:
  void pack_tap(std::int64_t channel, const Window::Three& tap, Window::Three position,
                std::int64_t columns, float* to) const;

  const Window& window_;
  const float* image_;
};

/// Depthwise 1-D or 2-D convolution of one channel: splits the padded plane into phases of the
/// horizontal stride, so that every tap of a row is contiguous.
class DepthwisePlane {
 public:
  explicit DepthwisePlane(const Window& window);
  /// Bytes of scratch memory.
  std::size_t scratch_bytes() const;
  void load(const float* plane, std::byte* scratch) const;
  /// weights: one for each kernel position; bias may be nullptr.
  void convolve(std::byte* scratch, const float* weights, const float* bias, float* out) const;

 private:
  const Window& window_;
  std::size_t taps_, phases_, phase_width_, rows_;
};

}  // namespace xquant::runtime::ops

#pragma once

#include <memory>

#include "runtime/conv/padded_block.h"
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

/// Depthwise 1-D or 2-D convolution of one channel, whose padded plane is copied so that every tap
/// of a row is contiguous. Narrow planes are computed as one row.
class DepthwisePlane {
 public:
  explicit DepthwisePlane(const Window& window);
  /// Bytes of scratch memory.
  std::size_t scratch_bytes() const;
  /// Prepares the scratch memory for any number of planes.
  void start(std::byte* scratch) const;
  void load(const float* plane, std::byte* scratch) const;
  /// weights: one for each kernel position; bias may be nullptr.
  void convolve(std::byte* scratch, const float* weights, const float* bias, const Bounds& bounds,
                float* out) const;

 private:
  std::size_t table_bytes() const;
  std::size_t flat_floats() const;

  const Window& window_;
  conv::PaddedBlock padded_;
  std::size_t taps_;
  bool flat_;  ///< all rows at once, with what lies between them
};

}  // namespace xquant::runtime::ops

#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/conv/padded_block.h"
#include "runtime/gemm/gemm.h"

namespace xquant::runtime::conv {

/// The taps of a block of output positions as the right-hand side of a product: row k is a tap,
/// column j the output position (j / columns, j % columns) of the block. They are copied out of the
/// padded block, panel by panel: tiles then read one panel from the first-level cache for all
/// output channels, instead of as many distant places as there are channels in.
class TapPanels final : public gemm::PanelSource {
 public:
  /// padded: all channels of the block, rows `pitch` apart; tap k of output position (r, c) is
  /// padded[offsets[k] + r * pitch + c].
  TapPanels(const float* padded, const std::uint32_t* offsets, std::size_t pitch,
            std::size_t columns)
      : padded_(padded), offsets_(offsets), pitch_(pitch), columns_(columns) {}

  /// Overwrites up to slack() floats behind the panel and reads as many behind the last tap.
  void pack(std::size_t k0, std::size_t kc, std::size_t j0, std::size_t columns,
            float* panel) const override;
  static std::size_t slack();

 private:
  const float* padded_;
  const std::uint32_t* offsets_;
  std::size_t pitch_, columns_;
};

}  // namespace xquant::runtime::conv

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/ops/window.h"

namespace xquant::runtime::conv {

/// A rectangle of output positions of a 2-D convolution.
struct Block {
  std::int64_t y, x;           ///< the first
  std::int64_t rows, columns;  ///< how many
};

/// The part of one channel that a block of outputs reads, copied with its padding so that every tap
/// is contiguous: the padded rows and columns are split into phases of the strides, and output
/// (r, c) of the block finds tap (ky, kx) at offset(ky, kx) + r * pitch() + c. A row reads on into
/// the next where both are padding.
class PaddedBlock {
 public:
  /// Strides that can be split.
  static constexpr std::int64_t kMaxStride = 32;
  /// Whether the window is 2-D or less, with strides that can be split.
  static bool can_load(const ops::Window& window);

  /// For blocks of up to this many rows and exactly (the last: up to) this many columns.
  PaddedBlock(const ops::Window& window, std::int64_t rows, std::int64_t columns);

  std::size_t pitch() const { return static_cast<std::size_t>(pitch_); }
  /// Floats of one channel. Behind the last one slack() zeros have to follow; a tile may read on
  /// beyond them, for columns that do not exist.
  std::size_t floats() const {
    // An odd number of cache lines: else the same tap of many channels competes for few places.
    constexpr std::size_t kLine = 16;
    return ((static_cast<std::size_t>(planes_ * plane_) + kLine - 1) / kLine | 1) * kLine;
  }
  std::size_t slack() const { return pitch(); }
  std::size_t offset(std::int64_t ky, std::int64_t kx) const;

  void load(const float* channel, const Block& block, float* to) const;

 private:
  /// Phases of one dimension's stride that some tap uses.
  struct Phases {
    std::array<std::int8_t, kMaxStride> position{};  ///< among those used, or -1
    std::int64_t used = 0;
    Phases(std::int64_t kernel, std::int64_t dilation, std::int64_t stride);
  };

  void load_rows(const float* row, std::int64_t rows, std::int64_t first, float* to) const;

  const ops::Window& window_;
  Phases down_, across_;
  std::int64_t pitch_ = 0;       ///< floats from row to row
  std::int64_t phase_rows_ = 0;  ///< rows of a plane
  std::int64_t plane_ = 0;       ///< floats of a plane
  std::int64_t planes_ = 0;
};

}  // namespace xquant::runtime::conv

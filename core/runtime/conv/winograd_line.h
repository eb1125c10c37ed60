#pragma once

#include <cstddef>

#include "runtime/conv/direct.h"
#include "runtime/conv/padded_block.h"

namespace xquant::runtime::conv {

/// Convolution with r = 3, 4 or 5 taps along one axis and 1 along the other, stride 1, by
/// Winograd's minimal filtering F(m, r) with m = 7 - r (Winograd 1980, chapter V): 6 products for
/// m outputs instead of m * r. The transforms are those of Cook and Toom at the points
/// 0, 1, -1, 1/2, -2 and infinity (winograd_line_matrices.h):
///
///   U = G g in double, rounded once;  V = B^T d;
///   M[e] = 0 + U[e][c] * V[e][c] for c = 0, 1, ...;  Y = A^T M;  then + bias.
///
/// Sums of a transform go from left to right over the entries of its row that are not 0. Outputs
/// 0 to m - 1 along the axis are the first tile, and so on. The same bits on every machine, but not
/// those of Direct. With u = 2^-24 and C channels,
///   |Y - exact| <= (C + 13) u * sum over c of |A|^T (|G||g| . |B|^T|d|)
/// (C roundings of the sum, up to 5 of each transform and its factors, 1 of U, 1 of the bias; to
/// first order in u).
class WinogradLine {
 public:
  /// Whether it pays: depends on the weights and attributes only, so that it is decided once.
  static bool is_better(std::int64_t rows, std::int64_t channels, const ops::Window& kernel);
  /// Floats of the transformed weights.
  static std::size_t weight_floats(std::size_t rows, std::size_t channels);
  /// weights: [rows][channels][taps].
  static void transform_weights(const float* weights, std::size_t rows, std::size_t channels,
                                std::size_t taps, float* transformed);

  WinogradLine(const ops::Window& window, std::int64_t channels, std::int64_t rows);
  std::size_t scratch_bytes() const;
  std::int64_t blocks() const { return blocks_.count(); }
  /// As Direct::run(), with transformed weights.
  void run(std::int64_t block, std::size_t first, std::size_t count, const Planes& planes,
           std::byte* scratch, const Tail* tail) const;

 private:
  void load(const Block& block, const Planes& planes, float* v, float* padded) const;
  void store(const float* m, const Block& block, const float* bias, float* to) const;
  Block tiles_of(const Block& block) const;

  const ops::Window& window_;
  std::int64_t channels_, rows_;
  std::size_t axis_;      ///< of the window
  std::int64_t outputs_;  ///< m
  Blocks blocks_;
  ops::Window tile_window_;  ///< 6 taps in steps of m: what the tiles read
  PaddedBlock padded_;       ///< whose outputs are tiles
  std::size_t step_;         ///< tiles of a block, and what vectors store beyond
};

}  // namespace xquant::runtime::conv

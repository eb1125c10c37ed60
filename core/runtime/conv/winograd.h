#pragma once

#include <cstddef>

#include "runtime/conv/direct.h"
#include "runtime/conv/padded_block.h"

namespace xquant::runtime::conv {

/// 3x3 convolution with stride 1 by Winograd's minimal filtering F(2x2, 3x3) (Lavin & Gray 2016,
/// arXiv:1509.09308): 16 products for 4 outputs instead of 36.
///
///   U = G g G^T in double, rounded once;  V = B^T d B, first along columns, then along rows;
///   M[e] = 0 + U[e][c] * V[e][c] for c = 0, 1, ...;  Y = A^T M A, first along columns, then along
///   rows, as ((m0 + m1) + m2) and ((m1 - m2) - m3);  then + bias.
///
/// The same bits on every machine, but not those of Direct. With u = 2^-24 and C channels,
///   |Y - exact| <= (C + 12) u * sum over c of |A|^T (|G||g||G|^T . |B|^T|d||B|) |A|
/// (C roundings of the sum, up to 2 of each transform and direction, 1 of U, 1 of the bias; to
/// first order in u).
class Winograd {
 public:
  /// Whether it pays: depends on the weights and attributes only, so that it is decided once.
  static bool is_better(std::int64_t rows, std::int64_t channels, const ops::Window& kernel);
  /// Floats of the transformed weights.
  static std::size_t weight_floats(std::size_t rows, std::size_t channels);
  /// weights: [rows][channels][3][3].
  static void transform_weights(const float* weights, std::size_t rows, std::size_t channels,
                                float* transformed);

  Winograd(const ops::Window& window, std::int64_t channels, std::int64_t rows);
  std::size_t scratch_bytes() const;
  std::int64_t blocks() const { return blocks_.count(); }
  /// As Direct::run(), with transformed weights.
  void run(std::int64_t block, std::size_t first, std::size_t count, const Planes& planes,
           std::byte* scratch, const Tail* tail) const;

 private:
  const ops::Window& window_;
  std::int64_t channels_, rows_;
  Blocks blocks_;
  PaddedBlock padded_;
  std::size_t tiles_;  ///< room for the tiles of a block, and what vectors store beyond
};

}  // namespace xquant::runtime::conv

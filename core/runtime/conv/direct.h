#pragma once

#include <cstddef>
#include <vector>

#include "runtime/conv/padded_block.h"
#include "runtime/kernel.h"

namespace xquant::runtime::conv {

/// Operands of one image and group.
struct Planes {
  const float* image;    ///< [channels][in rows][in columns]
  const float* weights;  ///< packed as the algorithm wants them
  const float* bias;     ///< or nullptr
  float* out;            ///< [rows][out rows][out columns]
  std::size_t first;     ///< position of out[0] in the whole result, for the tail
};

/// Cuts the output positions into blocks of equal size.
struct Blocks {
  std::int64_t rows, columns;  ///< of one block
  std::int64_t down, across;   ///< how many blocks
  std::int64_t count() const { return down * across; }
  Block at(std::int64_t index, const ops::Window& window) const;
};

/// Applies the tail (or nothing) to one channel of a block: rows of so many columns, a row of the
/// result apart, the first at position `at` of planes.out.
void apply_tail(const Tail* tail, const Planes& planes, std::size_t at, const Block& block,
                const ops::Window& window);

/// Convolution of one group without a matrix of taps: blocks of the padded image are copied once,
/// and the tile of the matrix product reads each tap where it lies. Sums run over channel, then
/// kernel position.
class Direct {
 public:
  /// channels in, rows = channels out, both of one group.
  Direct(const ops::Window& window, std::int64_t channels, std::int64_t rows);

  std::size_t scratch_bytes() const;
  std::int64_t blocks() const { return blocks_.count(); }
  /// One block for output channels [first, first + count), first a multiple of gemm::kTileRows.
  /// weights as gemm::pack_rows() leaves them.
  void run(std::int64_t block, std::size_t first, std::size_t count, const Planes& planes,
           std::byte* scratch, const Tail* tail) const;

 private:
  struct Tiles;
  std::size_t taps() const;
  std::size_t padded_floats() const;
  /// Whether the taps are copied into panels, which pays when many tiles read them.
  bool uses_panels() const;
  void run_product(const Block& block, std::size_t first, std::size_t rows, const Planes& planes,
                   const float* padded, const std::uint32_t* offsets, float* scratch,
                   const Bounds& bounds) const;

  const ops::Window& window_;
  std::int64_t channels_, rows_;
  Blocks blocks_;
  PaddedBlock padded_;
};

}  // namespace xquant::runtime::conv

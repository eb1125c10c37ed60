#pragma once

#include <cstddef>

namespace xquant::runtime::gemm {

/// Rows of a full tile. Four rows by two vectors use 8 accumulators, which leaves room in 16 vector
/// registers.
inline constexpr std::size_t kTileRows = 4;

/// Where the sum of a tile starts.
enum class Start {
  kZero,   ///< first block of K
  kFromC,  ///< a later block: goes on from what the blocks before it left in C
};

/// Columns of a tile: two vectors of this machine.
std::size_t tile_columns();

/// c[r][j] = start + sum over k of a[k][r] * b[k][j], one product after another, then + bias[r]
/// when bias is given. rows in 1..kTileRows; a is [kc][rows], b is [kc][tile_columns()]; writes all
/// tile_columns() columns of c.
using TileFunction = void (*)(std::size_t rows, std::size_t kc, const float* a, const float* b,
                              float* c, std::size_t ldc, Start start, const float* bias);

/// The fastest implementation for this machine. All give the same bits.
TileFunction tile_function();

}  // namespace xquant::runtime::gemm

#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/bounds.h"

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

/// How many tiles one call computes, and how many floats each operand of the next tile lies behind
/// that of the one before: where k is short, calls would cost as much as the sums.
struct Repeat {
  std::size_t count = 1;
  std::size_t a = 0, b = 0, c = 0, bias = 0;
  /// Memory that is needed next: each tile fetches `ahead_step` floats of it, as far as it goes.
  const float* ahead = nullptr;
  std::size_t ahead_step = 0, ahead_size = 0;
};

/// What follows the sums.
struct Finish {
  const float* bias = nullptr;  ///< added first, one for each row
  Bounds bounds{};
};

/// c[r][j] = start + sum over k of a[k][r] * b[k][j], one product after another, and what follows.
/// rows in 1..kTileRows; a is [kc][rows]; row k of b starts at b + k * ldb;
/// writes all tile_columns() columns of c.
using TileFunction = void (*)(std::size_t rows, std::size_t kc, const float* a, const float* b,
                              std::size_t ldb, float* c, std::size_t ldc, Start start,
                              const Finish& finish, const Repeat& repeat);

/// The same from zero, for all of k at once, where row k of b starts at b + offsets[k]: the taps of
/// a convolution in place, without a packed copy of each.
using TapTileFunction = void (*)(std::size_t rows, std::size_t kc, const float* a, const float* b,
                                 const std::uint32_t* offsets, float* c, std::size_t ldc,
                                 const Finish& finish, const Repeat& repeat);

/// Copies kc rows of tile_columns() floats, which are `step` apart, one behind the other.
void copy_panel(const float* from, std::size_t step, std::size_t kc, float* panel);

/// kTileRows rows of n floats, `step` apart, as [n][kTileRows].
void interleave_rows(const float* from, std::size_t step, std::size_t n, float* to);

/// The fastest implementations for this machine. All give the same bits.
TileFunction tile_function();
TapTileFunction tap_tile_function();

}  // namespace xquant::runtime::gemm

#include "runtime/gemm/gemm.h"

#include <algorithm>

#include "runtime/gemm/tile.h"

namespace xquant::runtime::gemm {
namespace {

// A block of B (kBlockK x kBlockN) stays in the second-level cache, a panel of it and one of A in
// the first.
constexpr std::size_t kBlockK = 256;
constexpr std::size_t kBlockN = 512;
constexpr std::size_t kBlockM = 128;

// A panel of packed weights, which come from memory in large models, is fetched while the one
// before it is used, by so many tiles or more.
constexpr std::size_t kTilesToFetch = 8;
constexpr std::size_t kLineFloats = 16;  // of a line of the caches

std::size_t round_up(std::size_t n, std::size_t step) { return (n + step - 1) / step * step; }

/// What one block of K needs beside the panels.
struct Block {
  const Product& product;
  std::size_t k0, kc;
  TileFunction tile;
  std::size_t width;  ///< of a tile
  float* edge;        ///< a tile for columns that are not there

  /// One panel of B against rows [i0, i1) of A. columns: how many of the panel's columns exist;
  /// next: the panel that is needed then, if it has to be fetched.
  void run(const float* panel, std::size_t j0, std::size_t columns, std::size_t i0, std::size_t i1,
           const float* next = nullptr) const {
    if (columns == width) {
      const std::size_t full = (i1 - i0) / kTileRows;
      if (full > 0) run_full(panel, j0, i0, kTileRows, full, next);
      const std::size_t done = i0 + full * kTileRows;
      if (done < i1) run_full(panel, j0, done, i1 - done, 1);
      return;
    }
    for (std::size_t i = i0; i < i1; i += kTileRows) {
      const std::size_t rows = std::min(kTileRows, product.m - i);
      run_edge(rows, a_of(i, rows), panel, product.c + i * product.ldc + j0, columns, finish(i));
    }
  }

 private:
  const float* a_of(std::size_t i, std::size_t rows) const {
    return product.a + i * product.k + k0 * rows;
  }

  /// `tiles` tiles below each other, of so many rows each.
  void run_full(const float* panel, std::size_t j0, std::size_t i, std::size_t rows,
                std::size_t tiles, const float* next = nullptr) const {
    Repeat repeat{tiles, rows * product.k, 0, rows * product.ldc, rows};
    if (next != nullptr && tiles >= kTilesToFetch) {
      repeat.ahead = next;
      repeat.ahead_size = kc * width;
      repeat.ahead_step = round_up((kc * width + tiles - 1) / tiles, kLineFloats);
    }
    tile(rows, kc, a_of(i, rows), panel, width, product.c + i * product.ldc + j0, product.ldc,
         start(), finish(i), repeat);
  }

  Start start() const { return k0 == 0 ? Start::kZero : Start::kFromC; }
  /// For rows from i on.
  Finish finish(std::size_t i) const {
    if (k0 + kc < product.k) return {};
    return {product.row_bias != nullptr ? product.row_bias + i : nullptr, product.bounds};
  }

  /// The same through a full tile on the side.
  void run_edge(std::size_t rows, const float* a, const float* panel, float* c, std::size_t columns,
                const Finish& after) const {
    for (std::size_t r = 0; r < rows && k0 > 0; ++r) {
      std::copy_n(c + r * product.ldc, columns, edge + r * width);
    }
    tile(rows, kc, a, panel, width, edge, width, start(), after, {});
    for (std::size_t r = 0; r < rows; ++r) {
      std::copy_n(edge + r * width, columns, c + r * product.ldc);
    }
  }
};

/// Without products there is nothing to sum.
bool fill_empty_sum(const Product& p, const Part& part) {
  if (p.k > 0) return false;
  for (std::size_t i = part.i0; i < part.i1; ++i) {
    float value = p.row_bias != nullptr ? 0.0f + p.row_bias[i] : 0.0f;
    value = value < p.bounds.low ? p.bounds.low : value;
    value = value > p.bounds.high ? p.bounds.high : value;
    std::fill_n(p.c + i * p.ldc + part.j0, part.j1 - part.j0, value);
  }
  return true;
}

}  // namespace

void pack_rows(const Matrix& a, float* packed) {
  for (std::size_t i = 0; i < a.rows; i += kTileRows) {
    const std::size_t rows = std::min(kTileRows, a.rows - i);
    if (rows == kTileRows && a.column_stride == 1) {
      interleave_rows(a.data + i * a.row_stride, a.row_stride, a.columns, packed);
      packed += kTileRows * a.columns;
      continue;
    }
    for (std::size_t k = 0; k < a.columns; ++k) {
      for (std::size_t r = 0; r < rows; ++r) {
        *packed++ = a.data[(i + r) * a.row_stride + k * a.column_stride];
      }
    }
  }
}

void MatrixPanels::pack(std::size_t k0, std::size_t kc, std::size_t j0, std::size_t columns,
                        float* panel) const {
  if (kc == 0) return;  // a matrix without elements may have no data to count from
  const std::size_t width = tile_columns();
  const float* from = b_.data + k0 * b_.row_stride + j0 * b_.column_stride;
  if (b_.column_stride == 1 && columns == width) return copy_panel(from, b_.row_stride, kc, panel);
  for (std::size_t k = 0; k < kc; ++k, panel += width, from += b_.row_stride) {
    for (std::size_t j = 0; j < columns; ++j) panel[j] = from[j * b_.column_stride];
    for (std::size_t j = columns; j < width; ++j) panel[j] = 0.0f;
  }
}

PackedColumns::PackedColumns(const Matrix& b)
    : data_(round_up(b.columns, tile_columns()) * b.rows * sizeof(float)), k_(b.rows) {
  const MatrixPanels panels(b);
  const std::size_t width = tile_columns();
  for (std::size_t j = 0; j < b.columns; j += width) {
    panels.pack(0, b.rows, j, std::min(width, b.columns - j), data_.floats() + j * b.rows);
  }
}

const float* PackedColumns::panel(std::size_t j0, std::size_t k0) const {
  return data_.floats() + j0 * k_ + k0 * tile_columns();
}

std::size_t tile_scratch_floats() { return kTileRows * tile_columns(); }

std::size_t scratch_floats(std::size_t n, std::size_t k) {
  const std::size_t width = tile_columns();
  const std::size_t block_n = std::max(kBlockN, width);
  return std::min(kBlockK, k) * round_up(std::min(block_n, n), width) + tile_scratch_floats();
}

Partition::Partition(std::size_t m, std::size_t n, int workers)
    : m_(m), n_(n), rows_(m), columns_(n), down_(1), across_(1) {
  constexpr std::size_t kPartsOfWorker = 2;
  const std::size_t width = tile_columns(), wanted = kPartsOfWorker * std::size_t(workers);
  if (workers == 1 || m == 0 || n == 0) return;
  // The longer side is cut: every part reads the whole of the other operand.
  if (n >= m && n >= wanted * width) {
    columns_ = round_up((n + wanted - 1) / wanted, width);
    across_ = (n + columns_ - 1) / columns_;
  } else {
    rows_ = round_up((m + wanted - 1) / wanted, kTileRows);
    down_ = (m + rows_ - 1) / rows_;
  }
}

Part Partition::at(std::size_t index) const {
  const std::size_t i = index / across_ * rows_, j = index % across_ * columns_;
  return {i, std::min(m_, i + rows_), j, std::min(n_, j + columns_)};
}

void multiply(const Product& p, const PanelSource& b, const Part& part, std::span<float> scratch) {
  if (fill_empty_sum(p, part)) return;
  const std::size_t width = tile_columns();
  const std::size_t block_n = std::max(kBlockN, width) / width * width;
  float* const panels = scratch.data() + tile_scratch_floats();
  for (std::size_t j0 = part.j0; j0 < part.j1; j0 += block_n) {
    const std::size_t j1 = std::min(part.j1, j0 + block_n);
    for (std::size_t k0 = 0; k0 < p.k; k0 += kBlockK) {
      const Block block{p, k0, std::min(kBlockK, p.k - k0), tile_function(), width, scratch.data()};
      // A last panel that is not full starts earlier where its sums are made in one go: columns
      // that it shares with the panel before get the same bits twice.
      const bool moves_back = p.k <= kBlockK && j1 - part.j0 >= width;
      const auto start = [&](std::size_t j) {
        return moves_back && j + width > j1 ? j1 - width : j;
      };
      for (std::size_t j = j0; j < j1; j += width) {
        b.pack(k0, block.kc, start(j), std::min(width, j1 - start(j)),
               panels + (j - j0) * block.kc);
      }
      for (std::size_t i0 = part.i0; i0 < part.i1; i0 += kBlockM) {
        const std::size_t i1 = std::min(part.i1, i0 + kBlockM);
        for (std::size_t j = j0; j < j1; j += width) {
          block.run(panels + (j - j0) * block.kc, start(j), std::min(width, j1 - start(j)), i0, i1);
        }
      }
    }
  }
}

void multiply(const Product& p, const PackedColumns& b, const Part& part,
              std::span<float> scratch) {
  if (fill_empty_sum(p, part)) return;
  const std::size_t width = tile_columns();
  for (std::size_t k0 = 0; k0 < p.k; k0 += kBlockK) {
    const Block block{p, k0, std::min(kBlockK, p.k - k0), tile_function(), width, scratch.data()};
    for (std::size_t i0 = part.i0; i0 < part.i1; i0 += kBlockM) {
      for (std::size_t j = part.j0; j < part.j1; j += width) {
        const float* next = j + width < part.j1 ? b.panel(j + width, k0) : nullptr;
        block.run(b.panel(j, k0), j, std::min(width, part.j1 - j), i0,
                  std::min(part.i1, i0 + kBlockM), next);
      }
    }
  }
}

}  // namespace xquant::runtime::gemm

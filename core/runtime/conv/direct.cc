#include "runtime/conv/direct.h"

#include <algorithm>

#include "runtime/aligned_buffer.h"
#include "runtime/conv/counting.h"
#include "runtime/conv/tap_panels.h"
#include "runtime/gemm/gemm.h"
#include "runtime/gemm/tile.h"
#include "runtime/rows.h"

namespace xquant::runtime::conv {
namespace {

/// Floats of a padded block of all channels: half of a common second-level cache.
constexpr std::size_t kBlockFloats = 64 * 1024;

/// Channels out and taps from which on panels pay: measured in WebAssembly, where a tile gains 5 to
/// 12 % of the peak; natively they are within 5 % of each other.
constexpr std::int64_t kManyRows = 64;
constexpr std::size_t kManyTaps = 64;

/// The largest blocks that fit the cache; whole rows if possible, because those store best.
Blocks choose_blocks(const ops::Window& w, std::int64_t channels) {
  const auto fits = [&](std::int64_t rows, std::int64_t columns) {
    return PaddedBlock(w, rows, columns).floats() * count(channels) <= kBlockFloats;
  };
  constexpr std::int64_t kFewRows = 4, kFewColumns = 64;
  std::int64_t rows = w.out[kY], columns = w.out[kX];
  while (rows > kFewRows && !fits(rows, columns)) rows = (rows + 1) / 2;
  while (columns > kFewColumns && !fits(rows, columns)) columns = (columns / 2 + 31) / 32 * 32;
  while (rows > 1 && !fits(rows, columns)) rows = (rows + 1) / 2;
  Blocks blocks{rows, columns, divide_up(w.out[kY], rows), divide_up(w.out[kX], columns)};
  blocks.rows = divide_up(w.out[kY], blocks.down);
  return blocks;
}

}  // namespace

Block Blocks::at(std::int64_t index, const ops::Window& w) const {
  const std::int64_t y = index / across * rows, x = index % across * columns;
  return {y, x, std::min(rows, w.out[kY] - y), std::min(columns, w.out[kX] - x)};
}

void apply_tail(const Tail* tail, const Planes& planes, std::size_t at, const Block& block,
                const ops::Window& window) {
  if (tail == nullptr) return;
  const std::size_t columns = count(block.columns), pitch = count(window.out[kX]);
  const bool whole_rows = columns == pitch;
  const std::size_t pieces = whole_rows ? 1 : count(block.rows);
  const std::size_t length = whole_rows ? columns * count(block.rows) : columns;
  for (std::size_t i = 0; i < pieces; ++i, at += pitch) {
    tail->apply(planes.out + at, planes.first + at, length);
  }
}

Direct::Direct(const ops::Window& window, std::int64_t channels, std::int64_t rows)
    : window_(window),
      channels_(channels),
      rows_(rows),
      blocks_(choose_blocks(window, channels)),
      padded_(window, blocks_.rows, blocks_.columns) {}

std::size_t Direct::taps() const { return count(channels_ * window_.kernel_size()); }

bool Direct::uses_panels() const { return rows_ >= kManyRows && taps() >= kManyTaps; }

std::size_t Direct::padded_floats() const {
  return count(channels_) * padded_.floats() + padded_.slack() + 2 * gemm::tile_columns();
}

std::size_t Direct::scratch_bytes() const {
  const std::size_t panels =
      gemm::scratch_floats(count(blocks_.rows * blocks_.columns), taps()) + TapPanels::slack();
  return align_up(taps() * sizeof(std::uint32_t)) +
         (padded_floats() + (uses_panels() ? panels : gemm::tile_scratch_floats())) * sizeof(float);
}

/// The tiles of one block and up to kTileRows output channels.
struct Direct::Tiles {
  gemm::TapTileFunction function;
  const Direct& conv;
  const Block& block;
  const float* padded;
  const std::uint32_t* offsets;
  float* edge;  ///< one tile
  std::size_t rows;
  const float* weights;
  gemm::Finish finish;
  float* out;  ///< the block's first position in the first channel

  void run() const {
    const auto width = static_cast<std::int64_t>(gemm::tile_columns());
    const auto pitch = static_cast<std::int64_t>(conv.padded_.pitch());
    const std::int64_t flat = divide_up((block.rows - 1) * pitch + block.columns, width);
    if (block.rows * divide_up(block.columns, width) <= flat) {
      for (std::int64_t r = 0; r < block.rows; ++r) {
        const std::int64_t full = block.columns / width;
        if (full > 0) whole_tiles(r, full);
        if (full * width == block.columns) continue;
        // The last tile ends with the row: what it shares with the one before gets the same bits.
        tile(r, full > 0 ? block.columns - width : 0);
      }
    } else {  // across the ends of rows: what lies between them is computed and dropped
      for (std::int64_t i = 0; i < flat; ++i) tile(i * width / pitch, i * width % pitch);
    }
  }

  /// The first tiles of a row.
  void whole_tiles(std::int64_t r, std::int64_t tiles) const {
    const std::size_t width = gemm::tile_columns();
    function(rows, conv.taps(), weights, padded + count(r) * conv.padded_.pitch(), offsets,
             out + r * conv.window_.out[kX], count(conv.window_.out_size()), finish,
             {count(tiles), 0, width, width, 0});
  }

  void tile(std::int64_t r, std::int64_t x) const {
    const std::size_t width = gemm::tile_columns(), pitch = conv.padded_.pitch();
    const float* from = padded + count(r) * pitch + count(x);
    const std::size_t plane = count(conv.window_.out_size());
    if (x + static_cast<std::int64_t>(width) <= block.columns) {
      float* to = out + r * conv.window_.out[kX] + x;
      function(rows, conv.taps(), weights, from, offsets, to, plane, finish, {});
      return;
    }
    function(rows, conv.taps(), weights, from, offsets, edge, width, finish, {});
    std::size_t done = 0;
    while (done < width && r < block.rows) {
      const std::size_t left = x < block.columns ? count(block.columns - x) : 0;
      const std::size_t n = std::min(width - done, left);
      for (std::size_t row = 0; row < rows; ++row) {
        float* to = out + row * plane + count(r * conv.window_.out[kX] + x);
        for (std::size_t i = 0; i < n; ++i) to[i] = edge[row * width + done + i];
      }
      done += std::min(width - done, pitch - count(x));
      x = 0, ++r;
    }
  }
};

void Direct::run_product(const Block& block, std::size_t first, std::size_t rows,
                         const Planes& planes, const float* padded, const std::uint32_t* offsets,
                         float* scratch, const Bounds& bounds) const {
  const std::size_t plane = count(window_.out_size()), columns = count(block.columns);
  const bool whole_rows = block.columns == window_.out[kX];
  const std::size_t pieces = whole_rows ? 1 : count(block.rows);
  const std::size_t n = whole_rows ? columns * count(block.rows) : columns;
  float* out = planes.out + block.y * window_.out[kX] + block.x;
  for (std::size_t i = 0; i < pieces; ++i) {
    const gemm::Product product{count(rows_), n,     taps(),      planes.weights,
                                out,          plane, planes.bias, bounds};
    gemm::multiply(product, TapPanels(padded, offsets, padded_.pitch(), columns),
                   gemm::Part{first, first + rows, 0, n},
                   {scratch, gemm::scratch_floats(n, taps())});
    out += window_.out[kX], padded += padded_.pitch();
  }
}

void Direct::run(std::int64_t index, std::size_t first, std::size_t rows, const Planes& planes,
                 std::byte* scratch, const Tail* tail) const {
  const ops::Window& w = window_;
  const Block block = blocks_.at(index, w);
  auto* offsets = reinterpret_cast<std::uint32_t*>(scratch);
  float* padded = reinterpret_cast<float*>(scratch + align_up(taps() * sizeof(std::uint32_t)));
  float* rest = padded + padded_floats();
  std::size_t tap = 0;
  for (std::int64_t c = 0; c < channels_; ++c) {
    const std::size_t channel = count(c) * padded_.floats();
    padded_.load(planes.image + c * w.in_size(), block, padded + channel);
    for (std::int64_t ky = 0; ky < w.kernel[kY]; ++ky) {
      for (std::int64_t kx = 0; kx < w.kernel[kX]; ++kx) {
        offsets[tap++] = static_cast<std::uint32_t>(channel + padded_.offset(ky, kx));
      }
    }
  }
  fill_zeros(padded + count(channels_) * padded_.floats(),
             padded_.slack() + 2 * gemm::tile_columns());
  const std::size_t plane = count(w.out_size());
  const Bounds bounds = bounds_of(tail);
  tail = beside_bounds(tail);
  if (uses_panels()) {
    run_product(block, first, rows, planes, padded, offsets, rest, bounds);
    for (std::size_t i = first; i < first + rows; ++i)
      apply_tail(tail, planes, i * plane + count(block.y * w.out[kX] + block.x), block, w);
    return;
  }
  const auto function = gemm::tap_tile_function();
  for (std::size_t i = first; i < first + rows; i += gemm::kTileRows) {
    const std::size_t tile_rows = std::min(gemm::kTileRows, count(rows_) - i);
    const std::size_t start = i * plane + count(block.y * w.out[kX] + block.x);
    Tiles{function,
          *this,
          block,
          padded,
          offsets,
          rest,
          tile_rows,
          planes.weights + i * taps(),
          {planes.bias == nullptr ? nullptr : planes.bias + i, bounds},
          planes.out + start}
        .run();
    for (std::size_t row = 0; row < tile_rows; ++row) {
      apply_tail(tail, planes, start + row * plane, block, w);
    }
  }
}

}  // namespace xquant::runtime::conv

#include "runtime/conv/winograd_line.h"

#include <algorithm>

#include "runtime/conv/counting.h"
#include "runtime/conv/winograd_line_transforms.h"
#include "runtime/conv/winograd_transforms.h"
#include "runtime/gemm/tile.h"
#include "runtime/rows.h"

namespace xquant::runtime::conv {
namespace {

/// Transformed input floats of a block, for each of the 6 elements.
constexpr std::int64_t kLineElementFloats = 32 * 1024;

std::size_t axis_of(const ops::Window& w) { return w.kernel[kX] > 1 ? kX : kY; }

/// Blocks of whole tiles of so many outputs along the axis.
Blocks choose_line_blocks(const ops::Window& w, std::int64_t channels, std::int64_t outputs) {
  constexpr std::int64_t kFewTiles = 16;
  const std::int64_t tiles = std::max(kFewTiles, kLineElementFloats / channels);
  const std::int64_t x = axis_of(w) == kX ? outputs : 1, y = axis_of(w) == kY ? outputs : 1;
  const std::int64_t all_across = divide_up(w.out[kX], x), all_down = divide_up(w.out[kY], y);
  const std::int64_t columns = divide_up(all_across, divide_up(all_across, tiles));
  const std::int64_t down =
      divide_up(all_down, std::clamp<std::int64_t>(tiles / columns, 1, all_down));
  const std::int64_t rows = divide_up(all_down, down);
  return {y * rows, x * columns, divide_up(all_down, rows), divide_up(all_across, columns)};
}

/// The window whose outputs are tiles and whose taps are what a tile reads.
ops::Window window_of_tiles(ops::Window w, std::size_t axis, std::int64_t outputs) {
  w.kernel[axis] = line::kElements;
  w.stride[axis] = outputs;
  w.out[axis] = divide_up(w.out[axis], outputs);
  return w;
}

}  // namespace

bool WinogradLine::is_better(std::int64_t rows, std::int64_t channels, const ops::Window& w) {
  constexpr std::int64_t kEnough = 16, kLeast = 3, kMost = 5;
  constexpr ops::Window::Three kOnes{1, 1, 1};
  const std::int64_t taps = w.kernel_size();
  return w.kernel[0] == 1 && (w.kernel[kY] == 1 || w.kernel[kX] == 1) && taps >= kLeast &&
         taps <= kMost && w.stride == kOnes && w.dilation == kOnes && rows >= kEnough &&
         channels >= kEnough;
}

std::size_t WinogradLine::weight_floats(std::size_t rows, std::size_t channels) {
  return line::kElements * rows * channels;
}

void WinogradLine::transform_weights(const float* weights, std::size_t rows, std::size_t channels,
                                     std::size_t taps, float* transformed) {
  for (std::size_t i = 0; i < rows; i += gemm::kTileRows) {
    const std::size_t tile_rows = std::min(gemm::kTileRows, rows - i);
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t r = 0; r < tile_rows; ++r) {
        const auto u = line::expand(weights + ((i + r) * channels + c) * taps, taps);
        for (std::size_t e = 0; e < line::kElements; ++e)
          transformed[(e * channels + c) * tile_rows + r] = static_cast<float>(u[e]);
      }
    }
    transformed += line::kElements * channels * tile_rows;
  }
}

WinogradLine::WinogradLine(const ops::Window& window, std::int64_t channels, std::int64_t rows)
    : window_(window),
      channels_(channels),
      rows_(rows),
      axis_(axis_of(window)),
      outputs_(static_cast<std::int64_t>(line::kElements) + 1 - window.kernel[axis_]),
      blocks_(choose_line_blocks(window, channels, outputs_)),
      tile_window_(window_of_tiles(window, axis_, outputs_)),
      padded_(tile_window_, tiles_of({0, 0, blocks_.rows, blocks_.columns}).rows,
              tiles_of({0, 0, blocks_.rows, blocks_.columns}).columns) {
  constexpr std::size_t kLine = 16;  // an odd number of cache lines, as in padded_block.h
  const Block tiles = tiles_of({0, 0, blocks_.rows, blocks_.columns});
  const std::size_t width = gemm::tile_columns();
  const std::size_t whole = (count(tiles.rows * tiles.columns) + width - 1) / width * width;
  step_ = ((whole + transform_slack() + kLine - 1) / kLine | 1) * kLine;
}

/// The block in tiles.
Block WinogradLine::tiles_of(const Block& block) const {
  const std::int64_t x = axis_ == kX ? outputs_ : 1, y = axis_ == kY ? outputs_ : 1;
  return {block.y / y, block.x / x, divide_up(block.rows, y), divide_up(block.columns, x)};
}

std::size_t WinogradLine::scratch_bytes() const {
  return (line::kElements * (count(channels_) + gemm::kTileRows) * step_ + padded_.floats() +
          padded_.slack() + transform_slack()) *
         sizeof(float);
}

/// Transforms all channels of the block: V[e][c][tile].
void WinogradLine::load(const Block& block, const Planes& planes, float* v, float* padded) const {
  const Block tiles = tiles_of(block);
  const std::size_t across = count(tiles.columns), channels = count(channels_);
  fill_zeros(padded + padded_.floats(), padded_.slack() + transform_slack());
  for (std::size_t c = 0; c < channels; ++c) {
    padded_.load(planes.image + c * count(window_.in_size()), tiles, padded);
    std::array<const float*, line::kElements> taps{};
    for (std::size_t k = 0; k < line::kElements; ++k) {
      const auto tap = static_cast<std::int64_t>(k);
      taps[k] = padded + (axis_ == kX ? padded_.offset(0, tap) : padded_.offset(tap, 0));
    }
    for (std::size_t y = 0; y < count(tiles.rows); ++y) {
      line::transform_input(taps, across, v + c * step_ + y * across, channels * step_);
      for (const float*& tap : taps) tap += padded_.pitch();
    }
  }
}

/// One channel of the block's outputs.
void WinogradLine::store(const float* m, const Block& block, const float* bias, float* to) const {
  const Block tiles = tiles_of(block);
  const std::size_t across = count(tiles.columns), pitch = count(window_.out[kX]),
                    outputs = count(outputs_);
  for (std::size_t y = 0; y < count(tiles.rows); ++y, m += across) {
    if (axis_ == kX) {
      line::transform_output_across(outputs, m, step_, across, bias, to + y * pitch,
                                    count(block.columns));
    } else {
      line::transform_output_down(outputs, m, step_, across, bias, to + y * outputs * pitch, pitch,
                                  count(block.rows) - y * outputs);
    }
  }
}

void WinogradLine::run(std::int64_t index, std::size_t first, std::size_t rows,
                       const Planes& planes, std::byte* scratch, const Tail* tail) const {
  const ops::Window& w = window_;
  const Block block = blocks_.at(index, w);
  const Block block_tiles = tiles_of(block);
  const std::size_t channels = count(channels_), plane = count(w.out_size());
  const std::size_t tiles = count(block_tiles.rows * block_tiles.columns);
  float* const v = reinterpret_cast<float*>(scratch);
  float* const m = v + line::kElements * channels * step_;
  load(block, planes, v, m + line::kElements * gemm::kTileRows * step_);
  const auto tile = gemm::tile_function();
  const std::size_t width = gemm::tile_columns(), whole = (tiles + width - 1) / width * width;
  // What is multiplied and dropped, too: left-over bytes may be denormal numbers, which are slow.
  for (std::size_t i = 0; i < line::kElements * channels; ++i)
    fill_zeros(v + i * step_ + tiles, whole - tiles);
  for (std::size_t i = 0; i < line::kElements * gemm::kTileRows; ++i)
    fill_zeros(m + i * step_ + whole, step_ - whole);
  for (std::size_t i = first; i < first + rows; i += gemm::kTileRows) {
    const std::size_t tile_rows = std::min(gemm::kTileRows, count(rows_) - i);
    for (std::size_t e = 0; e < line::kElements; ++e) {
      const float* u = planes.weights + (i * line::kElements + e * tile_rows) * channels;
      tile(tile_rows, channels, u, v + e * channels * step_, step_, m + e * step_,
           line::kElements * step_, gemm::Start::kZero, {}, {whole / width, 0, width, width, 0});
    }
    for (std::size_t row = 0; row < tile_rows; ++row) {
      const std::size_t at = (i + row) * plane + count(block.y * w.out[kX] + block.x);
      store(m + row * line::kElements * step_, block,
            planes.bias == nullptr ? nullptr : planes.bias + i + row, planes.out + at);
      apply_tail(tail, planes, at, block, w);
    }
  }
}

}  // namespace xquant::runtime::conv

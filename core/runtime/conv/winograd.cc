#include "runtime/conv/winograd.h"

#include <algorithm>
#include <array>

#include "runtime/conv/counting.h"
#include "runtime/conv/winograd_transforms.h"
#include "runtime/gemm/tile.h"
#include "runtime/rows.h"

namespace xquant::runtime::conv {
namespace {

constexpr std::size_t kTileElements = 16;  // of a transformed tile

/// Transformed input floats of a block, for each of the 16 elements.
constexpr std::int64_t kTileElementFloats = 8 * 1024;

Blocks choose_tile_blocks(const ops::Window& w, std::int64_t channels) {
  constexpr std::int64_t kFewTiles = 16;
  const std::int64_t tiles = std::max(kFewTiles, kTileElementFloats / channels);
  const std::int64_t all_across = divide_up(w.out[kX], 2), all_down = divide_up(w.out[kY], 2);
  const std::int64_t across = divide_up(all_across, tiles);
  const std::int64_t columns = divide_up(all_across, across);
  const std::int64_t down =
      divide_up(all_down, std::clamp<std::int64_t>(tiles / columns, 1, all_down));
  const std::int64_t rows = divide_up(all_down, down);
  return {2 * rows, 2 * columns, divide_up(all_down, rows), divide_up(all_across, columns)};
}

/// G g of three numbers.
std::array<double, 4> expand(double g0, double g1, double g2) {
  return {g0, 0.5 * (g0 + g1 + g2), 0.5 * (g0 - g1 + g2), g2};
}

/// G g G^T of one kernel, elements `step` apart.
void transform_kernel(const float* g, float* u, std::size_t step) {
  std::array<std::array<double, 4>, 3> columns;
  for (std::size_t x = 0; x < 3; ++x) columns[x] = expand(g[x], g[3 + x], g[6 + x]);
  for (std::size_t row = 0; row < 4; ++row) {
    const auto whole = expand(columns[0][row], columns[1][row], columns[2][row]);
    for (std::size_t column = 0; column < 4; ++column) {
      u[(4 * row + column) * step] = static_cast<float>(whole[column]);
    }
  }
}

}  // namespace

bool Winograd::is_better(std::int64_t rows, std::int64_t channels, const ops::Window& w) {
  constexpr std::int64_t kEnough = 16;
  return w.kernel == ops::Window::Three{1, 3, 3} && w.stride == ops::Window::Three{1, 1, 1} &&
         w.dilation == ops::Window::Three{1, 1, 1} && rows >= kEnough && channels >= kEnough;
}

std::size_t Winograd::weight_floats(std::size_t rows, std::size_t channels) {
  return kTileElements * rows * channels;
}

void Winograd::transform_weights(const float* weights, std::size_t rows, std::size_t channels,
                                 float* transformed) {
  for (std::size_t i = 0; i < rows; i += gemm::kTileRows) {
    const std::size_t tile_rows = std::min(gemm::kTileRows, rows - i);
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t r = 0; r < tile_rows; ++r) {
        transform_kernel(weights + ((i + r) * channels + c) * 9, transformed + c * tile_rows + r,
                         channels * tile_rows);
      }
    }
    transformed += kTileElements * channels * tile_rows;
  }
}

Winograd::Winograd(const ops::Window& window, std::int64_t channels, std::int64_t rows)
    : window_(window),
      channels_(channels),
      rows_(rows),
      blocks_(choose_tile_blocks(window, channels)),
      padded_(window, blocks_.rows, blocks_.columns) {
  const std::size_t width = gemm::tile_columns();
  const std::size_t tiles = count(blocks_.rows / 2 * (blocks_.columns / 2));
  tiles_ = (tiles + width - 1) / width * width + transform_slack();
}

std::size_t Winograd::scratch_bytes() const {
  return (padded_.floats() + padded_.slack() + 4 * transform_slack() +
          kTileElements * count(channels_) * tiles_ + gemm::kTileRows * kTileElements * tiles_) *
         sizeof(float);
}

void Winograd::run(std::int64_t index, std::size_t first, std::size_t rows, const Planes& planes,
                   std::byte* scratch, const Tail* tail) const {
  const ops::Window& w = window_;
  const Block block = blocks_.at(index, w);
  const std::size_t channels = count(channels_), step = channels * tiles_,
                    plane = count(w.out_size());
  const std::size_t across = count(divide_up(block.columns, 2)),
                    down = count(divide_up(block.rows, 2));
  float* v = reinterpret_cast<float*>(scratch);
  float* m = v + kTileElements * step;
  float* padded = m + gemm::kTileRows * kTileElements * tiles_;
  fill_zeros(padded + padded_.floats(), padded_.slack() + 4 * transform_slack());
  for (std::size_t c = 0; c < channels; ++c) {
    padded_.load(planes.image + c * count(w.in_size()), block, padded);
    for (std::size_t y = 0; y < down; ++y) {
      transform_input(padded + 2 * y * padded_.pitch(), padded_.pitch(), across,
                      v + c * tiles_ + y * across, step);
    }
  }
  const auto tile = gemm::tile_function();
  const std::size_t width = gemm::tile_columns(), tiles = across * down;
  const std::size_t whole = (tiles + width - 1) / width * width;
  // What is multiplied and dropped, too: left-over bytes may be denormal numbers, which are slow.
  for (std::size_t i = 0; i < kTileElements * channels; ++i)
    fill_zeros(v + i * tiles_ + tiles, whole - tiles);
  for (std::size_t i = 0; i < kTileElements * gemm::kTileRows; ++i)
    fill_zeros(m + i * tiles_ + whole, tiles_ - whole);
  for (std::size_t i = first; i < first + rows; i += gemm::kTileRows) {
    const std::size_t tile_rows = std::min(gemm::kTileRows, count(rows_) - i);
    for (std::size_t e = 0; e < kTileElements; ++e) {
      const float* u = planes.weights + i * kTileElements * channels + e * channels * tile_rows;
      tile(tile_rows, channels, u, v + e * step, tiles_, m + e * tiles_, kTileElements * tiles_,
           gemm::Start::kZero, {}, {whole / width, 0, width, width, 0});
    }
    for (std::size_t row = 0; row < tile_rows; ++row) {
      const float* bias = planes.bias == nullptr ? nullptr : planes.bias + i + row;
      const std::size_t start = (i + row) * plane + count(block.y * w.out[kX] + block.x);
      for (std::size_t y = 0; y < down; ++y) {
        float* top = planes.out + start + 2 * y * count(w.out[kX]);
        float* bottom = count(block.rows) > 2 * y + 1 ? top + w.out[kX] : nullptr;
        transform_output(m + row * kTileElements * tiles_ + y * across, tiles_, across, bias, top,
                         bottom, count(block.columns));
      }
      apply_tail(tail, planes, start, block, w);
    }
  }
}

}  // namespace xquant::runtime::conv

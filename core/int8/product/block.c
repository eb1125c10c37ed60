#include "int8/product/block.h"

#include <string.h>

#include "int8/require.h"

/* 64 columns of depth 1024 are 128 KiB: half of a common second-level cache. */
enum { kBlockColumns = 64 };

/* A block of few rows may be wider, which makes fewer calls: 32 KiB of it, in the first-level
 * cache. */
enum { kMostColumns = 256, kBlockElements = 1 << 14 };

static size_t whole_tiles(const xq_kernels* kernels, size_t columns, size_t most) {
  return xq_round_up(xq_min(columns == 0 ? 1 : columns, most), kernels->tile_columns());
}

size_t xq_block_columns(const xq_kernels* kernels, size_t columns) {
  return whole_tiles(kernels, columns, kBlockColumns);
}

size_t xq_wide_block_columns(const xq_kernels* kernels, size_t columns, size_t depth) {
  /* depth is 0 for outputs of a ConvTranspose that no kernel position reaches */
  const size_t fitting = (size_t)kBlockElements / (depth + 1) / kBlockColumns * kBlockColumns;
  const size_t most = xq_min(fitting > kBlockColumns ? fitting : kBlockColumns, kMostColumns);
  return whole_tiles(kernels, columns, most);
}

xq_row_blocks xq_row_blocks_of(const xq_kernels* kernels, size_t height, size_t width, size_t pitch,
                               size_t most) {
  const size_t tile = kernels->tile_columns();
  if (width > most) {
    const size_t pieces = (width + most - 1) / most;
    const size_t piece = xq_round_up((width + pieces - 1) / pieces, tile);
    const xq_row_blocks blocks = {1, piece, piece};
    return blocks;
  }
  const size_t rows = xq_min((most - width) / pitch + 1, height);
  const xq_row_blocks blocks = {rows, width, xq_round_up((rows - 1) * pitch + width, tile)};
  return blocks;
}

void xq_pack_rows(const xq_kernels* kernels, const xq_codes* x, size_t at, size_t rows,
                  size_t stride, size_t depth, int16_t* lines, int16_t* panel) {
  const size_t groups = xq_groups(kernels, depth);
  const size_t line = groups * kernels->k_group;
  for (size_t r = 0; r < XQ_TILE_ROWS; ++r) {
    int16_t* to = lines + r * line;
    const size_t count = r < rows ? depth : 0;
    if (count > 0) xq_widen(kernels, x, at + r * stride, 1, count, to);
    memset(to + count, 0, (line - count) * sizeof(int16_t));
  }
  kernels->pack_rows(lines, line, groups, panel);
}

void xq_pack_weight_rows(const xq_kernels* kernels, const xq_codes* w, size_t at, size_t rows,
                         size_t depth, const int32_t* zero_point, size_t zero_step,
                         int16_t* panel) {
  const size_t group = kernels->k_group;
  const uint8_t flip = xq_flip(w->type);
  memset(panel, 0, xq_row_panel(kernels, depth) * sizeof(int16_t));
  for (size_t r = 0; r < rows; ++r) {
    const uint8_t* from = (const uint8_t*)w->data + at + r * depth;
    const int32_t zero = zero_point[r * zero_step] - flip;
    for (size_t k = 0; k < depth; ++k) {
      panel[(k / group * XQ_TILE_ROWS + r) * group + k % group] = xq_centred(from[k], flip, zero);
    }
  }
}

void xq_multiply_block(const xq_kernels* kernels, size_t depth, const int16_t* row_panel,
                       size_t rows, const int16_t* block, size_t columns, const int32_t* start,
                       int32_t* acc) {
  const size_t groups = xq_groups(kernels, depth);
  if (rows == 1) {
    kernels->tiles_of_row(groups, row_panel, block, start[0], acc, columns);
  } else {
    kernels->tiles(groups, row_panel, block, start, acc, columns);
  }
}

void* xq_write_header(void* packed, const xq_kernels* kernels, uint32_t kind, size_t outputs,
                      size_t depth) {
  const xq_packed_header header = {xq_kernels_id(kernels), kind, outputs, depth};
  memcpy(packed, &header, sizeof(header));
  return (char*)packed + sizeof(header);
}

const void* xq_read_header(const void* packed, const xq_kernels* kernels, uint32_t kind,
                           size_t outputs, size_t depth) {
  xq_packed_header header;
  memcpy(&header, packed, sizeof(header));
  XQ_REQUIRE(header.kernels == xq_kernels_id(kernels));
  XQ_REQUIRE(header.kind == kind);
  XQ_REQUIRE(header.outputs == outputs && header.depth == depth);
  return (const char*)packed + sizeof(header);
}

uint32_t xq_packed_kind(const void* packed) {
  xq_packed_header header;
  memcpy(&header, packed, sizeof(header));
  return header.kind;
}

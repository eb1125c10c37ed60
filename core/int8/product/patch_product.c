#include "int8/product/patch_product.h"

#include "int8/product/block.h"
#include "int8/product/output_rows.h"

/* Scratch memory: accumulators [XQ_TILE_ROWS][columns], results [columns] for scattered outputs,
 * lines [k_group][columns], a block of `columns` columns. */
typedef struct scratch_parts {
  int32_t* acc;
  int32_t* results;
  int16_t* lines;
  int16_t* block;
} scratch_parts;

size_t xq_patch_scratch(const xq_kernels* kernels, size_t positions, size_t depth) {
  const size_t columns = xq_wide_block_columns(kernels, positions, depth);
  const size_t panels = columns / kernels->tile_columns();
  const size_t bytes = (XQ_TILE_ROWS + 1) * columns * sizeof(int32_t) +
                       kernels->k_group * columns * sizeof(int16_t) +
                       panels * xq_column_panel(kernels, depth) * sizeof(int16_t);
  return xq_round_up(bytes, XQ_ALIGNMENT);
}

static scratch_parts parts_of(const xq_kernels* kernels, size_t columns, void* scratch) {
  scratch_parts parts;
  parts.acc = scratch;
  parts.results = parts.acc + XQ_TILE_ROWS * columns;
  parts.lines = (int16_t*)(parts.results + columns);
  parts.block = parts.lines + kernels->k_group * columns;
  return parts;
}

static int is_whole(const xq_place* place) {
  return place->step[0] == 1 && place->step[1] == 1 && place->step[2] == 1;
}

/* Results of output positions `first` and following to their places in the plane. */
static void scatter(const xq_place* place, const size_t out[3], const xq_sink* sink,
                    const int32_t* results, size_t count, size_t first, size_t plane) {
  const uint8_t* bytes = (const uint8_t*)results;
  for (size_t i = 0; i < count; ++i) {
    const size_t p = first + i;
    const size_t o[3] = {p / (out[1] * out[2]), p / out[2] % out[1], p % out[2]};
    size_t at = plane;
    size_t within = 0;
    for (size_t d = 0; d < 3; ++d) {
      within = within * place->plane[d] + place->start[d] + o[d] * place->step[d];
    }
    at += within;
    if (sink->acc != NULL) {
      sink->acc[at] = results[i];
    } else {
      sink->q[at] = bytes[i];
    }
  }
}

/* `rows` channels of the group from channel `row` on. */
static void emit(const xq_kernels* kernels, const xq_patch_product* product, const xq_sink* sink,
                 const int32_t* acc, size_t columns, size_t count, size_t row, size_t rows,
                 size_t first, int32_t* results) {
  const size_t plane = xq_volume(product->place.plane);
  const size_t at = (product->plane + row) * plane;
  const size_t channel = product->channel + row;
  if (is_whole(&product->place)) {
    const xq_output_rows run = {1, count, count, count};
    xq_emit_panel(kernels, &run, sink, acc, columns, channel, rows, at + first, plane);
    return;
  }
  xq_sink aside = *sink;
  if (sink->acc != NULL) {
    aside.acc = results;
  } else {
    aside.q = (uint8_t*)results;
  }
  for (size_t r = 0; r < rows; ++r) {
    xq_emit_channel(kernels, &aside, acc + r * columns, count, channel + r, 0);
    scatter(&product->place, product->patches.grid.out, sink, results, count, first,
            at + r * plane);
  }
}

static void multiply_rows(const xq_kernels* kernels, const xq_patch_product* product,
                          const xq_sink* sink, size_t columns, size_t first, size_t count,
                          const scratch_parts* parts) {
  const size_t depth = xq_patches_depth(&product->patches);
  const int16_t* weights = product->weights;
  for (size_t r0 = 0; r0 < product->rows; r0 += XQ_TILE_ROWS) {
    const size_t valid = xq_min(XQ_TILE_ROWS, product->rows - r0);
    const xq_start start = xq_start_of(product->bias == NULL ? NULL : product->bias + r0, valid);
    xq_multiply_block(kernels, depth, weights, valid, parts->block, columns, start.row, parts->acc);
    weights += xq_row_panel(kernels, depth);
    emit(kernels, product, sink, parts->acc, columns, count, r0, valid, first, parts->results);
  }
}

void xq_multiply_patches(const xq_kernels* kernels, const xq_patch_product* product,
                         const xq_codes* x, size_t at, const xq_sink* sink, void* scratch) {
  const size_t positions = xq_volume(product->patches.grid.out);
  const size_t columns =
      xq_wide_block_columns(kernels, positions, xq_patches_depth(&product->patches));
  const scratch_parts parts = parts_of(kernels, columns, scratch);
  for (size_t first = 0; first < positions; first += columns) {
    const size_t count = xq_min(columns, positions - first);
    const size_t whole = xq_round_up(count, kernels->tile_columns());
    xq_im2col_block(kernels, &product->patches, x, at, first, count, whole, parts.lines,
                    parts.block);
    multiply_rows(kernels, product, sink, whole, first, count, &parts);
  }
}

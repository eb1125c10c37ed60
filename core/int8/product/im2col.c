#include "int8/product/im2col.h"

#include <string.h>

#include "int8/product/block.h"

/* Output columns [first, last) that read inside a row of the image. */
typedef struct span {
  size_t first, last;
} span;

static span columns_inside(const xq_grid* grid, ptrdiff_t tap, size_t begin, size_t end) {
  const size_t step = grid->step[2];
  const ptrdiff_t width = (ptrdiff_t)grid->in[2];
  const size_t first = tap >= 0 ? 0 : ((size_t)-tap + step - 1) / step;
  const size_t last = tap >= width ? 0 : ((size_t)(width - tap) + step - 1) / step;
  span inside = {first > begin ? first : begin, last < end ? last : end};
  if (inside.last < inside.first) inside.first = inside.last = begin;
  return inside;
}

/* Position of output o along dimension d; -1 outside the image. */
static ptrdiff_t position(const xq_grid* grid, const xq_tap* tap, size_t d, size_t o) {
  const ptrdiff_t at = (ptrdiff_t)(o * grid->step[d]) + tap->at[d];
  return at >= 0 && at < (ptrdiff_t)grid->in[d] ? at : -1;
}

/* Output positions [begin, end) of output row (oz, oy), of the plane from element `at` on. */
static void row_segment(const xq_kernels* kernels, const xq_grid* grid, const xq_tap* tap,
                        const xq_codes* x, size_t at, size_t oz, size_t oy, size_t begin,
                        size_t end, int16_t* row) {
  const ptrdiff_t z = position(grid, tap, 0, oz);
  const ptrdiff_t y = position(grid, tap, 1, oy);
  if (z < 0 || y < 0) {
    memset(row, 0, (end - begin) * sizeof(int16_t));
    return;
  }
  const span inside = columns_inside(grid, tap->at[2], begin, end);
  for (size_t i = begin; i < inside.first; ++i) row[i - begin] = 0;
  if (inside.last > inside.first) {
    const size_t column = (size_t)((ptrdiff_t)(inside.first * grid->step[2]) + tap->at[2]);
    const size_t line = ((size_t)z * grid->in[1] + (size_t)y) * grid->in[2];
    xq_widen(kernels, x, at + line + column, grid->step[2], inside.last - inside.first,
             row + (inside.first - begin));
  }
  for (size_t i = inside.last; i < end; ++i) row[i - begin] = 0;
}

/* One row of the patch matrix: output positions [first, first + count). */
static void patch_row(const xq_kernels* kernels, const xq_grid* grid, const xq_tap* tap,
                      const xq_codes* x, size_t at, size_t first, size_t count, int16_t* row) {
  const size_t width = grid->out[2];
  const size_t end = first + count;
  size_t line = first / width;
  size_t begin = first - line * width;
  for (size_t p = first; p < end; ++line, begin = 0) {
    const size_t stop = xq_min(width, begin + (end - p));
    row_segment(kernels, grid, tap, x, at, line / grid->out[1], line % grid->out[1], begin, stop,
                row + (p - first));
    p += stop - begin;
  }
}

/* lines[group][columns] into the column panels of k group `at`. */
static void pack(const xq_kernels* kernels, const int16_t* lines, size_t columns, size_t at,
                 size_t depth, int16_t* block) {
  kernels->pack_columns(lines, lines + columns, columns, xq_column_panel(kernels, depth),
                        block + at * kernels->tile_columns() * kernels->k_group);
}

/* Whether the patches are the planes themselves, one element after the other. */
static int is_flat(const xq_patches* patches) {
  const xq_grid* grid = &patches->grid;
  return patches->tap_count == 1 && grid->out[0] == 1 && grid->out[1] == 1 && grid->step[2] == 1 &&
         grid->out[2] == grid->in[2] && grid->in[0] == 1 && grid->in[1] == 1 &&
         patches->taps[0].at[0] == 0 && patches->taps[0].at[1] == 0 && patches->taps[0].at[2] == 0;
}

static void flat_block(const xq_kernels* kernels, const xq_patches* patches, const xq_codes* x,
                       size_t at, size_t count, size_t columns, int16_t* lines, int16_t* block) {
  const size_t plane = patches->grid.in[2];
  const size_t group = kernels->k_group;
  const size_t panel = xq_column_panel(kernels, patches->channels);
  const uint8_t flip = xq_flip(x->type);
  const uint8_t* from = (const uint8_t*)x->data + at;
  const size_t whole = patches->channels / group;
  kernels->pack_codes(from, plane, whole, count, columns, flip, x->zero_point - flip, lines, panel,
                      block);
  if (patches->channels % group == 0) return;
  /* One channel is left, beside zeros. */
  memset(lines, 0, group * columns * sizeof(int16_t));
  kernels->widen(from + whole * group * plane, count, flip, x->zero_point - flip, lines);
  pack(kernels, lines, columns, whole, patches->channels, block);
}

void xq_im2col_block(const xq_kernels* kernels, const xq_patches* patches, const xq_codes* x,
                     size_t at, size_t first, size_t count, size_t columns, int16_t* lines,
                     int16_t* block) {
  const size_t depth = xq_patches_depth(patches);
  const size_t plane = xq_volume(patches->grid.in);
  const size_t group = kernels->k_group;
  size_t k = 0; /* row of the patch matrix */
  if (is_flat(patches)) {
    flat_block(kernels, patches, x, at + first, count, columns, lines, block);
    return;
  }
  memset(lines, 0, group * columns * sizeof(int16_t));
  for (size_t c = 0; c < patches->channels; ++c) {
    for (size_t t = 0; t < patches->tap_count; ++t, ++k) {
      patch_row(kernels, &patches->grid, &patches->taps[t], x, at + c * plane, first, count,
                lines + k % group * columns);
      if (k % group == group - 1) pack(kernels, lines, columns, k / group, depth, block);
    }
  }
  if (depth % group != 0) { /* the last group is not full */
    memset(lines + depth % group * columns, 0, (group - depth % group) * columns * sizeof(int16_t));
    pack(kernels, lines, columns, depth / group, depth, block);
  }
}

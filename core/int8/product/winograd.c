#include "int8/product/winograd.h"

#include <string.h>

#include "int8/product/block.h"
#include "int8/product/patch_product.h"
#include "int8/product/phases.h"

/* int16 elements of all planes of a band: half of a common second-level cache. */
enum { kBandElements = 1 << 17 };

/* Fewer channels or outputs than these do not earn the transforms back (README.md). */
enum { kEnoughChannels = 12, kEnoughOutputs = 8 };

int xq_wants_winograd(const xq_conv* conv) {
  const int planar = conv->kernel[0] == 1 && conv->stride[0] == 1 && conv->pad_begin[0] == 0 &&
                     conv->pad_end[0] == 0;
  return planar && conv->kernel[1] == 3 && conv->kernel[2] == 3 && conv->stride[1] == 1 &&
         conv->stride[2] == 1 && conv->dilation[1] == 1 && conv->dilation[2] == 1 &&
         conv->in_channels / conv->groups >= kEnoughChannels &&
         conv->out_channels / conv->groups >= kEnoughOutputs;
}

/* The convolution whose outputs are the tiles: it reads 4x4 pixels with stride 2, so that phases.h
 * puts each of these pixels of neighbouring tiles side by side. */
static xq_conv tiles_of(const xq_conv* conv) {
  xq_conv tiles = *conv;
  for (size_t d = 1; d < 3; ++d) {
    tiles.kernel[d] = 4;
    tiles.stride[d] = 2;
    tiles.pad_end[d] += xq_conv_out(conv, d) % 2; /* the last tile is half outside */
  }
  return tiles;
}

typedef struct sizes {
  xq_conv tiles;
  xq_phases phases;
  size_t channels, plane, rows;
  size_t pitch;   /* columns from one row of tiles to the next */
  size_t columns; /* of a block */
} sizes;

/* Columns of the matrix product for a number of rows of tiles. */
static size_t run_of(const sizes* s, size_t rows) {
  return (rows - 1) * s->pitch + s->phases.out_width;
}

static sizes sizes_of(const xq_kernels* kernels, const xq_conv* conv) {
  sizes s;
  s.tiles = tiles_of(conv);
  s.channels = conv->in_channels / conv->groups;
  s.rows = conv->out_channels / conv->groups;
  s.phases = xq_phases_of(&s.tiles, kBandElements / s.channels);
  s.plane = xq_phases_plane(&s.tiles, &s.phases);
  /* Transforming the unused columns between rows of tiles is cheap, multiplying them is not. */
  s.pitch = s.phases.pitch;
  const size_t loose = xq_round_up(run_of(&s, s.phases.band), kernels->tile_columns());
  s.pitch = s.phases.out_width;
  const size_t dense = xq_round_up(run_of(&s, s.phases.band), kernels->tile_columns());
  if (loose <= dense) s.pitch = s.phases.pitch;
  s.columns = xq_block_columns(kernels, run_of(&s, s.phases.band));
  return s;
}

/* The parts of the workspace, in this order. */
typedef struct parts {
  size_t offset[XQ_WINOGRAD_ELEMENTS]; /* of the pixels of a tile in a plane */
  int32_t* sums;   /* [XQ_WINOGRAD_ELEMENTS][XQ_TILE_ROWS][columns], then what may be read */
  int32_t* top;    /* [2 * columns], then what may be written */
  int32_t* bottom; /* the same */
  int16_t* lines;  /* [k_group][XQ_WINOGRAD_ELEMENTS][line] */
  int16_t* block;  /* a block of `columns` and depth `channels` for each element */
  int16_t* planes; /* [channels][plane], then what may be read */
} parts;

/* Whole tiles of the instruction set. */
static size_t columns_of(const xq_kernels* kernels, size_t count) {
  return xq_round_up(count, kernels->tile_columns());
}

static size_t line_of(const sizes* s) { return s->columns + XQ_WINOGRAD_SLACK; }
static size_t sum_count(const sizes* s) {
  return XQ_WINOGRAD_ELEMENTS * XQ_TILE_ROWS * s->columns + XQ_WINOGRAD_SLACK;
}
static size_t output_count(const sizes* s) { return 2 * (s->columns + XQ_WINOGRAD_SLACK); }
static size_t line_count(const xq_kernels* kernels, const sizes* s) {
  return kernels->k_group * XQ_WINOGRAD_ELEMENTS * line_of(s);
}
/* Elements of a block. */
static size_t block_count(const xq_kernels* kernels, const sizes* s) {
  return s->columns / kernels->tile_columns() * xq_column_panel(kernels, s->channels);
}

static parts parts_of(const xq_kernels* kernels, const sizes* s, void* workspace) {
  parts p;
  for (size_t j = 0; j < XQ_WINOGRAD_ELEMENTS; ++j) {
    p.offset[j] = xq_phases_offset(&s->tiles, &s->phases, j);
  }
  p.sums = workspace;
  p.top = p.sums + sum_count(s);
  p.bottom = p.top + output_count(s);
  p.lines = (int16_t*)(p.bottom + output_count(s));
  p.block = p.lines + line_count(kernels, s);
  p.planes = p.block + XQ_WINOGRAD_ELEMENTS * block_count(kernels, s);
  return p;
}

size_t xq_winograd_workspace_size(const xq_conv* conv) {
  const xq_kernels* kernels = xq_active();
  const sizes s = sizes_of(kernels, conv);
  return (sum_count(&s) + 2 * output_count(&s)) * sizeof(int32_t) +
         (line_count(kernels, &s) + XQ_WINOGRAD_ELEMENTS * block_count(kernels, &s) +
          s.channels * s.plane + XQ_WINOGRAD_SLACK) *
             sizeof(int16_t);
}

/* Tiles [first, first + count) of a plane, one element after the other. */
static void transform_channel(const xq_kernels* kernels, const sizes* s, const parts* p,
                              const int16_t* plane, size_t first, size_t count, int16_t* lines) {
  if (s->pitch == s->phases.pitch) {
    kernels->winograd_input(plane + first, p->offset, count, lines, line_of(s));
    return;
  }
  size_t row = first / s->pitch;
  size_t column = first - row * s->pitch;
  for (size_t i = 0; i < count; ++row, column = 0) { /* a row overwrites what the last left over */
    const size_t n = xq_min(s->pitch - column, count - i);
    kernels->winograd_input(plane + row * s->phases.pitch + column, p->offset, n, lines + i,
                            line_of(s));
    i += n;
  }
}

static void transform_block(const xq_kernels* kernels, const sizes* s, const parts* p, size_t first,
                            size_t count) {
  const size_t group = kernels->k_group;
  const size_t panel = xq_column_panel(kernels, s->channels);
  const size_t elements = block_count(kernels, s);
  const size_t line = line_of(s);
  const size_t columns = columns_of(kernels, count);
  int16_t* odd = p->lines + XQ_WINOGRAD_ELEMENTS * line; /* where k_group is 2 */
  int16_t* to = p->block;
  for (size_t c = 0; c < s->channels; c += group, to += group * kernels->tile_columns()) {
    transform_channel(kernels, s, p, p->planes + c * s->plane, first, count, p->lines);
    if (group == 2 && c + 1 < s->channels) {
      transform_channel(kernels, s, p, p->planes + (c + 1) * s->plane, first, count, odd);
    } else if (group == 2) {
      memset(odd, 0, XQ_WINOGRAD_ELEMENTS * line * sizeof(int16_t));
    }
    for (size_t e = 0; e < XQ_WINOGRAD_ELEMENTS; ++e) {
      kernels->pack_columns(p->lines + e * line, odd + e * line, columns, panel, to + e * elements);
    }
  }
}

/* A band of rows of tiles of one group. */
typedef struct band {
  const int16_t* weights;
  const int32_t* bias; /* of the group's first output channel, or NULL */
  size_t channel;      /* the group's first one */
  size_t at;           /* the band's first output element in that channel */
  size_t step;         /* elements from one channel to the next */
  size_t out_width;
  size_t out_rows; /* output rows */
} band;

/* The outputs of tiles [first, first + count) of one channel: their upper rows, their lower ones.
 */
static void emit(const xq_kernels* kernels, const sizes* s, const parts* p, const band* b,
                 size_t row, size_t first, size_t count, const xq_sink* sink) {
  const xq_output_rows rows = {b->out_width, 2 * s->pitch, 2 * b->out_width};
  const size_t at = b->at + row * b->step;
  xq_emit_rows(kernels, &rows, sink, p->top, 2 * count, 2 * first, b->channel + row, at);
  const size_t end = b->out_rows / 2 * 2 * s->pitch; /* of the lower rows that exist */
  if (2 * first >= end) return;
  xq_emit_rows(kernels, &rows, sink, p->bottom, xq_min(2 * count, end - 2 * first), 2 * first,
               b->channel + row, at + b->out_width);
}

static void multiply_block(const xq_kernels* kernels, const sizes* s, const parts* p, const band* b,
                           size_t first, size_t count, const xq_sink* sink) {
  const size_t columns = columns_of(kernels, count);
  const size_t tile = XQ_TILE_ROWS * columns;
  const xq_start zero = {{0}};
  const int16_t* weights = b->weights;
  for (size_t r0 = 0; r0 < s->rows; r0 += XQ_TILE_ROWS) {
    const size_t valid = xq_min(XQ_TILE_ROWS, s->rows - r0);
    for (size_t e = 0; e < XQ_WINOGRAD_ELEMENTS; ++e) {
      xq_multiply_block(kernels, s->channels, weights, valid,
                        p->block + e * block_count(kernels, s), columns, zero.row,
                        p->sums + e * tile);
      weights += xq_row_panel(kernels, s->channels);
    }
    for (size_t r = 0; r < valid; ++r) {
      kernels->winograd_output(p->sums + r * columns, tile, count,
                               b->bias == NULL ? 0 : b->bias[r0 + r], p->top, p->bottom);
      emit(kernels, s, p, b, r0 + r, first, count, sink);
    }
  }
}

/* Rows of tiles [y, y + rows) of the planes from element `at` of x on, `step` elements apart. */
static void run_band(const xq_kernels* kernels, const sizes* s, const parts* p, const xq_codes* x,
                     size_t at, size_t step, size_t y, size_t rows, const band* b,
                     const xq_sink* sink) {
  for (size_t c = 0; c < s->channels; ++c) {
    xq_store_band(kernels, &s->tiles, &s->phases, x, at + c * step, y, p->planes + c * s->plane);
  }
  const size_t run = run_of(s, rows);
  for (size_t first = 0; first < run; first += s->columns) {
    const size_t count = xq_min(s->columns, run - first);
    transform_block(kernels, s, p, first, count);
    multiply_block(kernels, s, p, b, first, count, sink);
  }
}

void xq_winograd(const xq_kernels* kernels, const xq_conv* conv, const xq_codes* x,
                 const void* packed, const int32_t* bias, const xq_sink* sink, void* workspace) {
  const sizes s = sizes_of(kernels, conv);
  const parts p = parts_of(kernels, &s, workspace);
  const int16_t* weights =
      xq_read_header(packed, kernels, XQ_PACKED_WINOGRAD, conv->out_channels, xq_conv_depth(conv));
  const size_t group_weights =
      xq_row_panels(s.rows) * XQ_WINOGRAD_ELEMENTS * xq_row_panel(kernels, s.channels);
  const size_t slices = conv->in[0];
  const size_t image = conv->in[1] * conv->in[2];
  const size_t height = xq_conv_out(conv, 1);
  const size_t width = xq_conv_out(conv, 2);
  /* What vectors read beyond the tiles is multiplied, but seen by nobody. */
  memset(p.planes + s.channels * s.plane, 0, XQ_WINOGRAD_SLACK * sizeof(int16_t));
  memset(p.lines, 0, line_count(kernels, &s) * sizeof(int16_t));
  band b = {.step = slices * height * width, .out_width = width};
  for (size_t i = 0; i < conv->batch * conv->groups * slices; ++i) {
    const size_t plane = i / slices; /* of a group */
    const size_t group = plane % conv->groups;
    const size_t slice = i % slices;
    b.weights = weights + group * group_weights;
    b.channel = group * s.rows;
    b.bias = bias == NULL ? NULL : bias + b.channel;
    for (size_t y = 0; y < s.phases.out_height; y += s.phases.band) {
      const size_t rows = xq_min(s.phases.band, s.phases.out_height - y);
      b.out_rows = xq_min(2 * rows, height - 2 * y);
      b.at = (plane * s.rows * slices + slice) * height * width + 2 * y * width;
      run_band(kernels, &s, &p, x, (plane * s.channels * slices + slice) * image, slices * image, y,
               rows, &b, sink);
    }
  }
}

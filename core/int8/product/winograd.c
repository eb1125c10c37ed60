#include "int8/product/winograd.h"

#include <string.h>

#include "int8/product/block.h"
#include "int8/product/output_rows.h"
#include "int8/product/patch_product.h"
#include "int8/product/phases.h"

/* int16 elements of all planes of a band: half of a common second-level cache. */
enum { kBandElements = 1 << 17 };

/* Columns of a block times elements of a tile. */
enum { kColumnElements = 1024 };

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

/* The convolution whose outputs are the tiles: it reads whole windows with the stride of tiles, so
 * that phases.h puts each pixel of neighbouring tiles side by side. */
static xq_conv tiles_of(const xq_winograd_form* form, const xq_conv* conv) {
  xq_conv tiles = *conv;
  for (size_t d = 1; d < 3; ++d) {
    const size_t out = xq_conv_out(conv, d);
    tiles.kernel[d] = form->window;
    tiles.stride[d] = form->tile;
    tiles.pad_end[d] += xq_round_up(out, form->tile) - out; /* the last tile is partly outside */
  }
  return tiles;
}

typedef struct sizes {
  const xq_winograd_form* form;
  const xq_winograd_transforms* transforms;
  xq_conv tiles;
  xq_phases phases;
  size_t channels, plane, rows;
  size_t pitch; /* columns from one row of tiles to the next */
  xq_row_blocks blocks;
  size_t columns; /* of a block */
  int is_half;    /* xq_winograd_is_half */
} sizes;

/* Blocks of rows of tiles that lie `pitch` columns apart. */
static xq_row_blocks blocks_of(const xq_kernels* kernels, const sizes* s, size_t pitch) {
  const size_t run = (s->phases.band - 1) * pitch + s->phases.out_width;
  /* The blocks of all elements together are to stay in the caches. */
  const size_t most = xq_round_up(kColumnElements / s->form->elements, kernels->tile_columns());
  return xq_row_blocks_of(kernels, s->phases.band, s->phases.out_width, pitch,
                          xq_min(xq_block_columns(kernels, run), most));
}

static sizes sizes_of(const xq_kernels* kernels, const xq_winograd_form* form,
                      const xq_conv* conv) {
  sizes s;
  s.form = form;
  s.transforms = form->tile == 2 ? &kernels->winograd2 : &kernels->winograd4;
  s.tiles = tiles_of(form, conv);
  s.channels = conv->in_channels / conv->groups;
  s.rows = conv->out_channels / conv->groups;
  s.phases = xq_phases_of(&s.tiles, kBandElements / s.channels);
  s.plane = xq_phases_plane(&s.tiles, &s.phases);
  /* Transforming the unused columns between rows of tiles is cheap, multiplying them is not. */
  const size_t width = s.phases.out_width;
  const xq_row_blocks loose = blocks_of(kernels, &s, s.phases.pitch);
  s.blocks = blocks_of(kernels, &s, width);
  s.pitch = width;
  s.is_half = xq_winograd_is_half(kernels, conv, form) && s.phases.band == 2;
  if (!s.is_half && loose.rows == s.blocks.rows && loose.columns <= s.blocks.columns &&
      width <= s.blocks.columns) {
    s.pitch = s.phases.pitch;
    s.blocks = loose;
  }
  s.columns = s.blocks.columns;
  return s;
}

/* The parts of the workspace, in this order. */
typedef struct parts {
  size_t offset[XQ_WINOGRAD_MOST_ELEMENTS]; /* of the pixels of a tile in a plane */
  int32_t* sums;    /* [elements][XQ_TILE_ROWS][columns], then what may be read */
  int32_t* outputs; /* [tile][output_step] */
  int16_t* lines;   /* [k_group][elements][line] */
  int16_t* block;   /* a block of `columns` and depth `channels` for each element */
  int16_t* planes;  /* [channels][plane], then what may be read */
} parts;

/* Whole tiles of the instruction set. */
static size_t columns_of(const xq_kernels* kernels, size_t count) {
  return xq_round_up(count, kernels->tile_columns());
}

static size_t line_of(const sizes* s) { return s->columns + XQ_WINOGRAD_SLACK; }
static size_t sum_count(const sizes* s) {
  return s->form->elements * XQ_TILE_ROWS * s->columns + XQ_WINOGRAD_SLACK;
}
/* Elements of one row of the outputs of tiles, with what may be written behind them. */
static size_t output_step(const sizes* s) {
  return s->form->tile * (s->columns + XQ_WINOGRAD_SLACK);
}
static size_t output_count(const sizes* s) { return s->form->tile * output_step(s); }
static size_t line_count(const xq_kernels* kernels, const sizes* s) {
  return kernels->k_group * s->form->elements * line_of(s);
}
/* Elements of a block. */
static size_t block_count(const xq_kernels* kernels, const sizes* s) {
  return s->columns / kernels->tile_columns() * xq_column_panel(kernels, s->channels);
}

static parts parts_of(const xq_kernels* kernels, const sizes* s, void* workspace) {
  parts p;
  for (size_t j = 0; j < s->form->elements; ++j) {
    p.offset[j] = xq_phases_offset(&s->tiles, &s->phases, j);
  }
  p.sums = workspace;
  p.outputs = p.sums + sum_count(s);
  p.lines = (int16_t*)(p.outputs + output_count(s));
  p.block = p.lines + line_count(kernels, s);
  p.planes = p.block + s->form->elements * block_count(kernels, s);
  return p;
}

static size_t workspace_of(const xq_kernels* kernels, const sizes* s) {
  return (sum_count(s) + output_count(s)) * sizeof(int32_t) +
         (line_count(kernels, s) + s->form->elements * block_count(kernels, s) +
          s->channels * s->plane + XQ_WINOGRAD_SLACK) *
             sizeof(int16_t);
}

size_t xq_winograd_workspace_size(const xq_conv* conv) {
  const xq_kernels* kernels = xq_active();
  const sizes two = sizes_of(kernels, &xq_winograd_2, conv);
  const sizes four = sizes_of(kernels, &xq_winograd_4, conv);
  const size_t a = workspace_of(kernels, &two);
  const size_t b = workspace_of(kernels, &four);
  return a > b ? a : b;
}

/* Tiles of a block: `rows` rows of `width`, from tile (y, x) of the band on; a block of less than a
 * row takes the rest of its columns from the next row, so that they are whole tiles of the
 * instruction set. */
typedef struct tiles {
  size_t y, x, rows, width;
  size_t next; /* tiles of row y + 1 */
} tiles;

static size_t run_of(const sizes* s, const tiles* t) {
  return (t->rows - 1) * s->pitch + t->width + t->next;
}

/* The block of a plane, one element after the other. */
static void transform_channel(const sizes* s, const parts* p, const int16_t* plane, const tiles* t,
                              int16_t* lines) {
  const size_t pitch = s->phases.pitch;
  const int16_t* from = plane + t->y * pitch + t->x;
  if (s->pitch == pitch) {
    s->transforms->input(from, p->offset, run_of(s, t), lines, line_of(s));
    return;
  }
  for (size_t row = 0; row < t->rows; ++row) { /* a row overwrites what the last left over */
    s->transforms->input(from + row * pitch, p->offset, t->width, lines + row * s->pitch,
                         line_of(s));
  }
  if (t->next > 0) {
    s->transforms->input(plane + (t->y + 1) * pitch, p->offset, t->next, lines + t->width,
                         line_of(s));
  }
}

/* The block of two planes at once, where the instruction set can; else returns 0. */
static int transform_pair(const xq_kernels* kernels, const sizes* s, const parts* p,
                          const int16_t* even, const tiles* t, size_t panel, int16_t* to) {
  const size_t pitch = s->phases.pitch;
  const size_t at = t->y * pitch + t->x;
  const size_t elements = block_count(kernels, s);
  if (s->transforms->input_pair == NULL || t->next > 0) return 0;
  if (t->rows == 1 || s->pitch == pitch) { /* one run */
    s->transforms->input_pair(even + at, even + s->plane + at, p->offset, 1,
                              columns_of(kernels, run_of(s, t)), pitch, to, panel, elements);
    return 1;
  }
  if (!s->is_half && t->width != 4 && t->width % kernels->tile_columns() != 0) return 0;
  s->transforms->input_pair(even + at, even + s->plane + at, p->offset, t->rows, t->width, pitch,
                            to, panel, elements);
  return 1;
}

static void transform_block(const xq_kernels* kernels, const sizes* s, const parts* p,
                            const tiles* t) {
  const size_t group = kernels->k_group;
  const size_t panel = xq_column_panel(kernels, s->channels);
  const size_t elements = block_count(kernels, s);
  const size_t line = line_of(s);
  const size_t columns = columns_of(kernels, run_of(s, t));
  int16_t* odd = p->lines + s->form->elements * line; /* where k_group is 2 */
  int16_t* to = p->block;
  const size_t step = group * kernels->tile_columns() / (s->is_half ? 2 : 1);
  for (size_t c = 0; c < s->channels; c += group, to += step) {
    const int16_t* even = p->planes + c * s->plane;
    if (c + 1 < s->channels && transform_pair(kernels, s, p, even, t, panel, to)) continue;
    transform_channel(s, p, even, t, p->lines);
    if (group == 2 && c + 1 < s->channels) {
      transform_channel(s, p, even + s->plane, t, odd);
    } else if (group == 2) {
      memset(odd, 0, s->form->elements * line * sizeof(int16_t));
    }
    for (size_t e = 0; e < s->form->elements; ++e) {
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

/* Outputs of one channel: the first rows of its tiles, the second ones, ... t has no next. */
static void emit(const xq_kernels* kernels, const sizes* s, const parts* p, const band* b,
                 size_t row, const tiles* t, const int32_t* sums, size_t step,
                 const xq_sink* sink) {
  const int32_t bias = b->bias == NULL ? 0 : b->bias[row];
  const size_t channel = b->channel + row;
  const size_t tile = s->form->tile;
  const size_t at = b->at + row * b->step + tile * (t->y * b->out_width + t->x);
  const size_t height = xq_min(tile * t->rows, b->out_rows - tile * t->y);
  const size_t width = xq_min(tile * t->width, b->out_width - tile * t->x);
  if (sink->q != NULL && sink->to->stage == NULL) {
    const float multiplier = sink->to->multiplier[sink->to->multipliers == 1 ? 0 : channel];
    s->transforms->requantize(sums, step, s->pitch, height, width, bias, multiplier,
                              xq_output_of(sink->to), sink->q + at, b->out_width);
    return;
  }
  s->transforms->output(sums, step, run_of(s, t), bias, p->outputs, output_step(s));
  for (size_t r = 0; r < tile && r < height; ++r) {
    const xq_output_rows rows = {(height - r + tile - 1) / tile, width, tile * s->pitch,
                                 tile * b->out_width};
    xq_emit_rows(kernels, &rows, sink, p->outputs + r * output_step(s), channel,
                 at + r * b->out_width);
  }
}

/* The same for tiles that are half a tile of the instruction set: twice the rows at a time. */
static void multiply_half_block(const xq_kernels* kernels, const sizes* s, const parts* p,
                                const band* b, const tiles* t, const xq_sink* sink) {
  const size_t together = 2 * XQ_TILE_ROWS;
  const size_t columns = kernels->tile_columns() / 2;
  const size_t panel = xq_row_panel(kernels, s->channels);
  const int16_t* weights = b->weights;
  for (size_t r0 = 0; r0 < s->rows; r0 += together) {
    const int16_t* below = weights + s->form->elements * panel;
    kernels->half_tiles(s->form->elements, xq_groups(kernels, s->channels), weights, below, panel,
                        p->block, block_count(kernels, s), p->sums);
    weights = below + s->form->elements * panel;
    for (size_t r = 0; r < together; ++r) {
      emit(kernels, s, p, b, r0 + r, t, p->sums + r * columns, together * columns, sink);
    }
  }
}

static void multiply_block(const xq_kernels* kernels, const sizes* s, const parts* p, const band* b,
                           const tiles* t, const xq_sink* sink) {
  const size_t columns = columns_of(kernels, run_of(s, t));
  const size_t tile = XQ_TILE_ROWS * columns;
  const xq_start zero = {{0}};
  const tiles here = {t->y, t->x, t->rows, t->width, 0};
  const tiles next = {t->y + 1, 0, 1, t->next, 0};
  const int16_t* weights = b->weights;
  for (size_t r0 = 0; r0 < s->rows; r0 += XQ_TILE_ROWS) {
    const size_t valid = xq_min(XQ_TILE_ROWS, s->rows - r0);
    for (size_t e = 0; e < s->form->elements; ++e) {
      xq_multiply_block(kernels, s->channels, weights, valid,
                        p->block + e * block_count(kernels, s), columns, zero.row,
                        p->sums + e * tile);
      weights += xq_row_panel(kernels, s->channels);
    }
    for (size_t r = 0; r < valid; ++r) {
      const int32_t* sums = p->sums + r * columns;
      emit(kernels, s, p, b, r0 + r, &here, sums, tile, sink);
      if (t->next > 0) emit(kernels, s, p, b, r0 + r, &next, sums + t->width, tile, sink);
    }
  }
}

/* Rows of tiles [y, y + rows) of the planes from element `at` of x on, `step` elements apart. */
static void run_band(const xq_kernels* kernels, const sizes* s, const parts* p, const xq_codes* x,
                     size_t at, size_t step, size_t y, size_t rows, const band* b,
                     const xq_sink* sink) {
  const size_t width = s->phases.out_width;
  for (size_t c = 0; c < s->channels; ++c) {
    xq_store_band(kernels, &s->tiles, &s->phases, x, at + c * step, y, p->planes + c * s->plane);
  }
  for (size_t row = 0, column = 0; row < rows;) {
    tiles t = {row, column, 1, xq_min(s->columns, width - column), 0};
    if (s->columns >= width) {
      t.rows = xq_min(s->blocks.rows, rows - row);
    } else if (row + 1 < rows) {
      t.next = s->columns - t.width;
    }
    transform_block(kernels, s, p, &t);
    if (s->is_half) {
      multiply_half_block(kernels, s, p, b, &t, sink);
    } else {
      multiply_block(kernels, s, p, b, &t, sink);
    }
    column += t.width;
    if (column < width) continue;
    row += t.rows;
    column = t.next;
  }
}

void xq_winograd(const xq_kernels* kernels, const xq_conv* conv, const xq_codes* x,
                 const void* packed, const int32_t* bias, const xq_sink* sink, void* workspace) {
  XQ_REQUIRE(xq_wants_winograd(conv));
  const int16_t* weights = NULL;
  const xq_winograd_form* form = xq_winograd_form_of(kernels, conv, packed, &weights);
  const sizes s = sizes_of(kernels, form, conv);
  const parts p = parts_of(kernels, &s, workspace);
  const size_t group_weights =
      xq_row_panels(s.rows) * form->elements * xq_row_panel(kernels, s.channels);
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
      b.out_rows = xq_min(form->tile * rows, height - form->tile * y);
      b.at = (plane * s.rows * slices + slice) * height * width + form->tile * y * width;
      run_band(kernels, &s, &p, x, (plane * s.channels * slices + slice) * image, slices * image, y,
               rows, &b, sink);
    }
  }
}

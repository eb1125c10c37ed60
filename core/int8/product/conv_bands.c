#include "int8/product/conv_bands.h"

#include <string.h>

#include "int8/product/block.h"
#include "int8/product/output_rows.h"
#include "int8/product/patch_product.h"

/* int16 elements of all planes of a band: half of a common second-level cache. */
enum { kBandElements = 1 << 17 };

int xq_wants_bands(const xq_conv* conv) {
  const int planar = conv->in[0] == 1 && conv->kernel[0] == 1 && conv->stride[0] == 1 &&
                     conv->pad_begin[0] == 0 && conv->pad_end[0] == 0;
  if (!planar || xq_taps(conv) == 1) return 0;
  const size_t pitch = conv->pad_begin[2] + conv->in[2] + conv->pad_end[2];
  const size_t outputs = xq_conv_out(conv, 2) * conv->stride[2];
  return pitch - outputs <= pitch / 3;
}

/* The parts of the workspace, in this order. */
typedef struct parts {
  size_t* offset; /* [depth], of every row of the patch matrix */
  int32_t* acc;   /* [XQ_TILE_ROWS][columns] */
  int16_t* block;
  int16_t* zeros;  /* [columns], the row that fills up the last k group */
  int16_t* planes; /* [channels][plane], then `columns` elements that may be read */
} parts;

typedef struct sizes {
  xq_phases phases;
  size_t channels, depth, plane;
  xq_row_blocks blocks;
  size_t columns; /* of a block */
} sizes;

static sizes sizes_of(const xq_kernels* kernels, const xq_conv* conv) {
  sizes s;
  s.channels = conv->in_channels / conv->groups;
  s.depth = xq_conv_depth(conv);
  s.phases = xq_phases_of(conv, kBandElements / s.channels);
  s.plane = xq_phases_plane(conv, &s.phases);
  const size_t run = xq_phases_run(&s.phases, s.phases.band);
  s.blocks = xq_row_blocks_of(kernels, s.phases.band, s.phases.out_width, s.phases.pitch,
                              xq_wide_block_columns(kernels, run, s.depth));
  s.columns = s.blocks.columns;
  return s;
}

static size_t block_elements(const xq_kernels* kernels, const sizes* s) {
  return s->columns / kernels->tile_columns() * xq_column_panel(kernels, s->depth);
}

static size_t offset_bytes(const sizes* s) {
  return xq_round_up(s->depth * sizeof(size_t), XQ_LINE_BYTES);
}

static parts parts_of(const xq_kernels* kernels, const sizes* s, void* workspace) {
  parts p;
  p.offset = workspace;
  p.acc = (int32_t*)((char*)workspace + offset_bytes(s));
  p.block = (int16_t*)(p.acc + XQ_TILE_ROWS * s->columns);
  p.zeros = p.block + block_elements(kernels, s);
  p.planes = p.zeros + s->columns;
  return p;
}

size_t xq_conv_bands_workspace_size(const xq_conv* conv) {
  const xq_kernels* kernels = xq_active();
  const sizes s = sizes_of(kernels, conv);
  return offset_bytes(&s) + XQ_TILE_ROWS * s.columns * sizeof(int32_t) +
         (block_elements(kernels, &s) + 2 * s.columns + s.channels * s.plane) * sizeof(int16_t);
}

/* Columns of the patch matrix from element `first` of the band's run on. */
static void pack_block(const xq_kernels* kernels, const sizes* s, const parts* p, size_t first,
                       size_t columns) {
  const size_t group = kernels->k_group;
  const size_t panel = xq_column_panel(kernels, s->depth);
  const size_t step = kernels->tile_columns() * group;
  int16_t* to = p->block;
  for (size_t k = 0; k < s->depth; k += group, to += step) {
    const int16_t* even = p->planes + p->offset[k] + first;
    const int16_t* odd =
        k + 1 < s->depth && group == 2 ? p->planes + p->offset[k + 1] + first : p->zeros;
    kernels->pack_columns(even, odd, columns, panel, to);
  }
}

/* Where a block of a group's output channels is written. */
typedef struct destination {
  size_t channels; /* of the group */
  size_t channel;  /* the group's first one */
  size_t at;       /* first element of the block in that channel */
  size_t plane;    /* elements from one channel to the next */
} destination;

static void multiply_block(const xq_kernels* kernels, const sizes* s, const parts* p,
                           const int16_t* weights, const int32_t* bias, const destination* to,
                           const xq_output_rows* rows, size_t columns, const xq_sink* sink) {
  for (size_t r0 = 0; r0 < to->channels; r0 += XQ_TILE_ROWS) {
    const size_t valid = xq_min(XQ_TILE_ROWS, to->channels - r0);
    const xq_start start = xq_start_of(bias == NULL ? NULL : bias + to->channel + r0, valid);
    xq_multiply_block(kernels, s->depth, weights, valid, p->block, columns, start.row, p->acc);
    weights += xq_row_panel(kernels, s->depth);
    xq_emit_panel(kernels, rows, sink, p->acc, columns, to->channel + r0, valid,
                  to->at + r0 * to->plane, to->plane);
  }
}

/* `height` output rows of a band whose planes are there; to: its first element. */
static void run_band(const xq_kernels* kernels, const sizes* s, const parts* p,
                     const int16_t* weights, const int32_t* bias, destination to, size_t height,
                     const xq_sink* sink) {
  const size_t at = to.at;
  const size_t width = s->phases.out_width;
  for (size_t y = 0; y < height; y += s->blocks.rows) {
    for (size_t x = 0; x < width; x += s->blocks.width) {
      const xq_output_rows rows = {xq_min(s->blocks.rows, height - y),
                                   xq_min(s->blocks.width, width - x), s->phases.pitch, width};
      const size_t run = (rows.count - 1) * rows.pitch + rows.width;
      const size_t columns = xq_round_up(run, kernels->tile_columns());
      pack_block(kernels, s, p, y * s->phases.pitch + x, columns);
      to.at = at + y * width + x;
      multiply_block(kernels, s, p, weights, bias, &to, &rows, columns, sink);
    }
  }
}

void xq_conv_bands(const xq_kernels* kernels, const xq_conv* conv, const xq_codes* x,
                   const int16_t* weights, const int32_t* bias, const xq_sink* sink,
                   void* workspace) {
  const sizes s = sizes_of(kernels, conv);
  const parts p = parts_of(kernels, &s, workspace);
  const size_t image = conv->in[1] * conv->in[2];
  destination to = {.channels = conv->out_channels / conv->groups,
                    .plane = s.phases.out_height * s.phases.out_width};
  const size_t group_weights = xq_row_panels(to.channels) * xq_row_panel(kernels, s.depth);
  const size_t taps = xq_taps(conv);
  for (size_t k = 0; k < s.depth; ++k) {
    p.offset[k] = k < taps ? xq_phases_offset(conv, &s.phases, k) : p.offset[k - taps] + s.plane;
  }
  memset(p.zeros, 0, s.columns * sizeof(int16_t));
  memset(p.planes + s.channels * s.plane, 0, s.columns * sizeof(int16_t));
  for (size_t i = 0; i < conv->batch * conv->groups; ++i) {
    to.channel = i % conv->groups * to.channels;
    for (size_t y = 0; y < s.phases.out_height; y += s.phases.band) {
      to.at = i * to.channels * to.plane + y * s.phases.out_width;
      for (size_t c = 0; c < s.channels; ++c) {
        xq_store_band(kernels, conv, &s.phases, x, (i * s.channels + c) * image, y,
                      p.planes + c * s.plane);
      }
      run_band(kernels, &s, &p, weights + i % conv->groups * group_weights, bias, to,
               xq_min(s.phases.band, s.phases.out_height - y), sink);
    }
  }
}

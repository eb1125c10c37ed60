#include "int8/product/phases.h"

#include <string.h>

#include "int8/product/block.h"

static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

/* Rows of a phase that lie below the first one an output row reads. */
static size_t further_rows(const xq_conv* conv) {
  return (conv->kernel[1] - 1) * conv->dilation[1] / conv->stride[1];
}

xq_phases xq_phases_of(const xq_conv* conv, size_t elements) {
  xq_phases p;
  p.out_height = xq_conv_out(conv, 1);
  p.out_width = xq_conv_out(conv, 2);
  p.pitch = ceil_div(conv->pad_begin[2] + conv->in[2] + conv->pad_end[2], conv->stride[2]);
  const size_t rows = elements / (p.pitch * conv->stride[1] * conv->stride[2]);
  const size_t further = further_rows(conv);
  p.band = xq_min(rows > further ? rows - further : 1, p.out_height);
  p.rows = p.band + further;
  return p;
}

size_t xq_phases_offset(const xq_conv* conv, const xq_phases* p, size_t t) {
  const size_t y = t / conv->kernel[2] * conv->dilation[1];
  const size_t x = t % conv->kernel[2] * conv->dilation[2];
  const size_t phase = y % conv->stride[1] * conv->stride[2] + x % conv->stride[2];
  return (phase * p->rows + y / conv->stride[1]) * p->pitch + x / conv->stride[2];
}

/* One image row, from padded column pad_begin on, into the phases of its padded row. */
static void store_row(const xq_kernels* kernels, const xq_conv* conv, const xq_phases* p,
                      const xq_codes* x, size_t at, int16_t* phase_row) {
  const size_t stride = conv->stride[2];
  for (size_t r = 0; r < stride && r < conv->in[2]; ++r) { /* pixels r, r + stride, ... */
    const size_t padded = conv->pad_begin[2] + r;
    xq_widen(kernels, x, at + r, stride, ceil_div(conv->in[2] - r, stride),
             phase_row + padded % stride * p->rows * p->pitch + padded / stride);
  }
}

void xq_store_band(const xq_kernels* kernels, const xq_conv* conv, const xq_phases* p,
                   const xq_codes* x, size_t at, size_t first, int16_t* plane) {
  const size_t stride = conv->stride[1];
  memset(plane, 0, xq_phases_plane(conv, p) * sizeof(int16_t));
  for (size_t i = 0; i < p->rows * stride; ++i) {
    const size_t padded = first * stride + i;
    if (padded < conv->pad_begin[1]) continue;
    const size_t iy = padded - conv->pad_begin[1];
    if (iy >= conv->in[1]) break;
    store_row(kernels, conv, p, x, at + iy * conv->in[2],
              plane + (i % stride * conv->stride[2] * p->rows + i / stride) * p->pitch);
  }
}

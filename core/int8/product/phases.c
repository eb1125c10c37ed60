#include "int8/product/phases.h"

#include <string.h>

#include "int8/product/block.h"

static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

/* Rows of a phase that lie below the first one an output row reads. */
static size_t further_rows(const xq_conv* conv) {
  return (conv->kernel[1] - 1) * conv->dilation[1] / conv->stride[1];
}

/* Where phases are whole rows, the padding to the right of one is that to the left of the next. */
static size_t pitch_of(const xq_conv* conv, size_t out_width) {
  const size_t begin = conv->pad_begin[2];
  const size_t end = conv->pad_end[2];
  if (conv->stride[2] > 1) return ceil_div(begin + conv->in[2] + end, conv->stride[2]);
  const size_t pitch = conv->in[2] + (begin > end ? begin : end);
  return pitch > out_width ? pitch : out_width;
}

xq_phases xq_phases_of(const xq_conv* conv, size_t elements) {
  xq_phases p;
  p.out_height = xq_conv_out(conv, 1);
  p.out_width = xq_conv_out(conv, 2);
  p.pitch = pitch_of(conv, p.out_width);
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

/* `rows` image rows, `step` elements apart, of which x holds the first at element `at`, into the
 * phases of their padded rows from phase_row on. */
static void store_rows(const xq_kernels* kernels, const xq_conv* conv, const xq_phases* p,
                       const xq_codes* x, size_t at, size_t step, size_t rows, int16_t* phase_row) {
  const size_t stride = conv->stride[2];
  const size_t phase = p->rows * p->pitch; /* elements from one phase of a row to the next */
  const uint8_t flip = xq_flip(x->type);
  const int32_t zero_point = x->zero_point - flip;
  const uint8_t* from = (const uint8_t*)x->data + at;
  const size_t pad = conv->pad_begin[2];
  if (stride == 1) {
    kernels->widen_rows(from, step, rows, conv->in[2], flip, zero_point, phase_row + pad, p->pitch);
    return;
  }
  if (stride == 2) {
    int16_t* even = phase_row + pad % 2 * phase + pad / 2;
    int16_t* odd = phase_row + (pad + 1) % 2 * phase + (pad + 1) / 2;
    kernels->split_rows(from, step, rows, conv->in[2], flip, zero_point, even, odd, p->pitch);
    return;
  }
  if (stride == 4) {
    int16_t* phases[4];
    for (size_t r = 0; r < 4; ++r) phases[r] = phase_row + (pad + r) % 4 * phase + (pad + r) / 4;
    kernels->split4_rows(from, step, rows, conv->in[2], flip, zero_point, phases, p->pitch);
    return;
  }
  for (size_t row = 0; row < rows; ++row, at += step, phase_row += p->pitch) {
    for (size_t r = 0; r < stride && r < conv->in[2]; ++r) { /* pixels r, r + stride, ... */
      const size_t padded = pad + r;
      xq_widen(kernels, x, at + r, stride, ceil_div(conv->in[2] - r, stride),
               phase_row + padded % stride * phase + padded / stride);
    }
  }
}

void xq_store_band(const xq_kernels* kernels, const xq_conv* conv, const xq_phases* p,
                   const xq_codes* x, size_t at, size_t first, int16_t* plane) {
  memset(plane, 0, xq_phases_plane(conv, p) * sizeof(int16_t));
  xq_store_inside(kernels, conv, p, x, at, first, plane);
}

void xq_store_inside(const xq_kernels* kernels, const xq_conv* conv, const xq_phases* p,
                     const xq_codes* x, size_t at, size_t first, int16_t* plane) {
  const size_t stride = conv->stride[1];
  const size_t pad = conv->pad_begin[1];
  for (size_t phase = 0; phase < stride; ++phase) {
    /* Rows [begin, end) of the phase are padded rows row * stride + phase inside the image. */
    const size_t begin = pad > phase ? ceil_div(pad - phase, stride) : 0;
    const size_t inside = pad + conv->in[1];
    const size_t end = inside > phase ? ceil_div(inside - phase, stride) : 0;
    const size_t from = begin > first ? begin : first;
    const size_t to = xq_min(end, first + p->rows);
    if (from >= to) continue;
    store_rows(kernels, conv, p, x, at + (from * stride + phase - pad) * conv->in[2],
               stride * conv->in[2], to - from,
               plane + (phase * conv->stride[2] * p->rows + from - first) * p->pitch);
  }
}

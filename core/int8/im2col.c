#include "int8/im2col.h"

#include <string.h>

#include "int8/block.h"

/* Output columns [first, last) of one image row read inside the image for kernel column kx. */
typedef struct span {
  size_t first, last;
} span;

static span columns_inside(const xq_conv2d* conv, size_t kx, size_t begin, size_t end) {
  const size_t stride = conv->stride_width;
  const size_t at = kx * conv->dilation_width;
  const size_t first = at >= conv->pad_left ? 0 : (conv->pad_left - at + stride - 1) / stride;
  const size_t beyond = conv->in_width + conv->pad_left; /* ox * stride + at must stay below */
  const size_t last = at >= beyond ? 0 : (beyond - at + stride - 1) / stride;
  span inside = {first > begin ? first : begin, last < end ? last : end};
  if (inside.last < inside.first) inside.first = inside.last = begin;
  return inside;
}

static void copy_strided(const xq_kernels* kernels, const int8_t* x, size_t n, size_t stride,
                         int32_t zero_point, int16_t* y) {
  if (stride == 1) {
    kernels->widen(x, n, zero_point, y);
    return;
  }
  for (size_t i = 0; i < n; ++i) y[i] = (int16_t)(x[i * stride] - zero_point);
}

/* Output pixels [begin, end) of output row oy. */
static void row_segment(const xq_kernels* kernels, const xq_conv2d* conv, const int8_t* plane,
                        int32_t zero_point, size_t ky, size_t kx, size_t oy, size_t begin,
                        size_t end, int16_t* row) {
  const size_t padded_y = oy * conv->stride_height + ky * conv->dilation_height;
  const int inside_image = padded_y >= conv->pad_top && padded_y - conv->pad_top < conv->in_height;
  if (!inside_image) {
    memset(row, 0, (end - begin) * sizeof(int16_t));
    return;
  }
  const span inside = columns_inside(conv, kx, begin, end);
  memset(row, 0, (inside.first - begin) * sizeof(int16_t));
  if (inside.last > inside.first) {
    const size_t ix =
        inside.first * conv->stride_width + kx * conv->dilation_width - conv->pad_left;
    copy_strided(kernels, plane + (padded_y - conv->pad_top) * conv->in_width + ix,
                 inside.last - inside.first, conv->stride_width, zero_point,
                 row + (inside.first - begin));
  }
  memset(row + (inside.last - begin), 0, (end - inside.last) * sizeof(int16_t));
}

void xq_im2col_row(const xq_kernels* kernels, const xq_conv2d* conv, const int8_t* plane,
                   int32_t zero_point, size_t ky, size_t kx, size_t first, size_t count,
                   int16_t* row) {
  const size_t width = xq_conv2d_out_width(conv);
  const size_t end = first + count;
  for (size_t p = first; p < end;) {
    const size_t oy = p / width;
    const size_t begin = p - oy * width;
    const size_t stop = xq_min(width, begin + (end - p));
    row_segment(kernels, conv, plane, zero_point, ky, kx, oy, begin, stop, row + (p - first));
    p += stop - begin;
  }
}

/* lines[group][columns] into the column panels of k group `at`. */
static void interleave(const xq_kernels* kernels, const int16_t* lines, size_t columns, size_t at,
                       size_t depth, int16_t* block) {
  const size_t group = kernels->k_group;
  const size_t tile = kernels->tile_columns();
  int16_t* to = block + at * tile * group;
  for (size_t c = 0; c < columns; c += tile, to += xq_column_panel(kernels, depth)) {
    if (group == 1) {
      memcpy(to, lines + c, tile * sizeof(int16_t));
      continue;
    }
    const int16_t* even = lines + c;
    const int16_t* odd = lines + columns + c;
    for (size_t j = 0; j < tile; ++j) {
      to[2 * j] = even[j];
      to[2 * j + 1] = odd[j];
    }
  }
}

void xq_im2col_block(const xq_kernels* kernels, const xq_conv2d* conv, const int8_t* x,
                     int32_t zero_point, size_t first, size_t count, size_t columns, int16_t* lines,
                     int16_t* block) {
  const size_t taps = conv->kernel_height * conv->kernel_width;
  const size_t depth = conv->in_channels / conv->groups * taps;
  const size_t plane = conv->in_height * conv->in_width;
  const size_t group = kernels->k_group;
  memset(lines, 0, group * columns * sizeof(int16_t));
  for (size_t k = 0; k < depth; ++k) {
    const size_t tap = k % taps;
    int16_t* line = lines + k % group * columns;
    xq_im2col_row(kernels, conv, x + k / taps * plane, zero_point, tap / conv->kernel_width,
                  tap % conv->kernel_width, first, count, line);
    if (k % group == group - 1) {
      interleave(kernels, lines, columns, k / group, depth, block);
    } else if (k == depth - 1) { /* the last group is not full */
      memset(line + columns, 0, (group - 1 - k % group) * columns * sizeof(int16_t));
      interleave(kernels, lines, columns, k / group, depth, block);
    }
  }
}

#include <string.h>

#include "int8/codes/codes.h"
#include "int8/real/resize_positions.h"

void xq_resize_nearest_index(const xq_resize_axis* axis, xq_nearest mode, size_t* index) {
  xq_require_axis(axis);
  XQ_REQUIRE(mode >= XQ_ROUND_PREFER_FLOOR && mode <= XQ_CEIL);
  for (size_t o = 0; o < axis->out; ++o) {
    const double position = (double)xq_position_f32(axis, o);
    double nearest = 0.0;
    switch (mode) {
      case XQ_ROUND_PREFER_FLOOR:
        nearest = xq_ceil_f64(position - 0.5);
        break;
      case XQ_ROUND_PREFER_CEIL:
        nearest = xq_floor_f64(position + 0.5);
        break;
      case XQ_FLOOR:
        nearest = xq_floor_f64(position);
        break;
      case XQ_CEIL:
        nearest = xq_ceil_f64(position);
        break;
    }
    index[o] = xq_within(nearest, axis->in);
  }
}

void xq_resize_linear_taps(const xq_resize_axis* axis, size_t* index, float* weight) {
  xq_require_axis(axis);
  for (size_t o = 0; o < axis->out; ++o) {
    const double position = xq_position_f64(axis, o);
    const double low = xq_floor_f64(position);
    index[2 * o] = xq_within(low, axis->in);
    index[2 * o + 1] = xq_within(low + 1.0, axis->in);
    /* The triangle around the position: 1 - |distance|. */
    weight[2 * o] = (float)(1.0 - (position - low));
    weight[2 * o + 1] = (float)(1.0 - (low + 1.0 - position));
  }
}

#define XQ_PICK(type)                                                   \
  do {                                                                  \
    const type* source = (const type*)x + (p * in[0] + row[i]) * in[1]; \
    type* to = (type*)y + (p * out[0] + i) * out[1];                    \
    for (size_t j = 0; j < out[1]; ++j) to[j] = source[column[j]];      \
  } while (0)

void xq_resize_nearest(const void* x, size_t planes, const size_t in[2], const size_t out[2],
                       const size_t* row, const size_t* column, xq_type type, void* y) {
  XQ_REQUIRE(xq_is_type(type) && in != NULL && out != NULL);
  for (size_t i = 0; i < out[0]; ++i) XQ_REQUIRE(row[i] < in[0]);
  for (size_t j = 0; j < out[1]; ++j) XQ_REQUIRE(column[j] < in[1]);
  for (size_t p = 0; p < planes; ++p) {
    for (size_t i = 0; i < out[0]; ++i) {
      if (i > 0 && row[i] == row[i - 1]) {
        const size_t at = (p * out[0] + i) * out[1];
        memcpy(xq_at_mutable(y, type, at), xq_at(y, type, at - out[1]),
               out[1] * xq_type_size(type));
      } else if (xq_is_8_bit(type)) {
        XQ_PICK(uint8_t);
      } else {
        XQ_PICK(uint16_t);
      }
    }
  }
}

/* Source rows that are resized along the columns side by side, in the lanes of vectors. */
enum { kTogether = 4 };

/* kTogether source rows from row `first`, a multiple of kTogether, on, resized along the columns.
 */
typedef struct band {
  size_t first; /* SIZE_MAX: none */
  float* rows;  /* [kTogether][columns] */
} band;

/* Result rows that are quantized together: rows by themselves are short. */
static size_t rows_together(size_t columns) {
  return columns == 0 || columns >= XQ_CHUNK ? 1 : XQ_CHUNK / columns;
}

/* Workspace: source rows as reals, the same with their elements side by side, two bands, results.
 */
size_t xq_resize_linear_workspace_size(const size_t in[2], const size_t out[2]) {
  XQ_REQUIRE(in != NULL && out != NULL);
  return kTogether * 2 * (in[1] + out[1]) * sizeof(float) +
         rows_together(out[1]) * out[1] * sizeof(float);
}

/* What the planes of a call have in common. */
typedef struct resizing {
  const xq_kernels* kernels;
  const void* x;
  const xq_quant* from;
  const size_t *in, *out;
  const xq_resize_taps* column;
  float *reals, *beside;
} resizing;

/* The band that begins with that row of plane p. */
static void fill_band(const resizing* r, size_t p, size_t first, band* b) {
  const size_t left = r->in[0] - first;
  const size_t count = left < kTogether ? left : (size_t)kTogether;
  const size_t width = r->in[1];
  xq_read_reals(r->kernels, r->x, (p * r->in[0] + first) * width, count * width, r->from, r->reals);
  for (size_t k = 0; k < kTogether; ++k) {
    const float* row = r->reals + (k < count ? k : 0) * width;
    for (size_t j = 0; j < width; ++j) r->beside[j * kTogether + k] = row[j];
  }
  const size_t columns = r->out[1];
  float* rows = b->rows;
  for (size_t j = 0; j < columns; ++j) {
    const float* low = r->beside + r->column->index[2 * j] * kTogether;
    const float* high = r->beside + r->column->index[2 * j + 1] * kTogether;
    const float w0 = r->column->weight[2 * j];
    const float w1 = r->column->weight[2 * j + 1];
    float sums[kTogether];
    for (size_t k = 0; k < kTogether; ++k) {
      const float a = w0 * low[k];
      const float c = w1 * high[k];
      sums[k] = a + c;
    }
    for (size_t k = 0; k < kTogether; ++k) rows[k * columns + j] = sums[k];
  }
  b->first = first;
}

/* Source row `index` of plane p resized along the columns, out of the latest two bands; the latest
 * is bands[0]. */
static const float* resized_row(const resizing* r, size_t p, size_t index, band bands[2]) {
  const size_t first = index / kTogether * kTogether;
  if (bands[0].first != first) {
    const band other = bands[1];
    bands[1] = bands[0];
    bands[0] = other;
    if (bands[0].first != first) fill_band(r, p, first, bands);
  }
  return bands[0].rows + (index - first) * r->out[1];
}

static void blend(const float* restrict upper, float w0, const float* restrict lower, float w1,
                  size_t n, float* restrict y) {
  for (size_t j = 0; j < n; ++j) {
    const float a = w0 * upper[j];
    const float b = w1 * lower[j];
    y[j] = a + b;
  }
}

void xq_resize_linear(const void* x, size_t planes, const size_t in[2], const size_t out[2],
                      const xq_resize_taps* row, const xq_resize_taps* column, const xq_quant* from,
                      const xq_quant* to, void* y, void* workspace) {
  XQ_REQUIRE(in != NULL && out != NULL && row != NULL && column != NULL);
  xq_require_quant(from);
  xq_require_quant(to);
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  for (size_t i = 0; i < 2 * out[0]; ++i) XQ_REQUIRE(row->index[i] < in[0]);
  for (size_t j = 0; j < 2 * out[1]; ++j) XQ_REQUIRE(column->index[j] < in[1]);
  float* beside = workspace;
  float* reals = beside + kTogether * in[1];
  float* rows = reals + kTogether * in[1];
  band bands[2] = {{SIZE_MAX, rows}, {SIZE_MAX, rows + kTogether * out[1]}};
  float* results = rows + 2 * kTogether * out[1];
  const resizing r = {xq_active(), x, from, in, out, column, reals, beside};
  const size_t columns = out[1];
  const size_t together = rows_together(columns);
  size_t waiting = 0; /* rows of results */
  size_t at = 0;      /* element of y that comes next */
  for (size_t p = 0; p < planes; ++p) {
    bands[0].first = bands[1].first = SIZE_MAX;
    for (size_t i = 0; i < out[0]; ++i) {
      const float* upper = resized_row(&r, p, row->index[2 * i], bands);
      const float* lower = resized_row(&r, p, row->index[2 * i + 1], bands);
      blend(upper, row->weight[2 * i], lower, row->weight[2 * i + 1], columns,
            results + waiting * columns);
      if (++waiting < together) continue;
      xq_write_reals(r.kernels, results, waiting * columns, to, y, at);
      at += waiting * columns;
      waiting = 0;
    }
  }
  xq_write_reals(r.kernels, results, waiting * columns, to, y, at);
}

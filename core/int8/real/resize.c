#include <string.h>

#include "int8/codes/codes.h"
#include "int8/require.h"
#include "int8/xq_pool.h"

/* Largest integer <= v; v is within int64. */
static double floor_f64(double v) {
  const double whole = (double)(int64_t)v;
  return whole > v ? whole - 1.0 : whole;
}

static double ceil_f64(double v) { return -floor_f64(-v); }

static void require_axis(const xq_resize_axis* axis) {
  XQ_REQUIRE(axis != NULL && axis->in >= 1);
  XQ_REQUIRE(axis->scale > 0.0 && axis->scale < 1e9);
  XQ_REQUIRE(axis->coordinates >= XQ_HALF_PIXEL && axis->coordinates <= XQ_ASYMMETRIC);
}

/* Position of output element i in the input, in elements (ONNX Resize). */
#define XQ_POSITION(name, real)                                                                \
  static real name(const xq_resize_axis* axis, size_t i) {                                     \
    const real x = (real)i, in = (real)axis->in, out = (real)axis->out;                        \
    const real scale = (real)axis->scale, half = (real)0.5;                                    \
    switch (axis->coordinates) {                                                               \
      case XQ_HALF_PIXEL_SYMMETRIC: /* keeps the centre where scale * in is no whole number */ \
        return in / 2 * (1 - out / (scale * in)) + (x + half) / scale - half;                  \
      case XQ_PYTORCH_HALF_PIXEL:                                                              \
        return axis->out > 1 ? (x + half) / scale - half : 0;                                  \
      case XQ_ALIGN_CORNERS:                                                                   \
        return axis->out > 1 ? x * (in - 1) / ((real)axis->resized - 1) : 0;                   \
      case XQ_ASYMMETRIC:                                                                      \
        return x / scale;                                                                      \
      default:                                                                                 \
        return (x + half) / scale - half;                                                      \
    }                                                                                          \
  }

XQ_POSITION(position_f64, double)
XQ_POSITION(position_f32, float) /* nearest jumps halfway, which everybody decides in f32 */

static size_t within(double index, size_t in) {
  if (index < 0.0) return 0;
  return index >= (double)in ? in - 1 : (size_t)index;
}

void xq_resize_nearest_index(const xq_resize_axis* axis, xq_nearest mode, size_t* index) {
  require_axis(axis);
  XQ_REQUIRE(mode >= XQ_ROUND_PREFER_FLOOR && mode <= XQ_CEIL);
  for (size_t o = 0; o < axis->out; ++o) {
    const double position = (double)position_f32(axis, o);
    double nearest = 0.0;
    switch (mode) {
      case XQ_ROUND_PREFER_FLOOR:
        nearest = ceil_f64(position - 0.5);
        break;
      case XQ_ROUND_PREFER_CEIL:
        nearest = floor_f64(position + 0.5);
        break;
      case XQ_FLOOR:
        nearest = floor_f64(position);
        break;
      case XQ_CEIL:
        nearest = ceil_f64(position);
        break;
    }
    index[o] = within(nearest, axis->in);
  }
}

void xq_resize_linear_taps(const xq_resize_axis* axis, size_t* index, float* weight) {
  require_axis(axis);
  for (size_t o = 0; o < axis->out; ++o) {
    const double position = position_f64(axis, o);
    const double low = floor_f64(position);
    index[2 * o] = within(low, axis->in);
    index[2 * o + 1] = within(low + 1.0, axis->in);
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

/* Workspace: one row of reals, two rows resized along the columns, one result row. */
size_t xq_resize_linear_workspace_size(const size_t in[2], const size_t out[2]) {
  XQ_REQUIRE(in != NULL && out != NULL);
  return (in[1] + 3 * out[1]) * sizeof(float);
}

/* Source row `index` of a plane, resized along the columns. */
static void resize_row(const xq_kernels* kernels, const void* x, size_t at, size_t width,
                       const xq_quant* from, const xq_resize_taps* column, size_t out, float* reals,
                       float* resized) {
  xq_read_reals(kernels, x, at, width, from, reals);
  for (size_t j = 0; j < out; ++j) {
    const float low = column->weight[2 * j] * reals[column->index[2 * j]];
    const float high = column->weight[2 * j + 1] * reals[column->index[2 * j + 1]];
    resized[j] = low + high;
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
  const xq_kernels* kernels = xq_active();
  float* reals = workspace;
  float* rows[2] = {reals + in[1], reals + in[1] + out[1]};
  float* result = rows[1] + out[1];
  for (size_t p = 0; p < planes; ++p) {
    size_t held[2] = {SIZE_MAX, SIZE_MAX}; /* source rows in `rows` */
    for (size_t i = 0; i < out[0]; ++i) {
      const size_t* wanted = &row->index[2 * i];
      if (wanted[0] == held[1]) { /* the upper row was the lower one before */
        float* other = rows[0];
        rows[0] = rows[1];
        rows[1] = other;
        held[1] = held[0];
        held[0] = wanted[0];
      }
      for (size_t k = 0; k < 2; ++k) {
        if (held[k] == wanted[k]) continue;
        resize_row(kernels, x, (p * in[0] + wanted[k]) * in[1], in[1], from, column, out[1], reals,
                   rows[k]);
        held[k] = wanted[k];
      }
      const float w0 = row->weight[2 * i];
      const float w1 = row->weight[2 * i + 1];
      for (size_t j = 0; j < out[1]; ++j) {
        const float upper = w0 * rows[0][j];
        const float lower = w1 * rows[1][j];
        result[j] = upper + lower;
      }
      xq_write_reals(kernels, result, out[1], to, y, (p * out[0] + i) * out[1]);
    }
  }
}

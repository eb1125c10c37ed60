/* Where the elements of a resized dimension come from (ONNX Resize). */
#ifndef XQUANT_INT8_REAL_RESIZE_POSITIONS_H_
#define XQUANT_INT8_REAL_RESIZE_POSITIONS_H_

#include "int8/require.h"
#include "int8/xq_resize.h"

/* Largest integer <= v; v is within int64. */
static inline double xq_floor_f64(double v) {
  const double whole = (double)(int64_t)v;
  return whole > v ? whole - 1.0 : whole;
}

static inline double xq_ceil_f64(double v) { return -xq_floor_f64(-v); }

static inline void xq_require_axis(const xq_resize_axis* axis) {
  XQ_REQUIRE(axis != NULL && axis->in >= 1);
  XQ_REQUIRE(axis->scale > 0.0 && axis->scale < 1e9);
  XQ_REQUIRE(axis->coordinates >= XQ_HALF_PIXEL && axis->coordinates <= XQ_ASYMMETRIC);
}

/* Position of output element i in the input, in elements. */
#define XQ_POSITION(name, real)                                                                \
  static inline real name(const xq_resize_axis* axis, size_t i) {                              \
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

XQ_POSITION(xq_position_f64, double)
XQ_POSITION(xq_position_f32, float) /* nearest jumps halfway, which everybody decides in f32 */

/* The nearest element that there is. */
static inline size_t xq_within(double index, size_t in) {
  if (index < 0.0) return 0;
  return index >= (double)in ? in - 1 : (size_t)index;
}

#endif /* XQUANT_INT8_REAL_RESIZE_POSITIONS_H_ */

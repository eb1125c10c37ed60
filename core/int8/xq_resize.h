/* Resize: nearest elements, and interpolation of reals. */
#ifndef XQUANT_INT8_XQ_RESIZE_H_
#define XQUANT_INT8_XQ_RESIZE_H_

#include "int8/xq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum xq_coordinates { /* ONNX coordinate_transformation_mode */
                              XQ_HALF_PIXEL = 1,
                              XQ_HALF_PIXEL_SYMMETRIC = 2,
                              XQ_PYTORCH_HALF_PIXEL = 3,
                              XQ_ALIGN_CORNERS = 4,
                              XQ_ASYMMETRIC = 5
} xq_coordinates;

typedef enum xq_nearest { /* ONNX nearest_mode */
                          XQ_ROUND_PREFER_FLOOR = 1,
                          XQ_ROUND_PREFER_CEIL = 2,
                          XQ_FLOOR = 3,
                          XQ_CEIL = 4
} xq_nearest;

/* One dimension. scale: as the model says, or out / in; resized: in * scale before it was rounded
 * to out, or out. */
typedef struct xq_resize_axis {
  size_t in, out;
  double scale, resized;
  xq_coordinates coordinates;
} xq_resize_axis;

/* index[o] of the source element of every output element. Positions in f32, as other runtimes have
 * them: nearest jumps where a position lies halfway. */
void xq_resize_nearest_index(const xq_resize_axis* axis, xq_nearest mode, size_t* index);

/* Both source elements (edges repeat) and f32 of their f64 weights: index[2o], index[2o + 1],
 * weight[2o], weight[2o + 1]. Positions in f64. */
void xq_resize_linear_taps(const xq_resize_axis* axis, size_t* index, float* weight);

/* y[p][i][j] = x[p][row[i]][column[j]]. */
void xq_resize_nearest(const void* x, size_t planes, const size_t in[2], const size_t out[2],
                       const size_t* row, const size_t* column, xq_type type, void* y);

/* Columns first, then rows; with r = dequantize(x):
 *   h[y][j] = f32(f32(weight0 * r[y][index0]) + f32(weight1 * r[y][index1])), likewise over rows,
 * then quantize. Workspace: xq_resize_linear_workspace_size bytes. */
typedef struct xq_resize_taps {
  const size_t* index; /* [out][2] */
  const float* weight; /* [out][2] */
} xq_resize_taps;
size_t xq_resize_linear_workspace_size(const size_t in[2], const size_t out[2]);
void xq_resize_linear(const void* x, size_t planes, const size_t in[2], const size_t out[2],
                      const xq_resize_taps* row, const xq_resize_taps* column, const xq_quant* from,
                      const xq_quant* to, void* y, void* workspace);

/* ---- Any dimensions, any filter ---------------------------------------------------------------
 */

typedef enum xq_filter {
  XQ_FILTER_LINEAR = 1, /* max(0, 1 - |d|) */
  XQ_FILTER_CUBIC = 2   /* Keys' kernel with a = cubic_a (ONNX: -0.75) and x = |d|:
                         * ((a + 2) x - (a + 3)) x x + 1 up to 1, ((a x - 5a) x + 8a) x - 4a up to 2,
                         * 0 beyond */
} xq_filter;

typedef struct xq_resize_rule {
  xq_filter filter;
  double cubic_a;
  int exclude_outside; /* elements beyond the edges weigh 0 and the others are scaled to 1; else
                        * edges repeat */
  int antialias;       /* where a dimension shrinks, distances are multiplied by its scale and the
                        * weights scaled to 1 */
} xq_resize_rule;

/* One dimension after the other, from the last to the first; those with in == out and a scale of 1
 * stay. With r = dequantize(x), over the source elements of an output in their order, weights of 0
 * left out:
 *   sum = f32(sum + f32(weight * r)), from 0
 * weight = f32 of its f64 formula; sums in f32 between the dimensions, quantized behind the last.
 * Every `in` >= 1. Workspace: xq_resize_separable_workspace_size bytes. */
size_t xq_resize_separable_workspace_size(const xq_resize_rule* rule, const xq_resize_axis* axes,
                                          size_t rank);
void xq_resize_separable(const xq_resize_rule* rule, const xq_resize_axis* axes, size_t rank,
                         const void* x, const xq_quant* from, const xq_quant* to, void* y,
                         void* workspace);

/* ---- Anywhere ---------------------------------------------------------------------------------
 * Weighted elements that the caller chose: GridSample, RoiAlign, MaxRoiPool, RotaryEmbedding.
 * Output o of a plane of `elements` reads, for k = start[o] ... start[o + 1] - 1, element index[k]
 * with weight[k]; r = dequantize(x); sum:     real = f32(sum of weight * f64(r))           in f64,
 * in their order, from 0 largest: real = f32(the largest of weight * f64(r)), 0 where there is none
 * y is [planes, outputs]. start does not fall, start[0] = 0; 0 <= index < elements. */
typedef struct xq_samples {
  size_t outputs;
  const int64_t* start; /* [outputs + 1] */
  const int64_t* index;
  const double* weight;
  int largest;
} xq_samples;
void xq_sample(const xq_samples* samples, const void* x, size_t planes, size_t elements,
               const xq_quant* from, const xq_quant* to, void* y);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_RESIZE_H_ */

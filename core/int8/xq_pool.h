/* Pooling and reductions. Sums of codes are exact integers. */
#ifndef XQUANT_INT8_XQ_POOL_H_
#define XQUANT_INT8_XQ_POOL_H_

#include "int8/xq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Pooling --------------------------------------------------------------------------------
 * Tensors are [planes, depth, height, width]; 1-D and 2-D pooling have leading dimensions of 1.
 * Output o reads positions o * stride - pad_begin + k * dilation that lie inside. `out` is the
 * caller's, who knows about ceil_mode. */
typedef struct xq_pool {
  size_t planes; /* batch * channels */
  size_t in[3], out[3], kernel[3], stride[3], dilation[3], pad_begin[3], pad_end[3];
} xq_pool;

/* Largest code, then xq_rescale (xq_move.h). A window without inside gives qmin of `to`. */
void xq_max_pool(const xq_pool* pool, const void* x, const xq_quant* from, const xq_quant* to,
                 void* y);

typedef enum xq_pool_count {
  XQ_COUNT_INSIDE = 1, /* positions inside the image */
  XQ_COUNT_PADDED = 2  /* and those in its padding, but not beyond it (count_include_pad) */
} xq_pool_count;

/* sum = exact integer sum of (q - zero_point), real = f32(f64(f64(sum) * f64(scale)) / count), then
 * quantize: the mean of the exact values, rounded to f32. A window that counts nothing gives zp. */
void xq_average_pool(const xq_pool* pool, xq_pool_count count, const void* x, const xq_quant* from,
                     const xq_quant* to, void* y);

/* ---- Reductions over the middle dimension of [outer, length, inner] ---------------------------
 * length >= 1, < 2^31. GlobalAveragePool is XQ_REDUCE_MEAN of [planes, size, 1]. */
typedef enum xq_reduction {
  XQ_REDUCE_SUM = 1,  /* f32(f64(sum) * f64(scale)); sum as above */
  XQ_REDUCE_MEAN = 2, /* as xq_average_pool */
  XQ_REDUCE_MAX = 3,  /* largest code, then xq_rescale */
  XQ_REDUCE_MIN = 4,
  XQ_REDUCE_L1 = 5,         /* f32(f64(sum of |q - zero_point|) * f64(scale)) */
  XQ_REDUCE_L2 = 6,         /* f32(f64(sqrt(f64(squares))) * f64(scale)); squares = sum of
                             * (q - zero_point)^2, exact; the root is rounded to f64 once */
  XQ_REDUCE_SUM_SQUARE = 7, /* f32(f64(squares) * (f64(scale) * f64(scale))) */
  /* Of r = dequantize(x), one after the other: */
  XQ_REDUCE_PROD = 8,    /* f32(product in f64, from 1) */
  XQ_REDUCE_LOG_SUM = 9, /* f32(log(sum in f64)), log in f64 as XQ_LOG's; NaN gives zp */
  XQ_REDUCE_LOG_SUM_EXP =
      10 /* f32(largest r + log(s)); s and log as in LogSoftmax (xq_normalize.h) */
} xq_reduction;

void xq_reduce(xq_reduction op, const void* x, size_t outer, size_t length, size_t inner,
               const xq_quant* from, const xq_quant* to, void* y);

/* CumSum: real[i] = f32(f64(sum) * f64(scale)) for each i along the middle dimension; sum, an exact
 * integer as above, of elements 0 ... i, or i ... length - 1 where `reverse`; without element i
 * where `exclusive`. y is [outer, length, inner]. length < 2^31. */
void xq_cumsum(const void* x, size_t outer, size_t length, size_t inner, int exclusive, int reverse,
               const xq_quant* from, const xq_quant* to, void* y);

/* ONNX LpPool of what is inside a window: p of 1 and 2 are XQ_REDUCE_L1 and XQ_REDUCE_L2, others
 *   f32(f64(root * f64(scale))), root = pow(sum of |q - zero_point|^p, 1 / p) in f64, pow as
 * XQ_POW's powers by multiplying p - 1 times; 0 of a sum of 0. 1 <= p <= XQ_MAX_NORM. */
#define XQ_MAX_NORM 32
void xq_lp_pool(const xq_pool* pool, int p, const void* x, const xq_quant* from, const xq_quant* to,
                void* y);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_POOL_H_ */

/* Softmax and normalizations: defined in floating point on dequantized values, one rounding to the
 * output's codes. Sums are made in f64 one after the other in memory order. */
#ifndef XQUANT_INT8_XQ_NORMALIZE_H_
#define XQUANT_INT8_XQ_NORMALIZE_H_

#include "int8/xq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Over the middle dimension of [outer, length, inner]; r = dequantize(x), m the largest q,
 *   d[i] = f32(f32(q[i] - m) * scale)      r[i] less the largest r, rounded once
 *   e[i] = exp(d[i])                       f32, by XQ_EXP of xq_elementwise.h
 *   s    = f32(sum of f64(e[i]))
 *   y[i] = quantize(f32(e[i] / s))                       Softmax
 *   y[i] = quantize(f32(d[i] - log(s)))                 LogSoftmax, log by XQ_LOG
 *   y[i] = quantize(1) for the first q[i] = m, else quantize(0)     Hardmax
 * Workspace: xq_softmax_workspace_size(length) bytes. */
size_t xq_softmax_workspace_size(size_t length);
void xq_softmax(const void* x, size_t outer, size_t length, size_t inner, const xq_quant* from,
                const xq_quant* to, void* y, void* workspace);
void xq_log_softmax(const void* x, size_t outer, size_t length, size_t inner, const xq_quant* from,
                    const xq_quant* to, void* y, void* workspace);
void xq_hardmax(const void* x, size_t outer, size_t length, size_t inner, const xq_quant* from,
                const xq_quant* to, void* y, void* workspace);

/* Rows of `length` elements, r = dequantize(x):
 *   mean = sum(r) / length, variance = sum((r - mean)^2) / length     in f64
 *   d    = f32(1 / sqrt(variance + f64(epsilon)))                     in f64, rounded once
 *   y    = quantize(((r - f32(mean)) * d) * gamma + beta)             in f32
 * gamma and beta are [length]; NULL: 1 and 0 (the operation is left out).
 * RMSNorm has no mean: y = quantize(f32(r / sqrt(sum(r^2) / length + f64(epsilon))) * gamma), the
 * quotient in f64, rounded once. Workspace: xq_norm_workspace_size(length) bytes. */
size_t xq_norm_workspace_size(size_t length);
void xq_layer_norm(const void* x, size_t rows, size_t length, const float* gamma, const float* beta,
                   float epsilon, const xq_quant* from, const xq_quant* to, void* y,
                   void* workspace);
void xq_rms_norm(const void* x, size_t rows, size_t length, const float* gamma, float epsilon,
                 const xq_quant* from, const xq_quant* to, void* y, void* workspace);

/* InstanceNormalization: planes [batch, channels] of `length` elements, statistics as in LayerNorm,
 *   y = quantize((r - f32(mean)) * f32(gamma[c] * d) + beta[c]). */
void xq_instance_norm(const void* x, size_t batch, size_t channels, size_t length,
                      const float* gamma, const float* beta, float epsilon, const xq_quant* from,
                      const xq_quant* to, void* y, void* workspace);

/* GroupNormalization: the same planes, statistics of channels / groups neighbouring ones together;
 * groups >= 1 divides channels. gamma and beta are [channels].
 *   y = quantize(f32((r - mean) / sqrt(variance + f64(epsilon))) * gamma[c] + beta[c])
 * the quotient of f64 numbers, rounded once.
 * Workspace: xq_norm_workspace_size(channels / groups * length) bytes. */
void xq_group_norm(const void* x, size_t batch, size_t channels, size_t length, size_t groups,
                   const float* gamma, const float* beta, float epsilon, const xq_quant* from,
                   const xq_quant* to, void* y, void* workspace);

typedef enum xq_divisor {
  XQ_DIVISOR_L1 = 1,       /* d = sum(|r|), m = 0 */
  XQ_DIVISOR_L2 = 2,       /* d = sqrt(sum(r^2)), m = 0 */
  XQ_DIVISOR_DEVIATION = 3 /* d = sqrt(variance) + 1e-9, m = mean, both as in LayerNorm */
} xq_divisor;

/* LpNormalization and MeanVarianceNormalization over the middle dimension of [outer, length,
 * inner]: y = quantize(f32((r - m) / d))      in f64, rounded once; NaN of 0 / 0 gives zp
 * Workspace: xq_norm_workspace_size(length) bytes. */
void xq_vector_norm(xq_divisor divisor, const void* x, size_t outer, size_t length, size_t inner,
                    const xq_quant* from, const xq_quant* to, void* y, void* workspace);

/* LRN over the channels of [batch, channels, inner]: `size` of them, from c - (size - 1) / 2 to
 * c + size / 2 as far as there are, are summed in their order,
 *   s = f32(f64(bias) + f64(alpha) / size * sum(r^2))   in f64
 *   y = quantize(f32(r / f32(pow(s, beta))))            pow as XQ_POW's (xq_elementwise.h)
 * size >= 1. */
typedef struct xq_lrn_window {
  size_t size;
  float alpha, beta, bias;
} xq_lrn_window;
void xq_lrn(const xq_lrn_window* window, const void* x, size_t batch, size_t channels, size_t inner,
            const xq_quant* from, const xq_quant* to, void* y);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_NORMALIZE_H_ */

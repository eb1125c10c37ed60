/* Matrix products: exact int32 sums of products, then one requantization. */
#ifndef XQUANT_INT8_XQ_PRODUCT_H_
#define XQUANT_INT8_XQ_PRODUCT_H_

#include "int8/xq_quantize.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Deepest sum of (x - zx) * w that cannot leave int32 for w in [-128, 127]:
 * 255 * 128 * 65793 = 2^31 - 128. */
#define XQ_MAX_DEPTH 65793
/* The same where both sides have a zero point: 255 * 255 * 33025 < 2^31. */
#define XQ_MAX_DEPTH_ASYMMETRIC 33025

/* ---- Gemm: [m, k] x [k, n] -> [m, n], w packed in advance -------------------------------------
 * acc[i][j] = bias[j] + sum over k of (x[i][k] - zx) * (w[k][j] - zw[j])       (bias NULL: 0)
 * x and w are s8 or u8, in any combination. The sum is exact for k <= XQ_MAX_DEPTH (required) when
 * every w - zw is in [-128, 127], which symmetric weights are, else for
 * k <= XQ_MAX_DEPTH_ASYMMETRIC (required); adding the bias wraps modulo 2^32. */
typedef struct xq_gemm {
  size_t m, n, k; /* k >= 1 */
} xq_gemm;

/* Weights and where they count from. w[k][j] is read at data[k * k_stride + j * n_stride]: (n, 1)
 * for [k, n], (1, k) for [n, k]. zero_points is 0 (symmetric: 0 for s8), 1 or n. */
typedef struct xq_weights {
  const void* data;
  xq_type type; /* XQ_S8 or XQ_U8 */
  const int32_t* zero_point;
  size_t zero_points;
} xq_weights;

size_t xq_gemm_packed_size(const xq_gemm* shape); /* bytes; independent of m */
void xq_gemm_pack(const xq_gemm* shape, const int8_t* w, size_t k_stride, size_t n_stride,
                  void* packed); /* symmetric s8 */
void xq_gemm_pack_weights(const xq_gemm* shape, const xq_weights* w, size_t k_stride,
                          size_t n_stride, void* packed);
size_t xq_gemm_workspace_size(const xq_gemm* shape); /* bytes */

/* The accumulator itself. */
void xq_gemm_s8_s32(const xq_gemm* shape, const int8_t* x, int32_t x_zero_point, const void* packed,
                    const int32_t* bias, int32_t* acc, void* workspace);
void xq_gemm_s32(const xq_gemm* shape, const xq_codes* x, const void* packed, const int32_t* bias,
                 int32_t* acc, void* workspace);
/* Requantized; multipliers run over n. */
void xq_gemm_s8(const xq_gemm* shape, const int8_t* x, int32_t x_zero_point, const void* packed,
                const int32_t* bias, const xq_requant* to, int8_t* y, void* workspace);
void xq_gemm_q8(const xq_gemm* shape, const xq_codes* x, const void* packed, const int32_t* bias,
                const xq_requant* to, xq_type type, void* y, void* workspace);

/* ---- MatMul: both operands are data, with leading dimensions that broadcast -------------------
 * acc[..][i][j] = sum over k of (a[..][i][k] - za) * (b[..][k][j] - zb[j])
 * a is [a_batch.., m, k], b is [b_batch.., k, n]; leading dimensions are equal, or one is 1.
 * k <= XQ_MAX_DEPTH_ASYMMETRIC, or XQ_MAX_DEPTH when b is s8 with zero point 0. */
typedef struct xq_matmul {
  size_t m, n, k;    /* k >= 1 */
  size_t batch_rank; /* <= XQ_MAX_RANK */
  size_t a_batch[XQ_MAX_RANK], b_batch[XQ_MAX_RANK];
} xq_matmul;

size_t xq_matmul_batch(const xq_matmul* shape); /* matrices of the result */
size_t xq_matmul_workspace_size(const xq_matmul* shape);

/* b's strides are (n, 1). */
void xq_matmul_s32(const xq_matmul* shape, const xq_codes* a, const xq_weights* b, int32_t* acc,
                   void* workspace);
/* Requantized; multipliers run over n. */
void xq_matmul_q8(const xq_matmul* shape, const xq_codes* a, const xq_weights* b,
                  const xq_requant* to, xq_type type, void* y, void* workspace);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_PRODUCT_H_ */

/* Products where an operand or the result has 16 bits.
 *
 * A code of 16 bits is two of 8: q - zp = 256 * (high - high zp) + (low - low zp), where `high` is
 * the upper byte (s8 of S16, u8 of U16) and `low` the lower one (u8). So a product is one product
 * of xq_product.h or xq_conv.h for each pair of bytes, two with weights of 8 bits and four with
 * those of 16, each an exact int32 sum, and acc     = bias + sum of (x - zx) * (w - zw)        an
 * exact integer below 2^53 r       = f32(f32(acc) * m) result  = r, or clamp(rhe(r), qmin - zp,
 * qmax - zp) + zp, or what a stage makes of r The depth is bounded as there; weights of 16 bits
 * have asymmetric bytes: XQ_MAX_DEPTH_ASYMMETRIC. */
#ifndef XQUANT_INT8_XQ_WIDE_H_
#define XQUANT_INT8_XQ_WIDE_H_

#include "int8/xq_conv.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Weights as xq_gemm_pack_weights, xq_conv_pack or xq_conv_transpose_pack packed them. */
typedef struct xq_wide_weights {
  const void* high; /* those of 8 bits, or the upper bytes of those of 16 */
  const void* low;  /* the lower bytes; NULL for weights of 8 bits */
} xq_wide_weights;

/* The n weights w of 8 or 16 bits as one or two sets of bytes, to be packed one after the other;
 * returns how many. What they point to lies in `room`, aligned to XQ_ALIGNMENT, or is w's. */
size_t xq_split_weights_size(const xq_weights* w, size_t n); /* bytes of room */
size_t xq_split_weights(const xq_weights* w, size_t n, xq_weights planes[2], void* room);

/* Where results go: exactly one of q and real is set. Multipliers run over the outputs; for real
 * numbers, or with a stage, they are f32(input_scale * weight_scale), and zero point and bounds of
 * `to` do not matter for real numbers. */
typedef struct xq_wide_result {
  const xq_requant* to;
  xq_type type; /* of q: 8 or 16 bits */
  void* q;
  float* real;
} xq_wide_result;

/* x is of 8 or 16 bits; bias is NULL or one for each output, |bias| <= 2^52. */
size_t xq_wide_gemm_workspace_size(const xq_gemm* shape);
void xq_wide_gemm(const xq_gemm* shape, const xq_codes* x, const xq_wide_weights* w,
                  const int64_t* bias, const xq_wide_result* result, void* workspace);

size_t xq_wide_conv_workspace_size(const xq_conv* conv);
void xq_wide_conv(const xq_conv* conv, const xq_codes* x, const xq_wide_weights* w,
                  const int64_t* bias, const xq_wide_result* result, void* workspace);

size_t xq_wide_conv_transpose_workspace_size(const xq_conv* conv);
void xq_wide_conv_transpose(const xq_conv* conv, const xq_codes* x, const xq_wide_weights* w,
                            const int64_t* bias, const xq_wide_result* result, void* workspace);

/* a and b are of 8 or 16 bits each; b's strides are (n, 1). */
size_t xq_wide_matmul_workspace_size(const xq_matmul* shape, const xq_weights* b);
void xq_wide_matmul(const xq_matmul* shape, const xq_codes* a, const xq_weights* b,
                    const xq_wide_result* result, void* workspace);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_WIDE_H_ */

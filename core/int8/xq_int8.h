/* xq_int8: what an int8 result is.
 *
 * A C library without dependencies and without allocation. Every function states its arithmetic;
 * each instruction set (scalar, AVX2, WebAssembly SIMD128, RVV 1.0) returns the same bits.
 *
 * Conventions
 *   Tensors are dense and row major; sizes count elements unless "bytes" is said.
 *   rhe(v)      v rounded to the nearest integer, halves to even.
 *   f32(v)      v rounded to IEEE binary32, halves to even. Every float operation below is one such
 *               rounding; denormals count. The caller leaves the processor's default rounding mode
 *               on and flush-to-zero off.
 *   clamp(v, a, b) = min(max(v, a), b)
 *   Preconditions are checked on entry in every build; a violation prints the condition and aborts.
 *   Tensor pointers need the natural alignment of their element. Packed weights and workspaces are
 *   aligned to XQ_ALIGNMENT. Inputs and outputs do not overlap.
 */
#ifndef XQUANT_INT8_XQ_INT8_H_
#define XQUANT_INT8_XQ_INT8_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes; what malloc and operator new give. */
#define XQ_ALIGNMENT 8

/* Deepest sum of (x - zx) * w that cannot leave int32: 255 * 128 * 65793 = 2^31 - 128. */
#define XQ_MAX_DEPTH 65793

/* ---- Which implementation runs --------------------------------------------------------------- */

typedef struct xq_isa {
  const char* name; /* "scalar", "avx2", "wasm_simd128", "rvv" */
  int available;    /* 1 when this processor can run it */
  int active;       /* 1 for the one in use */
} xq_isa;

/* Name of the implementation in use: the fastest available one unless xq_int8_select chose. */
const char* xq_int8_isa(void);

/* Number of compiled implementations; fills at most `capacity` entries of `table`. */
size_t xq_int8_isa_table(xq_isa* table, size_t capacity);

/* Makes `name` active: 1 when done, 0 when unknown or unavailable. Packed weights belong to the
 * implementation that packed them (checked), so select before packing and from one thread. */
int xq_int8_select(const char* name);

/* ---- Quantize: f32 -> 8 bit ------------------------------------------------------------------
 * q = clamp(rhe(f32(x / scale)), qmin - zp, qmax - zp) + zp
 * [qmin, qmax] is [-128, 127] for s8 and [0, 255] for u8.
 * A division, not a multiplication by the reciprocal; the zero point is added after rounding
 * (ONNX QuantizeLinear). +-Inf saturates, -0 gives zp, NaN gives zp.
 * Returns the number of NaN. Requires: scale finite and > 0, zp in [qmin, qmax]. */
size_t xq_quantize_f32_s8(const float* x, size_t n, float scale, int32_t zero_point, int8_t* q);
size_t xq_quantize_f32_u8(const float* x, size_t n, float scale, int32_t zero_point, uint8_t* q);

/* Per axis: tensors are [outer, channels, inner], scale and zero_point [channels]. A zero_point of
 * NULL means zero for every channel. */
size_t xq_quantize_axis_f32_s8(const float* x, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, int8_t* q);
size_t xq_quantize_axis_f32_u8(const float* x, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, uint8_t* q);

/* ---- Dequantize: 8 bit -> f32 ----------------------------------------------------------------
 * x = f32((q - zp) * scale); q - zp is exact. Same requirements as quantize. */
void xq_dequantize_s8_f32(const int8_t* q, size_t n, float scale, int32_t zero_point, float* x);
void xq_dequantize_u8_f32(const uint8_t* q, size_t n, float scale, int32_t zero_point, float* x);
void xq_dequantize_axis_s8_f32(const int8_t* q, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, float* x);
void xq_dequantize_axis_u8_f32(const uint8_t* q, size_t outer, size_t channels, size_t inner,
                               const float* scale, const int32_t* zero_point, float* x);

/* ---- Requantize: int32 accumulator -> 8 bit --------------------------------------------------
 * q = clamp(rhe(f32(f32(acc) * m)), qmin - zp, qmax - zp) + zp
 * f32(acc) is exact for |acc| <= 2^24 and rounds half to even beyond. No addition follows the
 * multiplication in floating point, so a fused multiply-add cannot change the result. */
typedef struct xq_requant {
  const float* multiplier; /* finite, >= 0; xq_requant_multiplier() */
  size_t multipliers;      /* 1, or one for each output channel */
  int32_t zero_point;      /* of the output, within the range of its type (not of [qmin, qmax]) */
  int32_t qmin, qmax;      /* bounds of q, within the range of its type; fused Relu: qmin = zp */
} xq_requant;

/* m = f32(f32(input_scale * weight_scale) / output_scale), in this order. */
float xq_requant_multiplier(float input_scale, float weight_scale, float output_scale);

/* Tensors are [outer, channels, inner]; multiplier[c] belongs to channel c. */
void xq_requantize_s32_s8(const int32_t* acc, size_t outer, size_t channels, size_t inner,
                          const xq_requant* to, int8_t* q);
void xq_requantize_s32_u8(const int32_t* acc, size_t outer, size_t channels, size_t inner,
                          const xq_requant* to, uint8_t* q);

/* ---- Gemm: [m, k] x [k, n] -> [m, n] ---------------------------------------------------------
 * acc[i][j] = bias[j] + sum over k of (x[i][k] - zx) * w[k][j]       (bias NULL: 0)
 * Activations are asymmetric (zx in [-128, 127]), weights symmetric (all of [-128, 127] allowed).
 * The sum is exact for k <= XQ_MAX_DEPTH (required); adding the bias wraps modulo 2^32.
 * A uint8 tensor is the int8 tensor with every byte xor 0x80 and its zero point minus 128. */
typedef struct xq_gemm {
  size_t m, n, k; /* k >= 1 */
} xq_gemm;

size_t xq_gemm_packed_size(const xq_gemm* shape); /* bytes; independent of m */
/* w[k][j] is read at w[k * k_stride + j * n_stride]: (n, 1) for [k, n], (1, k) for [n, k]. */
void xq_gemm_pack(const xq_gemm* shape, const int8_t* w, size_t k_stride, size_t n_stride,
                  void* packed);
size_t xq_gemm_workspace_size(const xq_gemm* shape); /* bytes */

/* The accumulator itself. */
void xq_gemm_s8_s32(const xq_gemm* shape, const int8_t* x, int32_t x_zero_point, const void* packed,
                    const int32_t* bias, int32_t* acc, void* workspace);
/* Requantized; multipliers run over n. */
void xq_gemm_s8(const xq_gemm* shape, const int8_t* x, int32_t x_zero_point, const void* packed,
                const int32_t* bias, const xq_requant* to, int8_t* y, void* workspace);

/* ---- Conv2d ----------------------------------------------------------------------------------
 * x [batch, in_channels, h, w], w [out_channels, in_channels / groups, kh, kw]
 * acc = bias[oc] + sum over (ic, i, j) of
 *       (x[ic][oh * sh - top + i * dh][ow * sw - left + j * dw] - zx) * w[oc][ic][i][j]
 * Outside the image x is zx: padding adds nothing. Depth in_channels / groups * kh * kw
 * <= XQ_MAX_DEPTH; signs, bias and wrapping as in Gemm. groups = in_channels is depthwise. */
typedef struct xq_conv2d {
  size_t batch, in_channels, in_height, in_width;
  size_t out_channels, groups; /* groups divides both channel counts */
  size_t kernel_height, kernel_width;
  size_t stride_height, stride_width;     /* >= 1 */
  size_t dilation_height, dilation_width; /* >= 1 */
  size_t pad_top, pad_left, pad_bottom, pad_right;
} xq_conv2d;

/* floor((in + pads - ((kernel - 1) * dilation + 1)) / stride) + 1. Requires a kernel that fits. */
size_t xq_conv2d_out_height(const xq_conv2d* conv);
size_t xq_conv2d_out_width(const xq_conv2d* conv);

size_t xq_conv2d_packed_size(const xq_conv2d* conv); /* bytes; independent of batch and image */
void xq_conv2d_pack(const xq_conv2d* conv, const int8_t* w, void* packed);
size_t xq_conv2d_workspace_size(const xq_conv2d* conv); /* bytes */

void xq_conv2d_s8_s32(const xq_conv2d* conv, const int8_t* x, int32_t x_zero_point,
                      const void* packed, const int32_t* bias, int32_t* acc, void* workspace);
/* Requantized; multipliers run over out_channels. */
void xq_conv2d_s8(const xq_conv2d* conv, const int8_t* x, int32_t x_zero_point, const void* packed,
                  const int32_t* bias, const xq_requant* to, int8_t* y, void* workspace);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_INT8_H_ */

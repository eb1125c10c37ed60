/* xq_int8: what an int8 result is.
 *
 * A C library without dependencies and without allocation. Every function states its arithmetic;
 * each instruction set (scalar, AVX2, AVX-512 VNNI, WebAssembly SIMD128, RVV 1.0) returns the same
 * bits. This header is all there is; its topics are
 *
 *   xq_types.h        how integers code real numbers, shapes
 *   xq_quantize.h     quantize, dequantize, requantize (float multiplier, fixed point)
 *   xq_product.h      Gemm, MatMul
 *   xq_conv.h         Conv and ConvTranspose in one to three dimensions
 *   xq_wide.h         the same with 16 bits
 *   xq_elementwise.h  operators of one and two operands, tables
 *   xq_expression.h   several operands and operations, element by element
 *   xq_stage.h        functions between a product and its codes
 *   xq_pool.h         pooling and reductions
 *   xq_resize.h       Resize, samples anywhere
 *   xq_normalize.h    Softmax, normalizations
 *   xq_move.h         Concat, Transpose, Slice, Gather, Pad, Scatter
 *
 * Conventions
 *   Tensors are dense and row major; sizes count elements unless "bytes" is said.
 *   rhe(v)      v rounded to the nearest integer, halves to even.
 *   f32(v)      v rounded to IEEE binary32, halves to even; f64(v) to binary64. Every float
 *               operation is one such rounding; denormals count. The caller leaves the processor's
 *               default rounding mode on and flush-to-zero off.
 *   clamp(v, a, b) = min(max(v, a), b)
 *   Preconditions are checked on entry in every build; a violation prints the condition and aborts.
 *   Tensor pointers need the natural alignment of their element. Packed weights and workspaces are
 *   aligned to XQ_ALIGNMENT. Inputs and outputs do not overlap unless a function allows it.
 */
#ifndef XQUANT_INT8_XQ_INT8_H_
#define XQUANT_INT8_XQ_INT8_H_

#include "int8/xq_conv.h"
#include "int8/xq_elementwise.h"
#include "int8/xq_expression.h"
#include "int8/xq_move.h"
#include "int8/xq_normalize.h"
#include "int8/xq_pool.h"
#include "int8/xq_product.h"
#include "int8/xq_quantize.h"
#include "int8/xq_resize.h"
#include "int8/xq_stage.h"
#include "int8/xq_types.h"
#include "int8/xq_wide.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Which implementation runs --------------------------------------------------------------- */

typedef struct xq_isa {
  const char* name; /* "scalar", "avx2", "avx512_vnni", "wasm_simd128", "rvv" */
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

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_INT8_H_ */

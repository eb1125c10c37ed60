/* What the topics of xq_int8.h share: how integers code real numbers, and shapes. */
#ifndef XQUANT_INT8_XQ_TYPES_H_
#define XQUANT_INT8_XQ_TYPES_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes; what malloc and operator new give. */
#define XQ_ALIGNMENT 8

/* Most dimensions of a shape. */
#define XQ_MAX_RANK 8

typedef enum xq_type { XQ_S8 = 1, XQ_U8 = 2, XQ_S16 = 3, XQ_U16 = 4 } xq_type;

size_t xq_type_size(xq_type type); /* bytes of an element: 1 or 2 */
int32_t xq_type_min(xq_type type); /* -128, 0, -32768, 0 */
int32_t xq_type_max(xq_type type); /* 127, 255, 32767, 65535 */

/* How a tensor codes real numbers.
 * Read (dequantize):  real = f32(f32(q - zero_point) * scale)
 * Written (quantize): q = clamp(rhe(f32(real / scale)), qmin - zero_point, qmax - zero_point)
 *                         + zero_point; NaN gives zero_point
 * scale is finite and > 0, zero_point within the type, qmin <= qmax within the type. qmin and qmax
 * bound what is written (a fused Relu has qmin = zero_point) and do not matter for reading. */
typedef struct xq_quant {
  xq_type type;
  float scale;
  int32_t zero_point;
  int32_t qmin, qmax;
} xq_quant;

/* With the whole range of the type. */
xq_quant xq_quant_of(xq_type type, float scale, int32_t zero_point);

/* 8-bit codes and the number they count from: what an exact product reads is q - zero_point. */
typedef struct xq_codes {
  const void* data;
  xq_type type; /* XQ_S8 or XQ_U8 */
  int32_t zero_point;
} xq_codes;

typedef struct xq_shape {
  size_t rank; /* <= XQ_MAX_RANK; 0 is a scalar */
  size_t dims[XQ_MAX_RANK];
} xq_shape;

size_t xq_shape_elements(const xq_shape* shape);

/* A dense tensor. */
typedef struct xq_tensor {
  const void* data;
  xq_quant quant;
  xq_shape shape;
} xq_tensor;

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_TYPES_H_ */

/* Element-wise operators: DequantizeLinear -> operator -> QuantizeLinear in f32, in that order.
 * Every operation of a formula is one f32 rounding unless it says otherwise. */
#ifndef XQUANT_INT8_XQ_ELEMENTWISE_H_
#define XQUANT_INT8_XQ_ELEMENTWISE_H_

#include "int8/xq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Two operands ---------------------------------------------------------------------------- */

typedef enum xq_binary_op {
  XQ_ADD = 1,   /* f32(x + y) */
  XQ_SUB = 2,   /* f32(x - y) */
  XQ_MUL = 3,   /* f32(x * y) */
  XQ_DIV = 4,   /* f32(x / y); x / 0 saturates, 0 / 0 is NaN */
  XQ_MIN = 5,   /* x < y ? x : y */
  XQ_MAX = 6,   /* x > y ? x : y */
  XQ_PRELU = 7, /* x < 0 ? f32(x * y) : x */
  XQ_POW = 8,   /* y = 2 ? f32(x * x) : f32(exp(y log|x|)), with the sign and the exceptions of IEEE
                 * 754-2019 section 9.2.1; exp and log in f64 as below */
  XQ_FMOD = 9,  /* C's fmod: x - n y, n rounded toward zero; exact, with the sign of x */
} xq_binary_op;

/* NumPy broadcasting: dimensions are aligned at the end and are equal, or one of them is 1. */
int xq_can_broadcast(const xq_shape* a, const xq_shape* b);
xq_shape xq_broadcast_shape(const xq_shape* a, const xq_shape* b); /* requires that they can */

/* z = quantize(op(dequantize(x), dequantize(y))), of shape xq_broadcast_shape. Types may differ.
 * Returns the number of NaN. z may be x.data or y.data where the element size and the shape agree.
 */
size_t xq_binary(xq_binary_op op, const xq_tensor* x, const xq_tensor* y, const xq_quant* to,
                 void* z);

/* ---- One operand ----------------------------------------------------------------------------- */

typedef enum xq_unary_op {
  XQ_RELU = 1,         /* x < 0 ? 0 : x */
  XQ_LEAKY_RELU = 2,   /* x < 0 ? alpha * x : x */
  XQ_CLIP = 3,         /* min(max(x, alpha), beta) */
  XQ_ABS = 4,          /* |x| */
  XQ_NEG = 5,          /* -x */
  XQ_HARD_SIGMOID = 6, /* max(0, min(1, alpha * x + beta)) */
  XQ_HARD_SWISH = 7,   /* x * max(0, min(1, f32(1/6) * x + 1/2)) */
  XQ_RECIPROCAL = 8,   /* 1 / x */
  XQ_SQRT = 9,         /* correctly rounded; NaN below 0 */
  XQ_EXP = 10,         /* this and the following: by the functions below */
  XQ_LOG = 11,
  XQ_SIGMOID = 12, /* 1 / (1 + exp(-x)) */
  XQ_TANH = 13,
  XQ_ERF = 14,
  XQ_SOFTPLUS = 15,  /* log(1 + exp(x)) */
  XQ_SILU = 16,      /* x * sigmoid(alpha * x); alpha 1 */
  XQ_GELU = 17,      /* (0.5 x) * (1 + erf(x * f32(1/sqrt 2))) */
  XQ_GELU_TANH = 18, /* (0.5 x) * (1 + tanh(c (x + 0.044715 ((x x) x)))), c = 0.797884560802865 */
  XQ_ELU = 19,       /* x < 0 ? alpha * expm1(x) : x */
  XQ_SELU = 20,      /* beta * (x < 0 ? alpha * expm1(x) : x) */
  XQ_MISH = 21,      /* x * tanh(softplus(x)) */
  XQ_SOFTSIGN = 22,  /* x / (1 + |x|) */
  XQ_CELU = 23,      /* max(0, x) + min(0, alpha * expm1(x / alpha)) */
  XQ_SHRINK = 24,    /* x < -alpha ? x + beta : x > alpha ? x - beta : 0 */
  XQ_THRESHOLDED_RELU = 25, /* x > alpha ? x : 0 */
  XQ_SIGN = 26,             /* 1, -1, or x where it is 0 */
  XQ_TO_NEAREST = 27,       /* halves to even */
  XQ_TO_FLOOR = 28,
  XQ_TO_CEIL = 29,
} xq_unary_op;

typedef struct xq_unary_function {
  xq_unary_op op;
  float alpha, beta; /* where the formula names them */
} xq_unary_function;

/* The function itself on floats. The sigmoid function is computed in binary32 (error below 2 ulp),
 * the other elementary functions in binary64 and rounded to f32 once (below 0.51 ulp), by the
 * formulas and polynomials of real/functions.h, without libm. y may be x. */
void xq_unary_f32(const xq_unary_function* f, const float* x, size_t n, float* y);

/* y = quantize(f(dequantize(x))). Returns the number of NaN. y may be x when the sizes agree. */
size_t xq_unary(const xq_unary_function* f, const void* x, size_t n, const xq_quant* from,
                const xq_quant* to, void* y);

/* ---- Tables ----------------------------------------------------------------------------------
 * Any function of one 8-bit tensor as 256 bytes: table[byte of x] = byte of y. */
typedef uint8_t xq_table[256];

/* An array function of floats; y may not be x. */
typedef void (*xq_real_function)(const float* x, size_t n, float* y, void* context);

/* table = quantize(f(dequantize(every byte))); both types of 8 bit. Returns the number of NaN. */
size_t xq_table_of(xq_real_function f, void* context, const xq_quant* from, const xq_quant* to,
                   xq_table table);
/* The same for the functions above. */
size_t xq_unary_table(const xq_unary_function* f, const xq_quant* from, const xq_quant* to,
                      xq_table table);
/* y[i] = table[x[i]]; y may be x. */
void xq_table_apply(const xq_table table, const void* x, size_t n, void* y);

/* The same where one of the types has 16 bits: an entry of y's type for each code of x, in the
 * order of their bits without sign. table has xq_wide_table_size bytes, 128 KiB at most, and the
 * alignment of y's type; y may be x where the types' sizes agree. */
size_t xq_wide_table_size(xq_type from, xq_type to);
size_t xq_wide_table_of(xq_real_function f, void* context, const xq_quant* from, const xq_quant* to,
                        void* table);
void xq_wide_table_apply(const void* table, xq_type from, xq_type to, const void* x, size_t n,
                         void* y);

/* A table that is a line between two bounds, as those of rescaling and Clip are; arithmetic is
 * faster than looking up. With codes in [-128, 127], those of uint8 less 128: y = clamp(((x * slope
 * + part) >> shift) + whole, low, high) */
typedef struct xq_line {
  int32_t slope, part, shift, whole; /* 0 <= slope, part < 2^15 */
  int32_t low, high;
  uint8_t x_flip, y_flip; /* 0x80 for uint8, else 0 */
} xq_line;

/* Finds the line whose values are those of the table for all 256 bytes; 0 when there is none, or
 * looking up is faster in this instruction set. */
int xq_line_of(const xq_table table, xq_line* line);
/* The bytes of xq_table_apply; y may be x. */
void xq_line_apply(const xq_line* line, const void* x, size_t n, void* y);

#ifdef __cplusplus
}
#endif

#endif /* XQUANT_INT8_XQ_ELEMENTWISE_H_ */

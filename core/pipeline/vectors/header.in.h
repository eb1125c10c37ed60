/* Test vectors of @MODEL@, made by xquant check. Offsets are into vectors.bin. */
#ifndef XQV_VECTORS_H_
#define XQV_VECTORS_H_

#include "int8/xq_int8.h"

#define XQV_NONE ((size_t)-1)

typedef enum xqv_kind {
  XQV_CONV,
  XQV_CONV_TRANSPOSE,
  XQV_GEMM,
  XQV_MATMUL,
  XQV_BINARY,
  XQV_EXPRESSION,
  XQV_AVERAGE_POOL,
  XQV_LP_POOL,
  XQV_REDUCE,
  XQV_SOFTMAX,
  XQV_NORMALIZATION,
  XQV_RESIZE_LINEAR,
  XQV_RESIZE_SEPARABLE,
  XQV_TABLE,
  XQV_MAX_POOL,
  XQV_CONCAT,
  XQV_MOVE,
  XQV_PAD,
  XQV_GATHER,
  XQV_RESIZE_NEAREST,
  XQV_QUANTIZE,
  XQV_SCATTER,
  XQV_CUMSUM,
  XQV_VECTOR_NORM,
  XQV_LRN,
  XQV_WIDE_TABLE,
  XQV_SAMPLE
} xqv_kind;

typedef enum xqv_normalization {
  XQV_INSTANCE_NORM = 0,
  XQV_LAYER_NORM = 1,
  XQV_RMS_NORM = 2,
  XQV_GROUP_NORM = 3
} xqv_normalization;

/* One call of the library, its operands and its result. */
typedef struct xqv_step {
  const char* node; /* of the model */
  xqv_kind kind;
  int to_float; /* y is f32(f32(acc) * multiplier) */
  int is_wide;  /* a product with a tensor of 16 bits */
  int option; /* xq_binary_op, xq_pool_count, p of LpPool, xq_reduction, xq_scatter_op, xq_divisor,
              xqv_normalization;
              Softmax 1: LogSoftmax, 2: Hardmax; Pad: code; Table, 1: channels share a row;
              CumSum: 1 exclusive, 2 reverse; Sample 1: the largest */
  float epsilon;
  size_t x, second, y, y_bytes;                       /* tensors */
  size_t multipliers, multiplier_count;               /* f32 */
  size_t bias;                                        /* int32; int64 where is_wide */
  size_t second_zero_points, second_zero_point_count; /* int32 */
  size_t gamma, beta;                                 /* f32; Lrn: alpha, beta, bias */
  size_t stage_count, stage_constants;                /* f32, of all steps one after the other */
  xq_step stage[XQ_MAX_STEPS]; /* of Conv, ConvTranspose, Gemm, MatMul, Expression */
  size_t operand_count;
  xq_operand operands[XQ_MAX_OPERANDS]; /* of Expression, their data by table */
  xq_quant x_quant, second_quant, to;
  /* int64. Move and Reduce: first element, strides; VectorNorm: then those of
   * the way back to second_shape. Pad: begins, ends. Gather, Scatter: index. Sample: index, then
   * double: weights. ResizeNearest: of rows, of columns. Concat: offset and length of each operand.
   * Expression: offset of each operand. */
  size_t table, table_count;
  size_t outer, length, inner, groups;
  size_t k_stride, n_stride;
  xq_shape x_shape, second_shape;
  xq_conv conv;
  xq_gemm gemm;
  xq_matmul matmul;
  xq_pool pool;
  xq_resize_axis
      resize[XQ_MAX_RANK]; /* rows, columns; ResizeSeparable: all dimensions of x_shape */
  xq_resize_rule rule;     /* of ResizeSeparable */
} xqv_step;

/* The functions of xq_unary_op on arrays. Each instruction set compiles this file into its table,
 * so that the compiler makes vectors of its length from these loops; lanes do not depend on each
 * other, so the bits are those of plain C. */
#ifndef XQUANT_INT8_REAL_MAP_H_
#define XQUANT_INT8_REAL_MAP_H_

#include "int8/real/functions.h"
#include "int8/xq_elementwise.h"

static inline float xq_maximum(float a, float b) { return a != a || a > b ? a : b; }
static inline float xq_minimum(float a, float b) { return a != a || a < b ? a : b; }

/* One function of one float. */
static inline float xq_expm1_f32(float x) { return (float)xq_expm1((double)x); }
static inline float xq_tanh_f32(float x) { return (float)xq_tanh((double)x); }

static inline float xq_elu(float x, float alpha) { return x < 0.0f ? alpha * xq_expm1_f32(x) : x; }

static inline float xq_gelu(float x, float t) { return 0.5f * x * (1.0f + t); }

#define XQ_EACH(expression)        \
  for (size_t i = 0; i < n; ++i) { \
    const float v = x[i];          \
    y[i] = (expression);           \
  }                                \
  return

/* y[i] = f32(f32(acc[i]) * unit) */
static void xq_real_of(const int32_t* acc, size_t n, float unit, float* y) {
  for (size_t i = 0; i < n; ++i) y[i] = (float)acc[i] * unit;
}

/* y[i] = f(x[i]); y may be x. */
static void xq_map(const xq_unary_function* f, const float* x, size_t n, float* y) {
  const float alpha = f->alpha;
  const float beta = f->beta;
  switch (f->op) {
    case XQ_RELU:
      XQ_EACH(v < 0.0f ? 0.0f : v);
    case XQ_LEAKY_RELU:
      XQ_EACH(v < 0.0f ? alpha * v : v);
    case XQ_CLIP:
      XQ_EACH(xq_minimum(xq_maximum(v, alpha), beta));
    case XQ_ABS:
      XQ_EACH(v < 0.0f ? -v : v);
    case XQ_NEG:
      XQ_EACH(-v);
    case XQ_HARD_SIGMOID:
      XQ_EACH(xq_maximum(0.0f, xq_minimum(1.0f, alpha * v + beta)));
    case XQ_HARD_SWISH:
      XQ_EACH(v * xq_maximum(0.0f, xq_minimum(1.0f, (1.0f / 6.0f) * v + 0.5f)));
    case XQ_RECIPROCAL:
      XQ_EACH(1.0f / v);
    case XQ_SQRT: /* a correctly rounded f64 root rounds to the correctly rounded f32 root */
      XQ_EACH((float)xq_sqrt((double)v));
    case XQ_EXP:
      XQ_EACH((float)xq_exp((double)v));
    case XQ_LOG:
      XQ_EACH((float)xq_log((double)v));
    case XQ_SIGMOID:
      XQ_EACH(xq_sigmoid_f32(v));
    case XQ_TANH:
      XQ_EACH(xq_tanh_f32(v));
    case XQ_ERF:
      XQ_EACH((float)xq_erf((double)v));
    case XQ_SOFTPLUS:
      XQ_EACH((float)xq_softplus((double)v));
    case XQ_SILU:
      XQ_EACH(v * xq_sigmoid_f32(alpha * v));
    case XQ_GELU:
      XQ_EACH(xq_gelu(v, (float)xq_erf((double)(v * 0.70710678118654752f))));
    case XQ_GELU_TANH:
      XQ_EACH(xq_gelu(v, xq_tanh_f32(0.797884560802865f * (v + 0.044715f * (v * v * v)))));
    case XQ_ELU:
      XQ_EACH(xq_elu(v, alpha));
    case XQ_SELU:
      XQ_EACH(beta * xq_elu(v, alpha));
    case XQ_MISH:
      XQ_EACH(v * xq_tanh_f32((float)xq_softplus((double)v)));
    case XQ_CELU:
      XQ_EACH(xq_maximum(0.0f, v) + xq_minimum(0.0f, alpha * xq_expm1_f32(v / alpha)));
    case XQ_SHRINK:
      XQ_EACH(v < -alpha ? v + beta : v > alpha ? v - beta : 0.0f);
    case XQ_THRESHOLDED_RELU:
      XQ_EACH(v > alpha ? v : 0.0f);
    case XQ_SIGN:
      XQ_EACH(v > 0.0f ? 1.0f : v < 0.0f ? -1.0f : v);
    case XQ_TO_NEAREST:
      XQ_EACH((float)xq_nearest_integer((double)v));
    case XQ_TO_FLOOR:
      XQ_EACH((float)xq_floor((double)v));
    case XQ_TO_CEIL:
      XQ_EACH((float)-xq_floor(-(double)v));
    case XQ_SOFTSIGN:
      XQ_EACH(v / (1.0f + (v < 0.0f ? -v : v)));
  }
}

#undef XQ_EACH

#endif /* XQUANT_INT8_REAL_MAP_H_ */

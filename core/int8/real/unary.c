#include "int8/codes/codes.h"
#include "int8/real/functions.h"
#include "int8/require.h"
#include "int8/xq_elementwise.h"

static float maximum(float a, float b) { return a != a || a > b ? a : b; }
static float minimum(float a, float b) { return a != a || a < b ? a : b; }

/* One function of one float. */
static float expm1_f32(float x) { return (float)xq_expm1((double)x); }
static float tanh_f32(float x) { return (float)xq_tanh((double)x); }
static float sigmoid_f32(float x) { return (float)xq_sigmoid((double)x); }

static float elu(float x, float alpha) { return x < 0.0f ? alpha * expm1_f32(x) : x; }

static float gelu(float x, float t) { return 0.5f * x * (1.0f + t); }

static float value_of(const xq_unary_function* f, float x) {
  switch (f->op) {
    case XQ_RELU:
      return x < 0.0f ? 0.0f : x;
    case XQ_LEAKY_RELU:
      return x < 0.0f ? f->alpha * x : x;
    case XQ_CLIP:
      return minimum(maximum(x, f->alpha), f->beta);
    case XQ_ABS:
      return x < 0.0f ? -x : x;
    case XQ_NEG:
      return -x;
    case XQ_HARD_SIGMOID:
      return maximum(0.0f, minimum(1.0f, f->alpha * x + f->beta));
    case XQ_HARD_SWISH:
      return x * maximum(0.0f, minimum(1.0f, (1.0f / 6.0f) * x + 0.5f));
    case XQ_RECIPROCAL:
      return 1.0f / x;
    case XQ_SQRT: /* a correctly rounded f64 root rounds to the correctly rounded f32 root */
      return (float)xq_sqrt((double)x);
    case XQ_EXP:
      return (float)xq_exp((double)x);
    case XQ_LOG:
      return (float)xq_log((double)x);
    case XQ_SIGMOID:
      return sigmoid_f32(x);
    case XQ_TANH:
      return tanh_f32(x);
    case XQ_ERF:
      return (float)xq_erf((double)x);
    case XQ_SOFTPLUS:
      return (float)xq_softplus((double)x);
    case XQ_SILU:
      return x * sigmoid_f32(f->alpha * x);
    case XQ_GELU:
      return gelu(x, (float)xq_erf((double)(x * 0.70710678118654752f)));
    case XQ_GELU_TANH:
      return gelu(x, tanh_f32(0.797884560802865f * (x + 0.044715f * (x * x * x))));
    case XQ_ELU:
      return elu(x, f->alpha);
    case XQ_SELU:
      return f->beta * elu(x, f->alpha);
    case XQ_MISH:
      return x * tanh_f32((float)xq_softplus((double)x));
    case XQ_SOFTSIGN:
      return x / (1.0f + (x < 0.0f ? -x : x));
  }
  return x;
}

static void require_function(const xq_unary_function* f) {
  XQ_REQUIRE(f != NULL && f->op >= XQ_RELU && f->op <= XQ_SOFTSIGN);
}

void xq_unary_f32(const xq_unary_function* f, const float* x, size_t n, float* y) {
  require_function(f);
  for (size_t i = 0; i < n; ++i) y[i] = value_of(f, x[i]);
}

static void as_real_function(const float* x, size_t n, float* y, void* context) {
  xq_unary_f32((const xq_unary_function*)context, x, n, y);
}

size_t xq_unary_table(const xq_unary_function* f, const xq_quant* from, const xq_quant* to,
                      xq_table table) {
  require_function(f);
  xq_unary_function copy = *f;
  return xq_table_of(as_real_function, &copy, from, to, table);
}

/* Worth it when there are more elements than codes. */
static int wants_table(size_t n, const xq_quant* from, const xq_quant* to) {
  return n > 256 && xq_is_8_bit(from->type) && xq_is_8_bit(to->type);
}

size_t xq_unary(const xq_unary_function* f, const void* x, size_t n, const xq_quant* from,
                const xq_quant* to, void* y) {
  require_function(f);
  xq_require_quant(from);
  xq_require_quant(to);
  const xq_kernels* kernels = xq_active();
  if (wants_table(n, from, to)) {
    xq_table table;
    if (xq_unary_table(f, from, to, table) == 0) { /* NaN must be counted one by one */
      xq_table_apply(table, x, n, y);
      return 0;
    }
  }
  size_t nans = 0;
  float reals[XQ_CHUNK];
  for (size_t i = 0; i < n; i += XQ_CHUNK) {
    const size_t count = xq_chunk(n, i);
    xq_read_reals(kernels, x, i, count, from, reals);
    xq_unary_f32(f, reals, count, reals);
    nans += xq_write_reals(kernels, reals, count, to, y, i);
  }
  return nans;
}

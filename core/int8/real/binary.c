#include "int8/codes/codes.h"
#include "int8/real/broadcast.h"
#include "int8/real/functions.h"
#include "int8/real/stage.h"
#include "int8/require.h"
#include "int8/xq_elementwise.h"

int xq_can_broadcast(const xq_shape* a, const xq_shape* b) {
  XQ_REQUIRE(a != NULL && a->rank <= XQ_MAX_RANK && b != NULL && b->rank <= XQ_MAX_RANK);
  for (size_t d = 1; d <= a->rank && d <= b->rank; ++d) {
    const size_t m = a->dims[a->rank - d];
    const size_t n = b->dims[b->rank - d];
    if (m != n && m != 1 && n != 1) return 0;
  }
  return 1;
}

xq_shape xq_broadcast_shape(const xq_shape* a, const xq_shape* b) {
  XQ_REQUIRE(xq_can_broadcast(a, b));
  xq_shape shape = a->rank >= b->rank ? *a : *b;
  const xq_shape* other = a->rank >= b->rank ? b : a;
  for (size_t d = 1; d <= other->rank; ++d) {
    size_t* dim = &shape.dims[shape.rank - d];
    if (*dim == 1) *dim = other->dims[other->rank - d];
  }
  return shape;
}

#define XQ_EACH(expression)         \
  for (size_t i = 0; i < n; ++i) {  \
    const float a = x[i], b = y[i]; \
    z[i] = (expression);            \
  }                                 \
  return

void xq_apply_binary(xq_binary_op op, const float* x, const float* y, size_t n, float* z) {
  switch (op) {
    case XQ_ADD:
      XQ_EACH(a + b);
    case XQ_SUB:
      XQ_EACH(a - b);
    case XQ_MUL:
      XQ_EACH(a * b);
    case XQ_DIV:
      XQ_EACH(a / b);
    case XQ_MIN:
      XQ_EACH(a < b ? a : b);
    case XQ_MAX:
      XQ_EACH(a > b ? a : b);
    case XQ_PRELU:
      XQ_EACH(a < 0.0f ? a * b : a);
    case XQ_POW:
      XQ_EACH(b == 2.0f ? a * a : (float)xq_pow((double)a, (double)b));
    case XQ_FMOD:
      XQ_EACH(xq_fmod(a, b));
  }
}

/* n elements from `at` on, `step` apart (0 or 1), as floats. */
static void read_run(const xq_kernels* kernels, const xq_tensor* t, size_t at, size_t step,
                     size_t n, float* x) {
  if (step == 1) {
    xq_read_reals(kernels, t->data, at, n, &t->quant, x);
    return;
  }
  xq_read_reals(kernels, t->data, at, 1, &t->quant, x);
  for (size_t i = 1; i < n; ++i) x[i] = x[0];
}

static xq_addend addend_of(const xq_tensor* t, size_t at) {
  const uint8_t flip = t->quant.type == XQ_U8 ? 0x80 : 0;
  const xq_addend a = {(const uint8_t*)t->data + at, flip, t->quant.zero_point - flip,
                       t->quant.scale};
  return a;
}

/* Codes of 8 bits whose sum or product is finite, whatever they are: |q - zero_point| <= 255. */
static int is_finite(const xq_tensor* x, const xq_tensor* y, const xq_quant* to) {
  const float most = 1e15f;
  return xq_is_8_bit(x->quant.type) && xq_is_8_bit(y->quant.type) && xq_is_8_bit(to->type) &&
         x->quant.scale < most && y->quant.scale < most;
}

/* A run for which the instruction set has a function; 0: it has none. */
static int run_at_once(const xq_kernels* kernels, xq_binary_op op, const xq_tensor* x, size_t x_at,
                       size_t x_step, const xq_tensor* y, size_t y_at, size_t y_step, size_t n,
                       const xq_quant* to, uint8_t* q) {
  const xq_addend left = addend_of(x, x_at), right = addend_of(y, y_at);
  const xq_output output = {to->zero_point, to->qmin - to->zero_point, to->qmax - to->zero_point};
  if (op == XQ_ADD && x_step == 1 && y_step == 1) {
    kernels->add(&left, &right, n, to->scale, output, q);
    return 1;
  }
  if (op != XQ_MUL || kernels->multiply == NULL || x_step + y_step == 0) return 0;
  float number;
  if (x_step == 1 && y_step == 1) {
    kernels->multiply(&left, &right, n, to->scale, output, q);
  } else if (x_step == 1) {
    xq_read_reals(kernels, y->data, y_at, 1, &y->quant, &number);
    kernels->multiply_by(&left, number, n, to->scale, output, q);
  } else {
    xq_read_reals(kernels, x->data, x_at, 1, &x->quant, &number);
    kernels->multiply_by(&right, number, n, to->scale, output, q);
  }
  return 1;
}

/* One run of the innermost dimension, whose steps are 0 or 1. */
static size_t run(const xq_kernels* kernels, xq_binary_op op, const xq_tensor* x, size_t x_at,
                  size_t x_step, const xq_tensor* y, size_t y_at, size_t y_step, size_t n,
                  const xq_quant* to, void* z, size_t z_at) {
  if (is_finite(x, y, to) &&
      run_at_once(kernels, op, x, x_at, x_step, y, y_at, y_step, n, to, (uint8_t*)z + z_at)) {
    return 0;
  }
  float a[XQ_CHUNK];
  float b[XQ_CHUNK];
  size_t nans = 0;
  for (size_t i = 0; i < n; i += XQ_CHUNK) {
    const size_t count = xq_chunk(n, i);
    if (i == 0 || x_step != 0) read_run(kernels, x, x_at + i * x_step, x_step, count, a);
    if (i == 0 || y_step != 0) read_run(kernels, y, y_at + i * y_step, y_step, count, b);
    float c[XQ_CHUNK];
    xq_apply_binary(op, a, b, count, c);
    nans += xq_write_reals(kernels, c, count, to, z, z_at + i);
  }
  return nans;
}

size_t xq_binary(xq_binary_op op, const xq_tensor* x, const xq_tensor* y, const xq_quant* to,
                 void* z) {
  XQ_REQUIRE(op >= XQ_ADD && op <= XQ_FMOD);
  XQ_REQUIRE(x != NULL && y != NULL);
  xq_require_quant(&x->quant);
  xq_require_quant(&y->quant);
  xq_require_quant(to);
  const xq_shape shape = xq_broadcast_shape(&x->shape, &y->shape);
  const xq_shape* const shapes[] = {&x->shape, &y->shape};
  xq_broadcast w;
  xq_broadcast_over(&shape, shapes, 2, &w);
  const xq_kernels* kernels = xq_active();
  const size_t last = w.rank - 1;
  const size_t inner = w.dims[last];
  const size_t elements = xq_shape_elements(&shape);
  size_t nans = 0;
  for (size_t z_at = 0; z_at < elements; z_at += inner, xq_broadcast_next(&w)) {
    nans += run(kernels, op, x, w.at[0], w.step[0][last], y, w.at[1], w.step[1][last], inner, to, z,
                z_at);
  }
  return nans;
}

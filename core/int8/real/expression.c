#include <string.h>

#include "int8/codes/codes.h"
#include "int8/real/broadcast.h"
#include "int8/real/stage.h"
#include "int8/require.h"
#include "int8/xq_expression.h"

/* The values of a chunk: the operands and the results of all steps. */
typedef float xq_values[XQ_MAX_OPERANDS + XQ_MAX_STEPS][XQ_CHUNK];

int xq_expression_shape(const xq_operand* operands, size_t count, xq_shape* shape) {
  XQ_REQUIRE(operands != NULL && count >= 1 && count <= XQ_MAX_OPERANDS && shape != NULL);
  *shape = operands[0].shape;
  for (size_t o = 1; o < count; ++o) {
    if (!xq_can_broadcast(shape, &operands[o].shape)) return 0;
    *shape = xq_broadcast_shape(shape, &operands[o].shape);
  }
  return 1;
}

static void require_steps(const xq_step* steps, size_t count, size_t operands) {
  XQ_REQUIRE(steps != NULL && count >= 1 && count <= XQ_MAX_STEPS);
  for (size_t i = 0; i < count; ++i) {
    const xq_step* s = &steps[i];
    const int known = (int)(operands + i);
    XQ_REQUIRE(s->a >= 0 && s->a < known);
    if (s->kind == XQ_STEP_UNARY) {
      XQ_REQUIRE(s->unary.op >= XQ_RELU && s->unary.op <= XQ_TO_CEIL);
      continue;
    }
    XQ_REQUIRE(s->b >= 0 && s->b < known);
    if (s->kind == XQ_STEP_BINARY) {
      XQ_REQUIRE(s->binary >= XQ_ADD && s->binary <= XQ_FMOD);
      continue;
    }
    XQ_REQUIRE(s->kind == XQ_STEP_SELECT && s->c >= 0 && s->c < known);
  }
}

/* n elements from `at` on as floats. */
static void read(const xq_kernels* kernels, const xq_operand* operand, size_t at, size_t n,
                 float* x) {
  if (operand->kind == XQ_OPERAND_CODES) {
    xq_read_reals(kernels, operand->data, at, n, &operand->quant, x);
  } else if (operand->kind == XQ_OPERAND_REALS) {
    memcpy(x, (const float*)operand->data + at, n * sizeof(float));
  } else {
    const uint8_t* flags = (const uint8_t*)operand->data + at;
    for (size_t i = 0; i < n; ++i) x[i] = flags[i] != 0 ? 1.0f : 0.0f;
  }
}

static void run_step(const xq_kernels* kernels, const xq_step* s, size_t n, xq_values values,
                     float* result) {
  if (s->kind == XQ_STEP_UNARY) {
    kernels->map(&s->unary, values[s->a], n, result);
  } else if (s->kind == XQ_STEP_BINARY) {
    xq_apply_binary(s->binary, values[s->a], values[s->b], n, result);
  } else {
    const float *a = values[s->a], *b = values[s->b], *c = values[s->c];
    for (size_t i = 0; i < n; ++i) result[i] = a[i] != 0.0f ? b[i] : c[i];
  }
}

size_t xq_expression(const xq_operand* operands, size_t operand_count, const xq_step* steps,
                     size_t step_count, const xq_quant* to, void* z) {
  xq_shape shape;
  XQ_REQUIRE(xq_expression_shape(operands, operand_count, &shape));
  require_steps(steps, step_count, operand_count);
  xq_require_quant(to);
  const xq_shape* shapes[XQ_MAX_OPERANDS];
  for (size_t o = 0; o < operand_count; ++o) {
    if (operands[o].kind == XQ_OPERAND_CODES) xq_require_quant(&operands[o].quant);
    shapes[o] = &operands[o].shape;
  }
  xq_broadcast b;
  xq_broadcast_over(&shape, shapes, operand_count, &b);
  const xq_kernels* kernels = xq_active();
  const size_t last = b.rank - 1;
  const size_t inner = b.dims[last];
  const size_t elements = xq_shape_elements(&shape);
  size_t nans = 0;
  xq_values values;
  for (size_t z_at = 0; z_at < elements; z_at += inner, xq_broadcast_next(&b)) {
    for (size_t i = 0; i < inner; i += XQ_CHUNK) {
      const size_t n = xq_chunk(inner, i);
      for (size_t o = 0; o < operand_count; ++o) {
        if (b.step[o][last] == 1) {
          read(kernels, &operands[o], b.at[o] + i, n, values[o]);
        } else if (i == 0) {
          read(kernels, &operands[o], b.at[o], 1, values[o]);
          for (size_t k = 1; k < n; ++k) values[o][k] = values[o][0];
        }
      }
      for (size_t k = 0; k < step_count; ++k) {
        run_step(kernels, &steps[k], n, values, values[operand_count + k]);
      }
      nans += xq_write_reals(kernels, values[operand_count + step_count - 1], n, to, z, z_at + i);
    }
  }
  return nans;
}

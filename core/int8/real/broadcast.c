#include "int8/real/broadcast.h"

#include <string.h>

/* Step of dimension d of a result of `rank` dimensions in a tensor that broadcasts to it. */
static size_t step_of(const xq_shape* shape, size_t rank, size_t d) {
  const size_t missing = rank - shape->rank;
  if (d < missing || shape->dims[d - missing] == 1) return 0;
  size_t step = 1;
  for (size_t i = d - missing + 1; i < shape->rank; ++i) step *= shape->dims[i];
  return step;
}

/* Whether a dimension of n elements goes on where the one before it stopped. */
static int continues(const xq_broadcast* b, const size_t* step, size_t n) {
  for (size_t o = 0; o < b->operands; ++o) {
    if (b->step[o][b->rank - 1] != step[o] * n) return 0;
  }
  return 1;
}

void xq_broadcast_over(const xq_shape* result, const xq_shape* const* shapes, size_t operands,
                       xq_broadcast* b) {
  memset(b, 0, sizeof(*b));
  b->operands = operands;
  for (size_t d = 0; d < result->rank; ++d) {
    const size_t n = result->dims[d];
    if (n == 1) continue;
    size_t step[XQ_MAX_OPERANDS];
    for (size_t o = 0; o < operands; ++o) step[o] = step_of(shapes[o], result->rank, d);
    if (b->rank == 0 || !continues(b, step, n)) {
      b->dims[b->rank++] = n;
    } else {
      b->dims[b->rank - 1] *= n;
    }
    for (size_t o = 0; o < operands; ++o) b->step[o][b->rank - 1] = step[o];
  }
  if (b->rank == 0) {
    b->rank = 1;
    b->dims[0] = 1;
  }
}

void xq_broadcast_next(xq_broadcast* b) {
  for (size_t d = b->rank - 1; d-- > 0;) {
    for (size_t o = 0; o < b->operands; ++o) b->at[o] += b->step[o][d];
    if (++b->index[d] < b->dims[d]) return;
    for (size_t o = 0; o < b->operands; ++o) b->at[o] -= b->step[o][d] * b->dims[d];
    b->index[d] = 0;
  }
}

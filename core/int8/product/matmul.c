#include "int8/product/matmul.h"

#include "int8/product/block.h"
#include "int8/require.h"

static void require_matmul(const xq_matmul* shape) {
  XQ_REQUIRE(shape != NULL && shape->batch_rank <= XQ_MAX_RANK);
  XQ_REQUIRE(shape->k >= 1 && shape->k <= XQ_MAX_DEPTH);
  for (size_t d = 0; d < shape->batch_rank; ++d) {
    const size_t a = shape->a_batch[d];
    const size_t b = shape->b_batch[d];
    XQ_REQUIRE(a == b || a == 1 || b == 1);
  }
}

/* Dimension d of the result. */
static size_t batch_dim(const xq_matmul* shape, size_t d) {
  return shape->a_batch[d] == 1 ? shape->b_batch[d] : shape->a_batch[d];
}

size_t xq_matmul_batch(const xq_matmul* shape) {
  require_matmul(shape);
  size_t batch = 1;
  for (size_t d = 0; d < shape->batch_rank; ++d) batch *= batch_dim(shape, d);
  return batch;
}

size_t xq_matrix_of(const xq_matmul* shape, const size_t* dims, size_t i) {
  size_t at = 0;
  size_t step = 1;
  for (size_t d = shape->batch_rank; d-- > 0;) {
    const size_t n = batch_dim(shape, d);
    if (dims[d] != 1) at += i % n * step;
    step *= dims[d];
    i /= n;
  }
  return at;
}

xq_gemm xq_gemm_of(const xq_matmul* shape) {
  const xq_gemm gemm = {shape->m, shape->n, shape->k};
  return gemm;
}

/* Workspace: b as packed weights, then what Gemm needs. */
size_t xq_packed_bytes(const xq_gemm* gemm) {
  return xq_round_up(xq_gemm_packed_size(gemm), XQ_ALIGNMENT);
}

size_t xq_matmul_workspace_size(const xq_matmul* shape) {
  require_matmul(shape);
  const xq_gemm gemm = xq_gemm_of(shape);
  return xq_packed_bytes(&gemm) + xq_gemm_workspace_size(&gemm);
}

/* Exactly one of acc and y is set. */
typedef struct destination {
  int32_t* acc;
  const xq_requant* to;
  xq_type type;
  uint8_t* y;
} destination;

static void matmul(const xq_matmul* shape, const xq_codes* a, const xq_weights* b,
                   const destination* out, void* workspace) {
  xq_require_codes(a);
  xq_require_weights(b, shape->n, shape->k);
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  const xq_gemm gemm = xq_gemm_of(shape);
  const size_t batch = xq_matmul_batch(shape);
  void* rest = (char*)workspace + xq_packed_bytes(&gemm);
  size_t packed_matrix = SIZE_MAX; /* which b lies packed in the workspace */
  for (size_t i = 0; i < batch; ++i) {
    const size_t bi = xq_matrix_of(shape, shape->b_batch, i);
    if (bi != packed_matrix) {
      xq_weights w = *b;
      w.data = (const uint8_t*)b->data + bi * shape->k * shape->n;
      xq_gemm_pack_weights(&gemm, &w, shape->n, 1, workspace);
      packed_matrix = bi;
    }
    xq_codes x = *a;
    x.data = (const uint8_t*)a->data + xq_matrix_of(shape, shape->a_batch, i) * shape->m * shape->k;
    const size_t at = i * shape->m * shape->n;
    if (out->acc != NULL) {
      xq_gemm_s32(&gemm, &x, workspace, NULL, out->acc + at, rest);
    } else {
      xq_gemm_q8(&gemm, &x, workspace, NULL, out->to, out->type, out->y + at, rest);
    }
  }
}

void xq_matmul_s32(const xq_matmul* shape, const xq_codes* a, const xq_weights* b, int32_t* acc,
                   void* workspace) {
  require_matmul(shape);
  if (xq_matmul_batch(shape) * shape->m * shape->n == 0) return;
  XQ_REQUIRE(acc != NULL);
  const destination out = {.acc = acc};
  matmul(shape, a, b, &out, workspace);
}

void xq_matmul_q8(const xq_matmul* shape, const xq_codes* a, const xq_weights* b,
                  const xq_requant* to, xq_type type, void* y, void* workspace) {
  require_matmul(shape);
  if (xq_matmul_batch(shape) * shape->m * shape->n == 0) return;
  XQ_REQUIRE(y != NULL);
  const destination out = {.to = to, .type = type, .y = y};
  matmul(shape, a, b, &out, workspace);
}

/* Gemm and MatMul of 16 bits. */
#include "int8/codes/codes.h"
#include "int8/product/matmul.h"
#include "int8/product/wide_sums.h"
#include "int8/require.h"

/* Rows of a Gemm at a time, so that few accumulators are kept. */
enum { kRows = 64 };

static void multiply_gemm(const void* shape, const xq_codes* x, const void* packed, int32_t* acc,
                          void* workspace) {
  xq_gemm_s32(shape, x, packed, NULL, acc, workspace);
}

static xq_gemm some_rows(const xq_gemm* shape) {
  xq_gemm rows = *shape;
  rows.m = xq_min(shape->m, kRows);
  return rows;
}

size_t xq_wide_gemm_workspace_size(const xq_gemm* shape) {
  XQ_REQUIRE(shape != NULL);
  const xq_gemm rows = some_rows(shape);
  return xq_plane_bytes(rows.m * shape->k) + xq_part_bytes(rows.m * shape->n) +
         xq_gemm_workspace_size(&rows);
}

/* Rows of x from element x_at on, results from y_at on. */
static void wide_gemm(const xq_gemm* shape, const xq_codes* x, size_t x_at,
                      const xq_wide_weights* w, const int64_t* bias, const xq_wide_result* result,
                      size_t y_at, void* workspace) {
  const xq_kernels* kernels = xq_active();
  const size_t most = some_rows(shape).m;
  uint8_t* room = workspace;
  int32_t* acc = (int32_t*)(room + xq_plane_bytes(most * shape->k));
  void* rest = (char*)acc + xq_part_bytes(most * shape->n);
  for (size_t i = 0; i < shape->m; i += kRows) {
    xq_gemm rows = *shape;
    rows.m = xq_min(shape->m - i, kRows);
    const xq_planes planes = xq_split_codes(x, x_at + i * shape->k, rows.m * shape->k, room);
    const xq_wide_sums sums =
        xq_multiply_planes(multiply_gemm, &rows, &planes, w, acc, rows.m * shape->n, rest);
    for (size_t r = 0; r < rows.m; ++r) {
      xq_emit_wide(kernels, &sums, r * shape->n, shape->n, 0, XQ_NEXT_CHANNEL, bias, result,
                   y_at + (i + r) * shape->n);
    }
  }
}

void xq_wide_gemm(const xq_gemm* shape, const xq_codes* x, const xq_wide_weights* w,
                  const int64_t* bias, const xq_wide_result* result, void* workspace) {
  XQ_REQUIRE(shape != NULL);
  if (shape->m * shape->n == 0) return;
  xq_require_wide_operands(x, w, bias, shape->n);
  xq_require_wide_result(result, shape->n);
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  wide_gemm(shape, x, 0, w, bias, result, 0, workspace);
}

static size_t split_bytes(const xq_weights* b, const xq_gemm* gemm) {
  return xq_round_up(xq_split_weights_size(b, gemm->k * gemm->n), XQ_ALIGNMENT);
}

size_t xq_wide_matmul_workspace_size(const xq_matmul* shape, const xq_weights* b) {
  XQ_REQUIRE(b != NULL);
  const xq_gemm gemm = xq_gemm_of(shape);
  return 2 * xq_packed_bytes(&gemm) + split_bytes(b, &gemm) + xq_wide_gemm_workspace_size(&gemm);
}

/* Packs one matrix of b, in one or two sets of bytes. */
static xq_wide_weights pack_matrix(const xq_gemm* gemm, const xq_weights* b, size_t matrix,
                                   char* packed, void* room) {
  xq_weights w = *b;
  w.data = xq_at(b->data, b->type, matrix * gemm->k * gemm->n);
  xq_weights planes[2];
  const size_t count = xq_split_weights(&w, gemm->k * gemm->n, planes, room);
  for (size_t p = 0; p < count; ++p) {
    xq_gemm_pack_weights(gemm, &planes[p], gemm->n, 1, packed + p * xq_packed_bytes(gemm));
  }
  const xq_wide_weights weights = {packed, count == 2 ? packed + xq_packed_bytes(gemm) : NULL};
  return weights;
}

void xq_wide_matmul(const xq_matmul* shape, const xq_codes* a, const xq_weights* b,
                    const xq_wide_result* result, void* workspace) {
  const size_t batch = xq_matmul_batch(shape);
  const xq_gemm gemm = xq_gemm_of(shape);
  if (batch * gemm.m * gemm.n == 0) return;
  XQ_REQUIRE(b != NULL && workspace != NULL && xq_is_aligned(workspace));
  xq_require_wide_result(result, gemm.n);
  char* packed = workspace;
  char* room = packed + 2 * xq_packed_bytes(&gemm);
  char* rest = room + split_bytes(b, &gemm);
  xq_wide_weights w = {NULL, NULL};
  size_t packed_matrix = SIZE_MAX;
  for (size_t i = 0; i < batch; ++i) {
    const size_t bi = xq_matrix_of(shape, shape->b_batch, i);
    if (bi != packed_matrix) w = pack_matrix(&gemm, b, bi, packed, room);
    packed_matrix = bi;
    xq_require_wide_operands(a, &w, NULL, gemm.n);
    wide_gemm(&gemm, a, xq_matrix_of(shape, shape->a_batch, i) * gemm.m * gemm.k, &w, NULL, result,
              i * gemm.m * gemm.n, rest);
  }
}

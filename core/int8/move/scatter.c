#include <string.h>

#include "int8/codes/codes.h"
#include "int8/real/stage.h"
#include "int8/require.h"
#include "int8/xq_move.h"

size_t xq_scatter_workspace_size(size_t elements) { return elements * sizeof(float); }

/* n reals become, or are combined with, those at `target`. */
static void put(xq_scatter_op op, const float* update, size_t n, float* target) {
  static const xq_binary_op kOperations[] = {XQ_ADD, XQ_MUL, XQ_MIN, XQ_MAX};
  if (op == XQ_SCATTER_SET) {
    memcpy(target, update, n * sizeof(float));
  } else {
    xq_apply_binary(kOperations[op - XQ_SCATTER_ADD], target, update, n, target);
  }
}

/* All updates onto `reals`; pieces of updates may end within a run. */
static void put_all(const xq_kernels* kernels, xq_scatter_op op, size_t inner,
                    const xq_tensor* updates, const int64_t* index, size_t count, float* reals) {
  float piece[XQ_CHUNK];
  for (size_t at = 0; at < count * inner; at += XQ_CHUNK) {
    const size_t n = xq_chunk(count * inner, at);
    xq_read_reals(kernels, updates->data, at, n, &updates->quant, piece);
    for (size_t k = 0; k < n;) {
      const size_t within = (at + k) % inner;
      const int64_t run = index[(at + k) / inner];
      const size_t length = inner - within < n - k ? inner - within : n - k;
      if (run >= 0) put(op, piece + k, length, reals + (size_t)run * inner + within);
      k += length;
    }
  }
}

/* Codes that keep their meaning: no real number is needed. */
static void copy_runs(const xq_tensor* data, size_t runs, size_t inner, const xq_tensor* updates,
                      const int64_t* index, size_t count, const xq_quant* to, void* y) {
  const size_t size = xq_type_size(to->type), run = inner * size;
  if (data != NULL) {
    memcpy(y, data->data, runs * run);
  } else {
    for (size_t i = 0; i < runs * inner; ++i) xq_set_code(y, to->type, i, to->zero_point);
  }
  for (size_t i = 0; i < count; ++i) {
    if (index[i] < 0) continue;
    memcpy((char*)y + (size_t)index[i] * run, (const char*)updates->data + i * run, run);
  }
}

size_t xq_scatter(xq_scatter_op op, const xq_tensor* data, size_t runs, size_t inner,
                  const xq_tensor* updates, const int64_t* index, size_t count, const xq_quant* to,
                  void* y, void* workspace) {
  XQ_REQUIRE(op >= XQ_SCATTER_SET && op <= XQ_SCATTER_MAX);
  XQ_REQUIRE(updates != NULL && (index != NULL || count == 0));
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  xq_require_quant(&updates->quant);
  xq_require_quant(to);
  if (data != NULL) xq_require_quant(&data->quant);
  for (size_t i = 0; i < count; ++i) XQ_REQUIRE(index[i] < (int64_t)runs);
  if (runs * inner == 0) return 0;
  if (op == XQ_SCATTER_SET && xq_same_codes(&updates->quant, to) &&
      (data == NULL || xq_same_codes(&data->quant, to))) {
    copy_runs(data, runs, inner, updates, index, count, to, y);
    return 0;
  }
  const xq_kernels* kernels = xq_active();
  float* reals = workspace;
  if (data != NULL) {
    xq_read_reals(kernels, data->data, 0, runs * inner, &data->quant, reals);
  } else {
    memset(reals, 0, runs * inner * sizeof(float)); /* +0 */
  }
  put_all(kernels, op, inner, updates, index, count, reals);
  return xq_write_reals(kernels, reals, runs * inner, to, y, 0);
}

#include "int8/codes/codes.h"
#include "int8/real/functions.h"
#include "int8/real/rows.h"
#include "int8/require.h"
#include "int8/xq_normalize.h"

size_t xq_softmax_workspace_size(size_t length) { return length * sizeof(float); }

/* row[i] -= largest; returns the rounded sum of the exponentials. `e` receives them. */
static float exponentials(float* row, size_t n, float* e) {
  float largest = row[0];
  for (size_t i = 1; i < n; ++i) largest = row[i] > largest ? row[i] : largest;
  double sum = 0.0;
  for (size_t i = 0; i < n; ++i) {
    row[i] = row[i] - largest;
    const float value = (float)xq_exp((double)row[i]);
    sum += (double)value;
    if (e != NULL) e[i] = value;
  }
  return (float)sum;
}

/* 1 for the first of the largest, 0 for the others. */
static void mark_largest(float* row, size_t n) {
  size_t at = 0;
  for (size_t i = 1; i < n; ++i) at = row[i] > row[at] ? i : at;
  for (size_t i = 0; i < n; ++i) row[i] = i == at ? 1.0f : 0.0f;
}

typedef enum softmax_kind { kPlain, kLog, kHard } softmax_kind;

static void softmax(softmax_kind kind, const void* x, size_t outer, size_t length, size_t inner,
                    const xq_quant* from, const xq_quant* to, void* y, void* workspace) {
  xq_require_quant(from);
  xq_require_quant(to);
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  const xq_kernels* kernels = xq_active();
  float* row = workspace;
  if (length == 0) return;
  for (size_t i = 0; i < outer * inner; ++i) {
    const size_t at = i / inner * length * inner + i % inner;
    xq_read_row(kernels, x, at, inner, length, from, row);
    if (kind == kPlain) {
      const float sum = exponentials(row, length, row);
      for (size_t l = 0; l < length; ++l) row[l] = row[l] / sum;
    } else if (kind == kHard) {
      mark_largest(row, length);
    } else {
      const float log_sum = (float)xq_log((double)exponentials(row, length, NULL));
      for (size_t l = 0; l < length; ++l) row[l] = row[l] - log_sum;
    }
    xq_write_row(kernels, row, length, to, y, at, inner);
  }
}

void xq_softmax(const void* x, size_t outer, size_t length, size_t inner, const xq_quant* from,
                const xq_quant* to, void* y, void* workspace) {
  softmax(kPlain, x, outer, length, inner, from, to, y, workspace);
}

void xq_log_softmax(const void* x, size_t outer, size_t length, size_t inner, const xq_quant* from,
                    const xq_quant* to, void* y, void* workspace) {
  softmax(kLog, x, outer, length, inner, from, to, y, workspace);
}

void xq_hardmax(const void* x, size_t outer, size_t length, size_t inner, const xq_quant* from,
                const xq_quant* to, void* y, void* workspace) {
  softmax(kHard, x, outer, length, inner, from, to, y, workspace);
}

/* Whole rows of a tensor as floats in a workspace, where elements may lie `step` apart. */
#ifndef XQUANT_INT8_REAL_ROWS_H_
#define XQUANT_INT8_REAL_ROWS_H_

#include "int8/codes/codes.h"

static inline void xq_read_row(const xq_kernels* kernels, const void* x, size_t at, size_t step,
                               size_t n, const xq_quant* from, float* row) {
  if (step == 1) {
    xq_read_reals(kernels, x, at, n, from, row);
    return;
  }
  for (size_t i = 0; i < n; ++i) {
    row[i] = (float)(xq_code_at(x, from->type, at + i * step) - from->zero_point) * from->scale;
  }
}

static inline void xq_write_row(const xq_kernels* kernels, const float* row, size_t n,
                                const xq_quant* to, void* y, size_t at, size_t step) {
  if (step == 1) {
    xq_write_reals(kernels, row, n, to, y, at);
    return;
  }
  for (size_t i = 0; i < n; i += XQ_CHUNK) {
    uint16_t codes[XQ_CHUNK];
    const size_t count = xq_chunk(n, i);
    xq_write_reals(kernels, row + i, count, to, codes, 0);
    for (size_t k = 0; k < count; ++k) {
      xq_set_code(y, to->type, at + (i + k) * step, xq_code_at(codes, to->type, k));
    }
  }
}

#endif /* XQUANT_INT8_REAL_ROWS_H_ */

/* The transforms of F(2x2, 3x3), product/winograd.h, on vectors. */
#ifndef XQUANT_INT8_ISA_WINOGRAD2_VECTORS_H_
#define XQUANT_INT8_ISA_WINOGRAD2_VECTORS_H_

#include "int8/isa/winograd_vectors.h"

XQ_VECTOR_INLINE void xq_winograd2_store_row(xq_words t0, xq_words t1, xq_words t2, xq_words t3,
                                             int16_t* v, size_t step) {
  const xq_words row[4] = {t0 - t2, t1 + t2, t2 - t1, t1 - t3};
  for (size_t c = 0; c < 4; ++c) memcpy(v + c * step, &row[c], sizeof(row[c]));
}

/* kernels.h: xq_winograd_transforms.input */
static void winograd2_input(const int16_t* x, const size_t* offset, size_t n, int16_t* v,
                            size_t step) {
  for (size_t i = 0; i < n; i += kWords) {
    xq_words t[4][4];
    for (size_t c = 0; c < 4; ++c) {
      const xq_words d0 = xq_load_words(x + offset[c] + i);
      const xq_words d1 = xq_load_words(x + offset[4 + c] + i);
      const xq_words d2 = xq_load_words(x + offset[8 + c] + i);
      const xq_words d3 = xq_load_words(x + offset[12 + c] + i);
      t[0][c] = d0 - d2;
      t[1][c] = d1 + d2;
      t[2][c] = d2 - d1;
      t[3][c] = d1 - d3;
    }
    for (size_t r = 0; r < 4; ++r) {
      xq_winograd2_store_row(t[r][0], t[r][1], t[r][2], t[r][3], v + 4 * r * step + i, step);
    }
  }
}

/* t[c] for the four columns to two neighbouring outputs of each tile. */
XQ_VECTOR_INLINE void xq_winograd2_store_outputs(const xq_sums t[4], uint32_t bias, int32_t* to) {
  const xq_sums left = t[0] + t[1] + t[2];
  const xq_sums right = t[1] - t[2] - t[3];
  const xq_sums a = (xq_sums)((xq_signed_sums)left >> 2) + bias;
  const xq_sums b = (xq_sums)((xq_signed_sums)right >> 2) + bias;
  const xq_sums first = __builtin_shufflevector(a, b, XQ_FIRST);
  const xq_sums second = __builtin_shufflevector(a, b, XQ_SECOND);
  memcpy(to, &first, sizeof(first));
  memcpy(to + kSums, &second, sizeof(second));
}

/* kernels.h: xq_winograd_transforms.output */
static void winograd2_output(const int32_t* m, size_t step, size_t n, int32_t bias, int32_t* y,
                             size_t y_step) {
  for (size_t i = 0; i < n; i += kSums) {
    xq_sums upper[4], lower[4];
    for (size_t c = 0; c < 4; ++c) {
      const xq_sums m0 = xq_load_sums(m + c * step + i);
      const xq_sums m1 = xq_load_sums(m + (4 + c) * step + i);
      const xq_sums m2 = xq_load_sums(m + (8 + c) * step + i);
      const xq_sums m3 = xq_load_sums(m + (12 + c) * step + i);
      upper[c] = m0 + m1 + m2;
      lower[c] = m1 - m2 - m3;
    }
    xq_winograd2_store_outputs(upper, (uint32_t)bias, y + 2 * i);
    xq_winograd2_store_outputs(lower, (uint32_t)bias, y + y_step + 2 * i);
  }
}

#endif /* XQUANT_INT8_ISA_WINOGRAD2_VECTORS_H_ */

/* The transforms of F(4x4, 3x3), product/winograd.h, on vectors. */
#ifndef XQUANT_INT8_ISA_WINOGRAD4_VECTORS_H_
#define XQUANT_INT8_ISA_WINOGRAD4_VECTORS_H_

#include "int8/isa/winograd_vectors.h"

/* B^T of six numbers. */
XQ_VECTOR_INLINE void xq_winograd4_expand(const xq_words d[6], xq_words v[6]) {
  const xq_words a = d[4] - (d[2] << 2);
  const xq_words b = d[3] - (d[1] << 2);
  const xq_words c = d[4] - d[2];
  const xq_words e = d[3] - d[1];
  const xq_words twice = e + e;
  v[0] = ((d[0] - d[2]) << 2) + c;
  v[1] = a + b;
  v[2] = a - b;
  v[3] = c + twice;
  v[4] = c - twice;
  v[5] = (d[5] - d[3]) - (twice + twice);
}

/* kernels.h: xq_winograd_transforms.input */
static void winograd4_input(const int16_t* x, const size_t* offset, size_t n, int16_t* v,
                            size_t step) {
  for (size_t i = 0; i < n; i += kWords) {
    xq_words t[6][6]; /* by columns */
    for (size_t c = 0; c < 6; ++c) {
      xq_words d[6];
      for (size_t r = 0; r < 6; ++r) d[r] = xq_load_words(x + offset[6 * r + c] + i);
      xq_winograd4_expand(d, t[c]);
    }
    for (size_t r = 0; r < 6; ++r) {
      const xq_words row[6] = {t[0][r], t[1][r], t[2][r], t[3][r], t[4][r], t[5][r]};
      xq_words whole[6];
      xq_winograd4_expand(row, whole);
      int16_t* to = v + 6 * r * step + i;
      for (size_t c = 0; c < 6; ++c) memcpy(to + c * step, &whole[c], sizeof(whole[c]));
    }
  }
}

/* A^T of six numbers: 24 times the first output, 12 times the others. */
XQ_VECTOR_INLINE void xq_winograd4_collect(const xq_sums m[6], xq_sums y[4]) {
  const xq_sums s = m[1] + m[2];
  const xq_sums d = m[1] - m[2];
  const xq_sums p = m[3] + m[4];
  const xq_sums q = m[3] - m[4];
  y[0] = m[0] + p + (s + s);
  y[1] = d + q;
  y[2] = s + (p + p);
  y[3] = d + (q << 2) + (m[5] + m[5]);
}

/* Vectors a, b, c, d element by element in turn, to 4 * kSums elements. */
XQ_VECTOR_INLINE void xq_store_in_turn(const xq_sums y[4], int32_t* to) {
  const xq_sums a = __builtin_shufflevector(y[0], y[2], XQ_FIRST);
  const xq_sums b = __builtin_shufflevector(y[1], y[3], XQ_FIRST);
  const xq_sums c = __builtin_shufflevector(y[0], y[2], XQ_SECOND);
  const xq_sums d = __builtin_shufflevector(y[1], y[3], XQ_SECOND);
  const xq_sums whole[4] = {
      __builtin_shufflevector(a, b, XQ_FIRST), __builtin_shufflevector(a, b, XQ_SECOND),
      __builtin_shufflevector(c, d, XQ_FIRST), __builtin_shufflevector(c, d, XQ_SECOND)};
  memcpy(to, whole, sizeof(whole));
}

/* The sum out of 9 << shift times it. */
XQ_VECTOR_INLINE xq_sums xq_winograd4_sum(xq_sums y, int shift) {
  return (xq_sums)((xq_signed_sums)(y * XQ_INVERSE_OF_9) >> shift);
}

/* kernels.h: xq_winograd_transforms.output */
static void winograd4_output(const int32_t* m, size_t step, size_t n, int32_t bias, int32_t* y,
                             size_t y_step) {
  for (size_t i = 0; i < n; i += kSums) {
    xq_sums t[6][4]; /* by columns */
    for (size_t c = 0; c < 6; ++c) {
      xq_sums sums[6];
      for (size_t r = 0; r < 6; ++r) sums[r] = xq_load_sums(m + (6 * r + c) * step + i);
      xq_winograd4_collect(sums, t[c]);
    }
    for (size_t r = 0; r < 4; ++r) {
      const xq_sums row[6] = {t[0][r], t[1][r], t[2][r], t[3][r], t[4][r], t[5][r]};
      xq_sums outputs[4];
      xq_winograd4_collect(row, outputs);
      const int shift = r == 0 ? 5 : 4;
      outputs[0] = xq_winograd4_sum(outputs[0], shift + 1) + (uint32_t)bias;
      for (size_t c = 1; c < 4; ++c) {
        outputs[c] = xq_winograd4_sum(outputs[c], shift) + (uint32_t)bias;
      }
      xq_store_in_turn(outputs, y + r * y_step + 4 * i);
    }
  }
}

#endif /* XQUANT_INT8_ISA_WINOGRAD4_VECTORS_H_ */

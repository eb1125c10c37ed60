/* wasm.c: F(4x4, 3x3), product/winograd.h, with what comes before and after in one go. */
#ifndef XQUANT_INT8_ISA_WASM_WINOGRAD4_H_
#define XQUANT_INT8_ISA_WASM_WINOGRAD4_H_

#include <wasm_simd128.h>

#include "int8/isa/wasm_codes.h"
#include "int8/isa/winograd4_vectors.h"

/* Pixels of 8 tiles: of neighbours, */
XQ_VECTOR_INLINE xq_words xq_row_of_8(const int16_t* x, size_t further) {
  (void)further;
  return (xq_words)wasm_v128_load(x);
}
/* of 4 and those `further` away, */
XQ_VECTOR_INLINE xq_words xq_rows_of_4(const int16_t* x, size_t further) {
  return (xq_words)wasm_v128_load64_lane(x + further, wasm_v128_load64_zero(x), 1);
}

typedef xq_words (*xq_pixels)(const int16_t* x, size_t further);

/* The columns of B^T d. */
XQ_VECTOR_INLINE void xq_winograd4_columns(xq_pixels pixels, const int16_t* x, size_t further,
                                           const size_t* offset, xq_words t[6][6]) {
  for (size_t c = 0; c < 6; ++c) {
    xq_words d[6];
    for (size_t r = 0; r < 6; ++r) d[r] = pixels(x + offset[6 * r + c], further);
    xq_winograd4_expand(d, t[c]);
  }
}

XQ_VECTOR_INLINE void xq_winograd4_row(const xq_words t[6][6], size_t r, xq_words whole[6]) {
  const xq_words row[6] = {t[0][r], t[1][r], t[2][r], t[3][r], t[4][r], t[5][r]};
  xq_winograd4_expand(row, whole);
}

/* 8 tiles of two planes. */
XQ_VECTOR_INLINE void xq_winograd4_pair(xq_pixels pixels, const int16_t* even, const int16_t* odd,
                                        size_t further, const size_t* offset, int16_t* to,
                                        size_t step) {
  xq_words s[6][6], t[6][6];
  xq_winograd4_columns(pixels, even, further, offset, s);
  xq_winograd4_columns(pixels, odd, further, offset, t);
  for (size_t r = 0; r < 6; ++r) {
    xq_words a[6], b[6];
    xq_winograd4_row(s, r, a);
    xq_winograd4_row(t, r, b);
    for (size_t c = 0; c < 6; ++c, to += step) {
      wasm_v128_store(to, wasm_i16x8_shuffle(a[c], b[c], 0, 8, 1, 9, 2, 10, 3, 11));
      wasm_v128_store(to + 8, wasm_i16x8_shuffle(a[c], b[c], 4, 12, 5, 13, 6, 14, 7, 15));
    }
  }
}

__attribute__((noinline)) static void winograd4_pair_of_8(const int16_t* even, const int16_t* odd,
                                                          const size_t* offset, int16_t* to,
                                                          size_t step) {
  xq_winograd4_pair(xq_row_of_8, even, odd, 0, offset, to, step);
}

__attribute__((noinline)) static void winograd4_pair_of_4(const int16_t* even, const int16_t* odd,
                                                          size_t further, const size_t* offset,
                                                          int16_t* to, size_t step) {
  xq_winograd4_pair(xq_rows_of_4, even, odd, further, offset, to, step);
}

/* 2 x 2 tiles of two planes: one vector. */
__attribute__((noinline)) static void winograd4_pair_of_2(const int16_t* even, const int16_t* odd,
                                                          size_t pitch, const size_t* offset,
                                                          int16_t* to, size_t step) {
  xq_words t[6][6];
  for (size_t c = 0; c < 6; ++c) {
    xq_words d[6];
    for (size_t r = 0; r < 6; ++r) {
      const size_t at = offset[6 * r + c];
      v128_t pixels = wasm_v128_load32_zero(even + at);
      pixels = wasm_v128_load32_lane(even + at + pitch, pixels, 1);
      pixels = wasm_v128_load32_lane(odd + at, pixels, 2);
      d[r] = (xq_words)wasm_v128_load32_lane(odd + at + pitch, pixels, 3);
    }
    xq_winograd4_expand(d, t[c]);
  }
  for (size_t r = 0; r < 6; ++r) {
    xq_words whole[6];
    xq_winograd4_row(t, r, whole);
    for (size_t c = 0; c < 6; ++c, to += step) {
      wasm_v128_store(to, wasm_i16x8_shuffle(whole[c], whole[c], 0, 4, 1, 5, 2, 6, 3, 7));
    }
  }
}

/* kernels.h: xq_winograd_transforms.input_pair */
static void winograd4_input_pair(const int16_t* even, const int16_t* odd, const size_t* offset,
                                 size_t rows, size_t width, size_t pitch, int16_t* to, size_t panel,
                                 size_t step) {
  if (width == 2) {
    winograd4_pair_of_2(even, odd, pitch, offset, to, step);
    return;
  }
  if (width == 4) {
    for (size_t r = 0; r < rows; r += 2, even += 2 * pitch, odd += 2 * pitch, to += panel) {
      winograd4_pair_of_4(even, odd, r + 1 < rows ? pitch : 0, offset, to, step);
    }
    return;
  }
  for (; rows > 0; --rows, even += pitch, odd += pitch) {
    for (size_t i = 0; i < width; i += 8, to += panel) {
      winograd4_pair_of_8(even + i, odd + i, offset, to, step);
    }
  }
}

/* What makes codes of the sums of a channel. */
typedef struct winograd4_codes {
  xq_sums bias;
  v128_t multiplier;
  output4 to;
} winograd4_codes;

/* Row r of the outputs of 4 tiles, which t has by columns. */
XQ_VECTOR_INLINE v128_t xq_winograd4_codes_of(const xq_sums t[6][4], size_t r,
                                              const winograd4_codes* f) {
  const xq_sums row[6] = {t[0][r], t[1][r], t[2][r], t[3][r], t[4][r], t[5][r]};
  const int shift = r == 0 ? 5 : 4;
  xq_sums y[4];
  v128_t q[4];
  xq_winograd4_collect(row, y);
  for (size_t c = 0; c < 4; ++c) {
    const xq_sums acc = xq_winograd4_sum(y[c], c == 0 ? shift + 1 : shift) + f->bias;
    q[c] = scale4((v128_t)acc, f->multiplier, f->to);
  }
  const v128_t codes = wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(q[0], q[1]),
                                               wasm_i16x8_narrow_i32x4(q[2], q[3]));
  const v128_t in_turn =
      wasm_i8x16_shuffle(codes, codes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return wasm_i8x16_sub(in_turn, f->to.move);
}

/* The 4 rows of outputs of 4 tiles, 16 codes each. */
__attribute__((noinline)) static void winograd4_codes16(const int32_t* m, size_t step,
                                                        const winograd4_codes* f, uint8_t* q,
                                                        size_t q_step) {
  xq_sums t[6][4];
  for (size_t c = 0; c < 6; ++c) {
    xq_sums sums[6];
    for (size_t r = 0; r < 6; ++r) sums[r] = xq_load_sums(m + (6 * r + c) * step);
    xq_winograd4_collect(sums, t[c]);
  }
  for (size_t r = 0; r < 4; ++r) wasm_v128_store(q + r * q_step, xq_winograd4_codes_of(t, r, f));
}

/* Rows of 8 outputs: two rows of tiles are a vector. */
static void winograd4_requantize_8(const int32_t* m, size_t step, size_t height,
                                   const winograd4_codes* f, uint8_t* q, size_t q_step) {
  uint8_t codes[4 * 16];
  for (size_t top = 0; top < height; top += 8, m += 4, q += 8 * q_step) {
    winograd4_codes16(m, step, f, codes, 16);
    for (size_t r = 0; r < 4 && top + r < height; ++r) memcpy(q + r * q_step, codes + 16 * r, 8);
    for (size_t r = 4; r < 8 && top + r < height; ++r) {
      memcpy(q + r * q_step, codes + 16 * (r - 4) + 8, 8);
    }
  }
}

/* The outputs of a row of tiles: at most 4 rows of `width`. Whole rows are done by vectors of 4
 * tiles, of which the last ends with the row and repeats some. */
static void winograd4_requantize_row(const int32_t* m, size_t step, size_t height, size_t width,
                                     const winograd4_codes* f, uint8_t* q, size_t q_step) {
  uint8_t codes[4 * 16];
  const size_t tiles = (width + 3) / 4;
  for (size_t i = 0; i < tiles; i += 4) {
    const size_t first = i + 4 <= tiles ? i : tiles - 4;
    uint8_t* to = q + 4 * first;
    if (height == 4 && width >= 16) {
      winograd4_codes16(m + first, step, f, to, q_step);
      continue;
    }
    winograd4_codes16(m + first, step, f, codes, 16);
    for (size_t r = 0; r < height; ++r) {
      copy_row(codes + 16 * r, width < 16 ? width : 16, to + r * q_step);
    }
  }
}

/* kernels.h: xq_winograd_transforms.requantize, for images of such a width; else returns 0. */
static int winograd4_requantize_vectors(const int32_t* m, size_t step, size_t pitch, size_t height,
                                        size_t width, int32_t bias, float multiplier, xq_output to,
                                        uint8_t* q, size_t q_step) {
  const int is_square = width == 8 && pitch == 2;
  if (!is_square && width < 13) return 0;
  if (width > 16 && width % 4 != 0) return 0;
  const winograd4_codes f = {(xq_sums)wasm_i32x4_splat(bias), wasm_f32x4_splat(multiplier),
                             broadcast(to)};
  if (is_square) {
    winograd4_requantize_8(m, step, height, &f, q, q_step);
    return 1;
  }
  for (size_t top = 0; top < height; top += 4, m += pitch, q += 4 * q_step) {
    const size_t left = height - top;
    winograd4_requantize_row(m, step, left < 4 ? left : 4, width, &f, q, q_step);
  }
  return 1;
}

#endif /* XQUANT_INT8_ISA_WASM_WINOGRAD4_H_ */

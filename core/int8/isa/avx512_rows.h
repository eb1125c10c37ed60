/* avx512_vnni.c: rows of images, the narrow ones several together, and in the order that products
 * read. Included behind scale16, pack64, requantize, widen and the sizes of a tile. */
#ifndef XQUANT_INT8_ISA_AVX512_ROWS_H_
#define XQUANT_INT8_ISA_AVX512_ROWS_H_

#include <immintrin.h>

#include "int8/isa/kernels.h"

/* Rows together in 64 elements: `inside` has a bit for every element of one, none for what lies
 * between. */
typedef struct narrow_rows {
  size_t rows;
  __mmask64 inside;
} narrow_rows;

static __mmask64 first_bytes(size_t n) { return n >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << n) - 1; }

static narrow_rows narrow_rows_of(size_t columns, size_t pitch) {
  narrow_rows together = {0, 0};
  const __mmask64 row = first_bytes(columns);
  for (size_t at = 0; at + pitch <= 64; at += pitch, ++together.rows) together.inside |= row << at;
  return together;
}

/* Whether there is vpcompressb and vpexpandb, and rows are narrow enough to gain from them. Not
 * every processor with VNNI has these instructions. */
static int are_narrow(size_t rows, size_t columns, size_t pitch, size_t step) {
  return rows > 1 && pitch <= 32 && step == columns && __builtin_cpu_supports("avx512vbmi2");
}

__attribute__((target("avx512vbmi2"))) static void requantize_narrow(const int32_t* acc,
                                                                     size_t pitch, size_t rows,
                                                                     size_t columns,
                                                                     float multiplier, xq_output to,
                                                                     uint8_t* q) {
  const narrow_rows together = narrow_rows_of(columns, pitch);
  const __m512 m = _mm512_set1_ps(multiplier);
  const output16 o = broadcast(to);
  while (rows > 0) {
    const size_t few = rows < together.rows ? rows : together.rows;
    const __mmask64 inside = together.inside & first_bytes(few * pitch);
    __m512i v[4];
    for (size_t k = 0; k < 4; ++k) {
      const __mmask16 lanes = (__mmask16)(inside >> (k * kLanes));
      v[k] = scale16(_mm512_maskz_loadu_epi32(lanes, acc + k * kLanes), m, o);
    }
    const __m512i codes = _mm512_maskz_compress_epi8(inside, pack64(v, o));
    _mm512_mask_storeu_epi8(q, first_bytes(few * columns), codes);
    rows -= few, acc += few * pitch, q += few * columns;
  }
}

__attribute__((target("avx512vbmi2"))) static void widen_narrow(const uint8_t* x, size_t rows,
                                                                size_t columns, uint8_t flip,
                                                                int32_t zero_point, int16_t* y,
                                                                size_t pitch) {
  const narrow_rows together = narrow_rows_of(columns, pitch);
  const __m512i f = _mm512_set1_epi8((char)flip);
  const __m512i z = _mm512_set1_epi16((short)zero_point);
  while (rows > 0) {
    const size_t few = rows < together.rows ? rows : together.rows;
    /* Zeros between rows, and nothing behind the last one. */
    const __mmask64 written = first_bytes(few * pitch - (few == rows ? pitch - columns : 0));
    const __m512i codes =
        _mm512_xor_si512(_mm512_maskz_loadu_epi8(first_bytes(few * columns), x), f);
    const __m512i placed = _mm512_maskz_expand_epi8(together.inside, codes);
    const __m512i low = _mm512_cvtepi8_epi16(_mm512_castsi512_si256(placed));
    const __m512i high = _mm512_cvtepi8_epi16(_mm512_extracti64x4_epi64(placed, 1));
    _mm512_mask_storeu_epi16(y, (__mmask32)written,
                             _mm512_maskz_sub_epi16((__mmask32)together.inside, low, z));
    _mm512_mask_storeu_epi16(y + 32, (__mmask32)(written >> 32),
                             _mm512_maskz_sub_epi16((__mmask32)(together.inside >> 32), high, z));
    rows -= few, x += few * columns, y += few * pitch;
  }
}

#define XQ_OWN_ROWS
/* kernels.h: requantize_rows */
static void requantize_rows(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                            float multiplier, xq_output to, uint8_t* q, size_t q_step) {
  if (are_narrow(rows, columns, acc_pitch, q_step)) {
    requantize_narrow(acc, acc_pitch, rows, columns, multiplier, to, q);
    return;
  }
  for (; rows > 0; --rows, acc += acc_pitch, q += q_step) {
    requantize(acc, columns, multiplier, to, q);
  }
}

#define XQ_OWN_WIDEN_ROWS
/* kernels.h: widen_rows */
static void widen_rows(const uint8_t* x, size_t x_step, size_t rows, size_t columns, uint8_t flip,
                       int32_t zero_point, int16_t* y, size_t pitch) {
  if (are_narrow(rows, columns, pitch, x_step)) {
    widen_narrow(x, rows, columns, flip, zero_point, y, pitch);
    return;
  }
  for (; rows > 0; --rows, x += x_step, y += pitch) widen(x, columns, flip, zero_point, y);
}

#define XQ_OWN_PACK_CODES
/* kernels.h: pack_codes. With the middle quarters swapped, interleaving within halves leaves the
 * columns in their order. */
static void pack_codes(const uint8_t* x, size_t x_step, size_t groups, size_t n, size_t columns,
                       uint8_t flip, int32_t zero_point, int16_t* lines, size_t panel,
                       int16_t* to) {
  (void)lines;
  (void)columns;
  const __m256i f = _mm256_set1_epi8((char)flip);
  const __m512i z = _mm512_set1_epi16((short)zero_point);
  for (; groups > 0; --groups, x += kGroup * x_step, to += kGroup * kTileColumns) {
    int16_t* at = to;
    for (size_t c = 0; c < n; c += kTileColumns, at += panel) {
      const __mmask32 lanes = first_words(n - c);
      const __m256i even = _mm256_xor_si256(_mm256_maskz_loadu_epi8(lanes, x + c), f);
      const __m256i odd = _mm256_xor_si256(_mm256_maskz_loadu_epi8(lanes, x + x_step + c), f);
      const __m256i a = _mm256_permute4x64_epi64(even, 0xD8);
      const __m256i b = _mm256_permute4x64_epi64(odd, 0xD8);
      const __m512i low = _mm512_cvtepi8_epi16(_mm256_unpacklo_epi8(a, b));
      const __m512i high = _mm512_cvtepi8_epi16(_mm256_unpackhi_epi8(a, b));
      _mm512_storeu_si512(at, _mm512_sub_epi16(low, z));
      _mm512_storeu_si512(at + 32, _mm512_sub_epi16(high, z));
    }
  }
}

#endif /* XQUANT_INT8_ISA_AVX512_ROWS_H_ */

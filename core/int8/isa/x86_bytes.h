/* avx2.c and avx512_vnni.c: bytes to bytes, 16 at a time; rows of bytes are short. */
#ifndef XQUANT_INT8_ISA_X86_BYTES_H_
#define XQUANT_INT8_ISA_X86_BYTES_H_

#include <immintrin.h>
#include <string.h>

#include "int8/isa/kernels.h"

static __m128i largest_of(const uint8_t* x, size_t row, size_t rows, __m128i flip) {
  __m128i largest = _mm_xor_si128(_mm_loadu_si128((const __m128i*)x), flip);
  for (size_t r = 1; r < rows; ++r) {
    const __m128i codes = _mm_loadu_si128((const __m128i*)(x + r * row));
    largest = _mm_max_epu8(largest, _mm_xor_si128(codes, flip));
  }
  return largest;
}

/* With step 2 every second one is taken of the results, where that is least work. */
static __m128i largest16(const uint8_t* x, size_t row, size_t rows, size_t step, __m128i flip) {
  const __m128i first = largest_of(x, row, rows, flip);
  if (step == 1) return first;
  const __m128i second = largest_of(x + 16, row, rows, flip);
  const __m128i low = _mm_set1_epi16(255);
  return _mm_packus_epi16(_mm_and_si128(first, low), _mm_and_si128(second, low));
}

#define XQ_OWN_LARGEST
/* kernels.h: largest. What is left at the end is done by a vector that ends there and repeats some
 * elements; rows of less than a vector end one by one. */
static void largest(const uint8_t* x, size_t row, size_t rows, size_t step, size_t n, uint8_t flip,
                    uint8_t y_flip, uint8_t* y) {
  const __m128i f = _mm_set1_epi8((char)flip), g = _mm_set1_epi8((char)y_flip);
  if (n >= 16) {
    for (size_t i = 0; i < n; i += 16) {
      const size_t at = i + 16 <= n ? i : n - 16;
      const __m128i codes = largest16(x + at * step, row, rows, step, f);
      _mm_storeu_si128((__m128i*)(y + at), _mm_xor_si128(codes, g));
    }
    return;
  }
  if (step == 2) { /* which may read beyond the row */
    uint8_t whole[16];
    _mm_storeu_si128((__m128i*)whole, _mm_xor_si128(largest16(x, row, rows, 2, f), g));
    memcpy(y, whole, n);
    return;
  }
  for (size_t i = 0; i < n; ++i) {
    uint8_t code = x[i] ^ flip;
    for (size_t r = 1; r < rows; ++r) {
      const uint8_t other = x[r * row + i] ^ flip;
      code = other > code ? other : code;
    }
    y[i] = code ^ y_flip;
  }
}

#endif /* XQUANT_INT8_ISA_X86_BYTES_H_ */

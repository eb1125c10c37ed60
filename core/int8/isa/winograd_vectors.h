/* Vectors of XQ_VECTOR_BYTES, which the including file defines (16, 32 or 64), for Winograd's
 * transforms: a vector holds one element of neighbouring tiles. Unsigned, because sums wrap.
 * Vectors of the compiler, so that one text serves every instruction set with vectors of a fixed
 * length. */
#ifndef XQUANT_INT8_ISA_WINOGRAD_VECTORS_H_
#define XQUANT_INT8_ISA_WINOGRAD_VECTORS_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define XQ_VECTOR __attribute__((vector_size(XQ_VECTOR_BYTES)))
#define XQ_VECTOR_INLINE static inline __attribute__((always_inline))

typedef uint16_t xq_words XQ_VECTOR;
typedef uint32_t xq_sums XQ_VECTOR;
typedef int32_t xq_signed_sums XQ_VECTOR;

enum { kWords = XQ_VECTOR_BYTES / 2, kSums = XQ_VECTOR_BYTES / 4 };

/* Two vectors element by element in turn: the first half of the result, the second half. */
#if XQ_VECTOR_BYTES == 16
#define XQ_FIRST 0, 4, 1, 5
#define XQ_SECOND 2, 6, 3, 7
#elif XQ_VECTOR_BYTES == 32
#define XQ_FIRST 0, 8, 1, 9, 2, 10, 3, 11
#define XQ_SECOND 4, 12, 5, 13, 6, 14, 7, 15
#else
#define XQ_FIRST 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define XQ_SECOND 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#endif

XQ_VECTOR_INLINE xq_words xq_load_words(const int16_t* from) {
  xq_words v;
  memcpy(&v, from, sizeof(v));
  return v;
}

XQ_VECTOR_INLINE xq_sums xq_load_sums(const int32_t* from) {
  xq_sums v;
  memcpy(&v, from, sizeof(v));
  return v;
}

#endif /* XQUANT_INT8_ISA_WINOGRAD_VECTORS_H_ */

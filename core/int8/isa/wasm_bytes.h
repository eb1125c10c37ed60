/* wasm.c: bytes to bytes, and bytes widened and put in the order that products read. */
#ifndef XQUANT_INT8_ISA_WASM_BYTES_H_
#define XQUANT_INT8_ISA_WASM_BYTES_H_

#include <string.h>
#include <wasm_simd128.h>

#include "int8/isa/kernels.h"

#define XQ_INLINE static inline __attribute__((always_inline))

XQ_INLINE v128_t largest_of(const uint8_t* x, size_t row, size_t rows, v128_t flip) {
  v128_t largest = wasm_v128_xor(wasm_v128_load(x), flip);
  for (size_t r = 1; r < rows; ++r) {
    largest = wasm_u8x16_max(largest, wasm_v128_xor(wasm_v128_load(x + r * row), flip));
  }
  return largest;
}

/* With step 2 every second one is taken of the results, where that is least work. */
XQ_INLINE void largest16(const uint8_t* x, size_t row, size_t rows, size_t step, v128_t flip,
                         v128_t y_flip, uint8_t* y) {
  v128_t largest = largest_of(x, row, rows, flip);
  if (step == 2) {
    const v128_t low = wasm_i16x8_splat(255);
    largest = wasm_u8x16_narrow_i16x8(wasm_v128_and(largest, low),
                                      wasm_v128_and(largest_of(x + 16, row, rows, flip), low));
  }
  wasm_v128_store(y, wasm_v128_xor(largest, y_flip));
}

/* 8 outputs of step 2. */
static void largest8(const uint8_t* x, size_t row, size_t rows, v128_t flip, v128_t y_flip,
                     uint8_t* y) {
  uint8_t whole[16];
  largest16(x, row, rows, 2, flip, y_flip, whole);
  memcpy(y, whole, 8);
}

/* What is left at the end is done by vectors that end there and repeat some elements. */
XQ_INLINE void largest_run(const uint8_t* x, size_t row, size_t rows, size_t step, size_t n,
                           uint8_t flip, uint8_t y_flip, uint8_t* y) {
  const v128_t f = wasm_i8x16_splat((int8_t)flip), g = wasm_i8x16_splat((int8_t)y_flip);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) largest16(x + i * step, row, rows, step, f, g, y + i);
  if (i == n) return;
  if (n >= 16) {
    largest16(x + (n - 16) * step, row, rows, step, f, g, y + n - 16);
    return;
  }
  if (n >= 8 && step == 2) {
    largest8(x, row, rows, f, g, y);
    largest8(x + (n - 8) * step, row, rows, f, g, y + n - 8);
    return;
  }
  for (; i < n; ++i) {
    uint8_t code = x[step * i] ^ flip;
    for (size_t r = 1; r < rows; ++r) {
      const uint8_t other = x[r * row + step * i] ^ flip;
      code = other > code ? other : code;
    }
    y[i] = code ^ y_flip;
  }
}

#define XQ_OWN_LARGEST
/* kernels.h: largest. Windows are mostly 3 wide. */
static void largest(const uint8_t* x, size_t row, size_t rows, size_t step, size_t n, uint8_t flip,
                    uint8_t y_flip, uint8_t* y) {
  if (rows == 3 && step == 1) {
    largest_run(x, row, 3, 1, n, flip, y_flip, y);
  } else if (rows == 3) {
    largest_run(x, row, 3, 2, n, flip, y_flip, y);
  } else {
    largest_run(x, row, rows, step, n, flip, y_flip, y);
  }
}

static int16_t widened(uint8_t x, uint8_t flip, int32_t zero_point) {
  return (int16_t)((int8_t)(x ^ flip) - zero_point);
}

static void widen16(const uint8_t* x, v128_t flip, v128_t zero_point, int16_t* y) {
  const v128_t bytes = wasm_v128_xor(wasm_v128_load(x), flip);
  wasm_v128_store(y, wasm_i16x8_sub(wasm_i16x8_extend_low_i8x16(bytes), zero_point));
  wasm_v128_store(y + 8, wasm_i16x8_sub(wasm_i16x8_extend_high_i8x16(bytes), zero_point));
}

static void widen8(const uint8_t* x, v128_t flip, v128_t zero_point, int16_t* y) {
  const v128_t bytes = wasm_v128_xor(wasm_v128_load64_zero(x), flip);
  wasm_v128_store(y, wasm_i16x8_sub(wasm_i16x8_extend_low_i8x16(bytes), zero_point));
}

static void widen4(const uint8_t* x, v128_t flip, v128_t zero_point, int16_t* y) {
  const v128_t bytes = wasm_v128_xor(wasm_v128_load32_zero(x), flip);
  const v128_t words = wasm_i16x8_sub(wasm_i16x8_extend_low_i8x16(bytes), zero_point);
  wasm_v128_store64_lane(y, words, 0);
}

/* What is left at the end is done by vectors that end there and repeat some elements. */
static void widen(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y) {
  const v128_t f = wasm_i8x16_splat((int8_t)flip);
  const v128_t z = wasm_i16x8_splat((int16_t)zero_point);
  size_t i = 0;
  if (n >= 16) {
    for (; i + 16 <= n; i += 16) widen16(x + i, f, z, y + i);
    if (i < n) widen16(x + n - 16, f, z, y + n - 16);
    return;
  }
  if (n >= 8) {
    widen8(x, f, z, y);
    if (n > 8) widen8(x + n - 8, f, z, y + n - 8);
    return;
  }
  if (n < 4) {
    for (; i < n; ++i) y[i] = widened(x[i], flip, zero_point);
    return;
  }
  for (; i + 4 <= n; i += 4) widen4(x + i, f, z, y + i);
  if (i < n) widen4(x + n - 4, f, z, y + n - 4);
}

/* The even bytes are the low halves of words: shifted up and, signed, down again. */
static void widen_even(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y) {
  const v128_t f = wasm_i8x16_splat((int8_t)flip);
  const v128_t z = wasm_i16x8_splat((int16_t)zero_point);
  size_t i = 0;
  for (; i + 9 <= n; i += 8) {
    const v128_t words = wasm_v128_xor(wasm_v128_load(x + 2 * i), f);
    const v128_t even = wasm_i16x8_shr(wasm_i16x8_shl(words, 8), 8);
    wasm_v128_store(y + i, wasm_i16x8_sub(even, z));
  }
  for (; i < n; ++i) y[i] = widened(x[2 * i], flip, zero_point);
}

/* Elements 0, 2, ... of a row and elements 1, 3, ...: the low and high halves of words. What is
 * left at the end is done by vectors that end there and repeat some elements. */
static void split16(const uint8_t* x, v128_t flip, v128_t zero_point, int16_t* even, int16_t* odd) {
  const v128_t words = wasm_v128_xor(wasm_v128_load(x), flip);
  const v128_t low = wasm_i16x8_shr(wasm_i16x8_shl(words, 8), 8);
  wasm_v128_store(even, wasm_i16x8_sub(low, zero_point));
  wasm_v128_store(odd, wasm_i16x8_sub(wasm_i16x8_shr(words, 8), zero_point));
}

static void split4(const uint8_t* x, v128_t flip, v128_t zero_point, int16_t* even, int16_t* odd) {
  const v128_t words = wasm_v128_xor(wasm_v128_load32_zero(x), flip);
  const v128_t low = wasm_i16x8_sub(wasm_i16x8_shr(wasm_i16x8_shl(words, 8), 8), zero_point);
  wasm_v128_store32_lane(even, low, 0);
  wasm_v128_store32_lane(odd, wasm_i16x8_sub(wasm_i16x8_shr(words, 8), zero_point), 0);
}

static void split(const uint8_t* x, size_t columns, uint8_t flip, int32_t zero_point, int16_t* even,
                  int16_t* odd) {
  const v128_t f = wasm_i8x16_splat((int8_t)flip);
  const v128_t z = wasm_i16x8_splat((int16_t)zero_point);
  const size_t whole = columns / 2 * 2;
  size_t i = 0;
  if (whole >= 16) {
    for (; i + 16 <= whole; i += 16) split16(x + i, f, z, even + i / 2, odd + i / 2);
    i = whole - 16;
    split16(x + i, f, z, even + i / 2, odd + i / 2);
  } else {
    for (; i + 4 <= whole; i += 4) split4(x + i, f, z, even + i / 2, odd + i / 2);
    if (i < whole) {
      even[i / 2] = widened(x[i], flip, zero_point);
      odd[i / 2] = widened(x[i + 1], flip, zero_point);
    }
  }
  if (whole < columns) even[whole / 2] = widened(x[whole], flip, zero_point);
}

/* Elements r, r + 4, ... of a row to phase[r]: byte r of each word, for 8 words. */
static void split4_32(const uint8_t* x, v128_t flip, v128_t zero_point, int16_t* const phase[4],
                      size_t at) {
  const v128_t a = wasm_v128_xor(wasm_v128_load(x), flip);
  const v128_t b = wasm_v128_xor(wasm_v128_load(x + 16), flip);
  for (unsigned r = 0; r < 4; ++r) {
    const v128_t low = wasm_i32x4_shr(wasm_i32x4_shl(a, 24 - 8 * r), 24);
    const v128_t high = wasm_i32x4_shr(wasm_i32x4_shl(b, 24 - 8 * r), 24);
    wasm_v128_store(phase[r] + at, wasm_i16x8_sub(wasm_i16x8_narrow_i32x4(low, high), zero_point));
  }
}

static void split4_16(const uint8_t* x, v128_t flip, v128_t zero_point, int16_t* const phase[4],
                      size_t at) {
  const v128_t a = wasm_v128_xor(wasm_v128_load(x), flip);
  for (unsigned r = 0; r < 4; ++r) {
    const v128_t words = wasm_i32x4_shr(wasm_i32x4_shl(a, 24 - 8 * r), 24);
    const v128_t codes = wasm_i16x8_sub(wasm_i16x8_narrow_i32x4(words, words), zero_point);
    wasm_v128_store64_lane(phase[r] + at, codes, 0);
  }
}

/* kernels.h: split4_rows. What is left at the end of a row is done by vectors that end there and
 * repeat some elements. */
#define XQ_OWN_SPLIT4
static void split4_rows(const uint8_t* x, size_t x_step, size_t rows, size_t columns, uint8_t flip,
                        int32_t zero_point, int16_t* const phase[4], size_t pitch) {
  const v128_t f = wasm_i8x16_splat((int8_t)flip);
  const v128_t z = wasm_i16x8_splat((int16_t)zero_point);
  for (size_t row = 0; row < rows; ++row, x += x_step) {
    const size_t at = row * pitch;
    const size_t whole = columns / 4 * 4;
    size_t i = 0;
    if (whole >= 32) {
      for (; i + 32 <= whole; i += 32) split4_32(x + i, f, z, phase, at + i / 4);
      if (i < whole) split4_32(x + whole - 32, f, z, phase, at + (whole - 32) / 4);
      i = whole;
    }
    if (i == 0 && whole >= 16) {
      for (; i + 16 <= whole; i += 16) split4_16(x + i, f, z, phase, at + i / 4);
      if (i < whole) split4_16(x + whole - 16, f, z, phase, at + (whole - 16) / 4);
      i = whole;
    }
    for (; i < columns; ++i) phase[i % 4][at + i / 4] = widened(x[i], flip, zero_point);
  }
}

/* A table of 256 bytes does not fit shuffles; loads of bytes are as fast as it gets. */
static void lookup(const uint8_t* table, const uint8_t* x, size_t n, uint8_t* y) {
  for (size_t i = 0; i < n; ++i) y[i] = table[x[i]];
}

/* words: codes times 256, which makes pairs with 256, so that a product of pairs adds `part` times
 * 256. */
static inline v128_t line8(v128_t words, v128_t factors, uint32_t shift, v128_t whole) {
  const v128_t unit = wasm_i16x8_splat(256);
  const v128_t low = wasm_i16x8_shuffle(words, unit, 0, 8, 1, 9, 2, 10, 3, 11);
  const v128_t high = wasm_i16x8_shuffle(words, unit, 4, 12, 5, 13, 6, 14, 7, 15);
  const v128_t values =
      wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_dot_i16x8(low, factors), shift + 8),
                              wasm_i32x4_shr(wasm_i32x4_dot_i16x8(high, factors), shift + 8));
  return wasm_i16x8_add_sat(values, whole);
}

static uint8_t line1(const xq_line* f, uint8_t x) {
  const int32_t code = (int8_t)(x ^ f->x_flip);
  int32_t value = ((code * f->slope + f->part) >> f->shift) + f->whole;
  value = value < f->low ? f->low : value;
  value = value > f->high ? f->high : value;
  return (uint8_t)((uint32_t)value ^ f->y_flip);
}

/* Whether flips and bounds do nothing that narrowing to int8 does not. */
static int is_plain(const xq_line* f) {
  const int32_t first = ((-128 * f->slope + f->part) >> f->shift) + f->whole;
  const int32_t last = ((127 * f->slope + f->part) >> f->shift) + f->whole;
  return f->x_flip == 0 && f->y_flip == 0 && (f->low == -128 || first >= f->low) &&
         (f->high == 127 || last <= f->high);
}

/* Inlined, so that the shift may be a constant: others are moved into a register each time. */
XQ_INLINE void line_run(const xq_line* f, uint32_t shift, int plain, const uint8_t* x, size_t n,
                        uint8_t* y) {
  const v128_t zero = wasm_i8x16_splat(0);
  const v128_t x_flip = wasm_i8x16_splat((int8_t)f->x_flip);
  const v128_t y_flip = wasm_i8x16_splat((int8_t)f->y_flip);
  const v128_t factors = wasm_i32x4_splat((int32_t)((uint32_t)f->part << 16 | (uint32_t)f->slope));
  const v128_t whole = wasm_i16x8_splat((int16_t)f->whole);
  const v128_t low = wasm_i8x16_splat((int8_t)f->low);
  const v128_t high = wasm_i8x16_splat((int8_t)f->high);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    v128_t codes = wasm_v128_load(x + i);
    if (!plain) codes = wasm_v128_xor(codes, x_flip);
    const v128_t first =
        wasm_i8x16_shuffle(zero, codes, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const v128_t second = wasm_i8x16_shuffle(zero, codes, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                             29, 14, 30, 15, 31);
    v128_t values = wasm_i8x16_narrow_i16x8(line8(first, factors, shift, whole),
                                            line8(second, factors, shift, whole));
    if (!plain) {
      values = wasm_v128_xor(wasm_i8x16_min(wasm_i8x16_max(values, low), high), y_flip);
    }
    wasm_v128_store(y + i, values);
  }
  for (; i < n; ++i) y[i] = line1(f, x[i]);
}

/* kernels.h: line. Slopes of rescaling are about 1. */
static void line(const xq_line* f, const uint8_t* x, size_t n, uint8_t* y) {
  const int plain = is_plain(f);
  if (plain && f->shift == 15) {
    line_run(f, 15, 1, x, n, y);
  } else if (plain && f->shift == 14) {
    line_run(f, 14, 1, x, n, y);
  } else {
    line_run(f, (uint32_t)f->shift, 0, x, n, y);
  }
}

#endif /* XQUANT_INT8_ISA_WASM_BYTES_H_ */

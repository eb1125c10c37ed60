/* WebAssembly SIMD128, no relaxed instructions. Float arithmetic rounds half to even by definition
 * and denormals count. */
#include <string.h>
#include <wasm_simd128.h>

#include "int8/isa/kernels.h"
#define XQ_VECTOR_BYTES 16
#include "int8/isa/winograd2_vectors.h"
#include "int8/isa/winograd4_vectors.h"
#include "int8/real/map.h"

enum { kLanes = 4 };

/* A module with these instructions does not load where they are missing. */
static int is_available(void) { return 1; }

/* Adding 1.5 * 2^23 to a number below 2^22 rounds it to an integer, half to even, and leaves that
 * in the low bits: cheaper than f32x4.nearest and i32x4.trunc_sat, which engines expand. */
#define XQ_MAGIC 12582912.0f
enum { kMagicBits = 0x4B400000 };

typedef struct output4 {
  v128_t low, high, offset;
} output4;

static output4 broadcast(xq_output to) {
  const output4 o = {wasm_f32x4_splat((float)to.low), wasm_f32x4_splat((float)to.high),
                     wasm_i32x4_splat(to.zero_point - kMagicBits)};
  return o;
}

/* v is not NaN. */
static v128_t round_to(v128_t v, output4 to) {
  const v128_t bounded = wasm_f32x4_pmin(wasm_f32x4_pmax(v, to.low), to.high);
  return wasm_i32x4_add(wasm_f32x4_add(bounded, wasm_f32x4_splat(XQ_MAGIC)), to.offset);
}

/* The low bytes of 16 lanes. */
static void store16(v128_t a, v128_t b, v128_t c, v128_t d, uint8_t* q) {
  const v128_t byte = wasm_i16x8_splat(255);
  const v128_t low = wasm_v128_and(wasm_i16x8_narrow_i32x4(a, b), byte);
  const v128_t high = wasm_v128_and(wasm_i16x8_narrow_i32x4(c, d), byte);
  wasm_v128_store(q, wasm_u8x16_narrow_i16x8(low, high));
}

/* The low bytes of the first n <= 4 lanes. */
static void store_bytes(v128_t v, uint8_t* q, size_t n) {
  /* Engines make a constant for a shuffle, but not for these. */
  const v128_t low = wasm_v128_and(v, wasm_i32x4_splat(255));
  const v128_t words = wasm_i16x8_narrow_i32x4(low, low);
  const v128_t bytes = wasm_u8x16_narrow_i16x8(words, words);
  if (n >= kLanes) {
    wasm_v128_store32_lane(q, bytes, 0);
    return;
  }
  /* A copy of n bytes would be a call into the engine. */
  if (n > 0) q[0] = (uint8_t)wasm_u8x16_extract_lane(bytes, 0);
  if (n > 1) q[1] = (uint8_t)wasm_u8x16_extract_lane(bytes, 1);
  if (n > 2) q[2] = (uint8_t)wasm_u8x16_extract_lane(bytes, 2);
}

/* The first n < 4 elements of 4 bytes each, then zeros. */
static v128_t load_rest(const void* x, size_t n) {
  const char* from = x;
  v128_t rest = wasm_i32x4_splat(0);
  if (n > 0) rest = wasm_v128_load32_lane(from, rest, 0);
  if (n > 1) rest = wasm_v128_load32_lane(from + 4, rest, 1);
  if (n > 2) rest = wasm_v128_load32_lane(from + 8, rest, 2);
  return rest;
}

static size_t quantize4(v128_t x, v128_t scale, output4 to, uint8_t* q, size_t n) {
  const v128_t nan = wasm_f32x4_ne(x, x);
  const v128_t ratio = wasm_v128_andnot(wasm_f32x4_div(x, scale), nan);
  store_bytes(round_to(ratio, to), q, n);
  return (size_t)__builtin_popcount(wasm_i32x4_bitmask(nan));
}

/* Subtracts 1 for each NaN in its lane of `nans`. */
static v128_t ratio4(const float* x, v128_t scale, output4 to, v128_t* nans) {
  const v128_t v = wasm_v128_load(x);
  const v128_t nan = wasm_f32x4_ne(v, v);
  *nans = wasm_i32x4_add(*nans, nan);
  return round_to(wasm_v128_andnot(wasm_f32x4_div(v, scale), nan), to);
}

static size_t quantize(const float* x, size_t n, float scale, xq_output to, uint8_t* q) {
  const v128_t s = wasm_f32x4_splat(scale);
  const output4 o = broadcast(to);
  size_t nans = 0;
  size_t i = 0;
  v128_t less = wasm_i32x4_splat(0);
  for (; i + 16 <= n; i += 16) {
    const v128_t a = ratio4(x + i, s, o, &less);
    const v128_t b = ratio4(x + i + 4, s, o, &less);
    const v128_t c = ratio4(x + i + 8, s, o, &less);
    const v128_t d = ratio4(x + i + 12, s, o, &less);
    store16(a, b, c, d, q + i);
  }
  nans -= (size_t)(wasm_i32x4_extract_lane(less, 0) + wasm_i32x4_extract_lane(less, 1) +
                   wasm_i32x4_extract_lane(less, 2) + wasm_i32x4_extract_lane(less, 3));
  for (; i + kLanes <= n; i += kLanes) {
    nans += quantize4(wasm_v128_load(x + i), s, o, q + i, kLanes);
  }
  if (i < n) nans += quantize4(load_rest(x + i, n - i), s, o, q + i, n - i);
  return nans;
}

/* 8 elements widened to int16. */
static void dequantize8(v128_t words, v128_t scale, v128_t zero_point, float* x) {
  const v128_t shifted = wasm_i16x8_sub(words, zero_point);
  const v128_t low = wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(shifted));
  const v128_t high = wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(shifted));
  wasm_v128_store(x, wasm_f32x4_mul(low, scale));
  wasm_v128_store(x + kLanes, wasm_f32x4_mul(high, scale));
}

static void dequantize_s8(const int8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  const v128_t s = wasm_f32x4_splat(scale);
  const v128_t z = wasm_i16x8_splat((int16_t)zero_point);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) dequantize8(wasm_i16x8_load8x8(q + i), s, z, x + i);
  for (; i < n; ++i) x[i] = (float)(q[i] - zero_point) * scale;
}

static void dequantize_u8(const uint8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  const v128_t s = wasm_f32x4_splat(scale);
  const v128_t z = wasm_i16x8_splat((int16_t)zero_point);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) dequantize8(wasm_u16x8_load8x8(q + i), s, z, x + i);
  for (; i < n; ++i) x[i] = (float)(q[i] - zero_point) * scale;
}

typedef struct addend4 {
  v128_t flip, zero_point, scale;
} addend4;

static addend4 broadcast_addend(const xq_addend* a) {
  const addend4 wide = {wasm_i8x16_splat((int8_t)a->flip), wasm_i16x8_splat((int16_t)a->zero_point),
                        wasm_f32x4_splat(a->scale)};
  return wide;
}

/* The real numbers of 8 codes, widened to int16. */
static void reals8(v128_t words, const addend4* a, v128_t r[2]) {
  const v128_t shifted = wasm_i16x8_sub(words, a->zero_point);
  const v128_t low = wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(shifted));
  const v128_t high = wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(shifted));
  r[0] = wasm_f32x4_mul(low, a->scale);
  r[1] = wasm_f32x4_mul(high, a->scale);
}

static void add16(const uint8_t* a, const addend4* fa, const uint8_t* b, const addend4* fb,
                  v128_t scale, output4 to, uint8_t* q) {
  const v128_t x = wasm_v128_xor(wasm_v128_load(a), fa->flip);
  const v128_t y = wasm_v128_xor(wasm_v128_load(b), fb->flip);
  v128_t r[4], s[4];
  reals8(wasm_i16x8_extend_low_i8x16(x), fa, r);
  reals8(wasm_i16x8_extend_high_i8x16(x), fa, r + 2);
  reals8(wasm_i16x8_extend_low_i8x16(y), fb, s);
  reals8(wasm_i16x8_extend_high_i8x16(y), fb, s + 2);
  for (int i = 0; i < 4; ++i) {
    r[i] = round_to(wasm_f32x4_div(wasm_f32x4_add(r[i], s[i]), scale), to);
  }
  store16(r[0], r[1], r[2], r[3], q);
}

/* kernels.h: add, largest. What is left at the end is done by vectors that end there and repeat
 * some elements, or on the stack. */
#define XQ_OWN_ADD
static void add(const xq_addend* a, const xq_addend* b, size_t n, float scale, xq_output to,
                uint8_t* q) {
  const addend4 fa = broadcast_addend(a), fb = broadcast_addend(b);
  const v128_t s = wasm_f32x4_splat(scale);
  const output4 o = broadcast(to);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) add16(a->codes + i, &fa, b->codes + i, &fb, s, o, q + i);
  if (i == n) return;
  if (n >= 16) {
    add16(a->codes + n - 16, &fa, b->codes + n - 16, &fb, s, o, q + n - 16);
    return;
  }
  uint8_t x[16] = {0}, y[16] = {0}, z[16];
  for (size_t k = 0; k < n; ++k) x[k] = a->codes[k], y[k] = b->codes[k];
  add16(x, &fa, y, &fb, s, o, z);
  for (size_t k = 0; k < n; ++k) q[k] = z[k];
}

/* Bytes 0, step, ... of 16 of them. */
static v128_t load_steps(const uint8_t* x, size_t step) {
  if (step == 1) return wasm_v128_load(x);
  const v128_t low = wasm_i16x8_splat(255);
  return wasm_u8x16_narrow_i16x8(wasm_v128_and(wasm_v128_load(x), low),
                                 wasm_v128_and(wasm_v128_load(x + 16), low));
}

static void largest16(const uint8_t* x, size_t row, size_t rows, size_t step, v128_t flip,
                      v128_t y_flip, uint8_t* y) {
  v128_t largest = wasm_v128_xor(load_steps(x, step), flip);
  for (size_t r = 1; r < rows; ++r) {
    largest = wasm_u8x16_max(largest, wasm_v128_xor(load_steps(x + r * row, step), flip));
  }
  wasm_v128_store(y, wasm_v128_xor(largest, y_flip));
}

static void largest(const uint8_t* x, size_t row, size_t rows, size_t step, size_t n, uint8_t flip,
                    uint8_t y_flip, uint8_t* y) {
  const v128_t f = wasm_i8x16_splat((int8_t)flip), g = wasm_i8x16_splat((int8_t)y_flip);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) largest16(x + i * step, row, rows, step, f, g, y + i);
  if (i == n) return;
  if (n >= 16) {
    largest16(x + (n - 16) * step, row, rows, step, f, g, y + n - 16);
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

static v128_t scale4(v128_t acc, v128_t multiplier, output4 to) {
  return round_to(wasm_f32x4_mul(wasm_f32x4_convert_i32x4(acc), multiplier), to);
}

static void requantize16(const int32_t* acc, v128_t multiplier, output4 to, uint8_t* q) {
  store16(scale4(wasm_v128_load(acc), multiplier, to),
          scale4(wasm_v128_load(acc + 4), multiplier, to),
          scale4(wasm_v128_load(acc + 8), multiplier, to),
          scale4(wasm_v128_load(acc + 12), multiplier, to), q);
}

static void requantize8(const int32_t* acc, v128_t multiplier, output4 to, uint8_t* q) {
  const v128_t a = scale4(wasm_v128_load(acc), multiplier, to);
  const v128_t b = scale4(wasm_v128_load(acc + 4), multiplier, to);
  const v128_t words = wasm_v128_and(wasm_i16x8_narrow_i32x4(a, b), wasm_i16x8_splat(255));
  wasm_v128_store64_lane(q, wasm_u8x16_narrow_i16x8(words, words), 0);
}

/* What is left at the end is done by vectors that end there and repeat some elements. */
static void requantize(const int32_t* acc, size_t n, float multiplier, xq_output to, uint8_t* q) {
  const v128_t m = wasm_f32x4_splat(multiplier);
  const output4 o = broadcast(to);
  size_t i = 0;
  if (n >= 16) {
    for (; i + 16 <= n; i += 16) requantize16(acc + i, m, o, q + i);
    if (i < n) requantize16(acc + n - 16, m, o, q + n - 16);
    return;
  }
  if (n >= 8) {
    requantize8(acc, m, o, q);
    if (n > 8) requantize8(acc + n - 8, m, o, q + n - 8);
    return;
  }
  for (; i + kLanes <= n; i += kLanes) {
    store_bytes(scale4(wasm_v128_load(acc + i), m, o), q + i, kLanes);
  }
  if (i == n) return;
  if (n > kLanes) {
    store_bytes(scale4(wasm_v128_load(acc + n - kLanes), m, o), q + n - kLanes, kLanes);
  } else {
    store_bytes(scale4(load_rest(acc, n), m, o), q, n);
  }
}

/* Rows of less than two vectors go together, with what lies between them, and are copied. */
#define XQ_OWN_ROWS
static void requantize_rows(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                            float multiplier, xq_output to, uint8_t* q, size_t q_step) {
  if (columns < kLanes || columns >= 2 * kLanes || acc_pitch > 4 * kLanes) {
    for (; rows > 0; --rows, acc += acc_pitch, q += q_step) {
      requantize(acc, columns, multiplier, to, q);
    }
    return;
  }
  uint8_t codes[512];
  const size_t most = sizeof(codes) / acc_pitch;
  while (rows > 0) {
    const size_t few = rows < most ? rows : most;
    requantize(acc, (few - 1) * acc_pitch + columns, multiplier, to, codes);
    const uint8_t* from = codes;
    for (size_t r = 0; r < few; ++r, from += acc_pitch, q += q_step) {
      memcpy(q, from, kLanes);
      memcpy(q + columns - kLanes, from + columns - kLanes, kLanes);
    }
    acc += few * acc_pitch;
    rows -= few;
  }
}

typedef struct leaky4 {
  v128_t unit, slope, scale;
  output4 to;
} leaky4;

/* A slope of at most 1 makes the larger of r and slope * r the one that LeakyRelu takes. */
static v128_t leak4(const int32_t* acc, const leaky4* f) {
  const v128_t r = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(wasm_v128_load(acc)), f->unit);
  const v128_t leaked = wasm_f32x4_pmax(r, wasm_f32x4_mul(r, f->slope));
  return round_to(wasm_f32x4_div(leaked, f->scale), f->to);
}

static void leak16(const int32_t* acc, const leaky4* f, uint8_t* q) {
  store16(leak4(acc, f), leak4(acc + 4, f), leak4(acc + 8, f), leak4(acc + 12, f), q);
}

static void leaky_row(const int32_t* acc, size_t n, const leaky4* f, uint8_t* q) {
  size_t i = 0;
  if (n >= 16) {
    for (; i + 16 <= n; i += 16) leak16(acc + i, f, q + i);
    if (i < n) leak16(acc + n - 16, f, q + n - 16);
    return;
  }
  for (; i + kLanes <= n; i += kLanes) store_bytes(leak4(acc + i, f), q + i, kLanes);
  if (i == n) return;
  if (n > kLanes) {
    store_bytes(leak4(acc + n - kLanes, f), q + n - kLanes, kLanes);
  } else {
    int32_t rest[kLanes] = {0};
    for (; i < n; ++i) rest[i] = acc[i];
    store_bytes(leak4(rest, f), q, n);
  }
}

#define XQ_OWN_LEAKY_ROWS
static void requantize_leaky_rows(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                                  float unit, float slope, float scale, xq_output to, uint8_t* q,
                                  size_t q_step) {
  const leaky4 f = {wasm_f32x4_splat(unit), wasm_f32x4_splat(slope), wasm_f32x4_splat(scale),
                    broadcast(to)};
  for (; rows > 0; --rows, acc += acc_pitch, q += q_step) leaky_row(acc, columns, &f, q);
}

static void requantize_each(const int32_t* acc, size_t n, const float* multiplier, xq_output to,
                            uint8_t* q) {
  const output4 o = broadcast(to);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    v128_t v[4];
    for (size_t k = 0; k < 4; ++k) {
      v[k] = scale4(wasm_v128_load(acc + i + 4 * k), wasm_v128_load(multiplier + i + 4 * k), o);
    }
    store16(v[0], v[1], v[2], v[3], q + i);
  }
  for (; i + kLanes <= n; i += kLanes) {
    const v128_t m = wasm_v128_load(multiplier + i);
    store_bytes(scale4(wasm_v128_load(acc + i), m, o), q + i, kLanes);
  }
  if (i == n) return;
  const v128_t m = load_rest(multiplier + i, n - i);
  store_bytes(scale4(load_rest(acc + i, n - i), m, o), q + i, n - i);
}

static int16_t widened(uint8_t x, uint8_t flip, int32_t zero_point) {
  return (int16_t)((int8_t)(x ^ flip) - zero_point);
}

static void widen16(const uint8_t* x, v128_t flip, v128_t zero_point, int16_t* y) {
  const v128_t bytes = wasm_v128_xor(wasm_v128_load(x), flip);
  wasm_v128_store(y, wasm_i16x8_sub(wasm_i16x8_extend_low_i8x16(bytes), zero_point));
  wasm_v128_store(y + 8, wasm_i16x8_sub(wasm_i16x8_extend_high_i8x16(bytes), zero_point));
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

/* Codes in pairs with a 1, so that a product of pairs adds `part`. */
static v128_t line8(v128_t pairs, v128_t factors, uint32_t shift, v128_t whole) {
  const v128_t low = wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(pairs), factors);
  const v128_t high = wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(pairs), factors);
  const v128_t words =
      wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(low, shift), wasm_i32x4_shr(high, shift));
  return wasm_i16x8_add_sat(words, whole);
}

static uint8_t line1(const xq_line* f, uint8_t x) {
  const int32_t code = (int8_t)(x ^ f->x_flip);
  int32_t value = ((code * f->slope + f->part) >> f->shift) + f->whole;
  value = value < f->low ? f->low : value;
  value = value > f->high ? f->high : value;
  return (uint8_t)((uint32_t)value ^ f->y_flip);
}

/* kernels.h: line */
static void line(const xq_line* f, const uint8_t* x, size_t n, uint8_t* y) {
  const v128_t ones = wasm_i8x16_splat(1);
  const v128_t x_flip = wasm_i8x16_splat((int8_t)f->x_flip);
  const v128_t y_flip = wasm_i8x16_splat((int8_t)f->y_flip);
  const v128_t factors = wasm_i32x4_splat((int32_t)((uint32_t)f->part << 16 | (uint32_t)f->slope));
  const v128_t whole = wasm_i16x8_splat((int16_t)f->whole);
  const v128_t low = wasm_i8x16_splat((int8_t)f->low);
  const v128_t high = wasm_i8x16_splat((int8_t)f->high);
  const uint32_t shift = (uint32_t)f->shift;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const v128_t codes = wasm_v128_xor(wasm_v128_load(x + i), x_flip);
    const v128_t first =
        wasm_i8x16_shuffle(codes, ones, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const v128_t second = wasm_i8x16_shuffle(codes, ones, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                             29, 14, 30, 15, 31);
    const v128_t values = wasm_i8x16_narrow_i16x8(line8(first, factors, shift, whole),
                                                  line8(second, factors, shift, whole));
    const v128_t bounded = wasm_i8x16_min(wasm_i8x16_max(values, low), high);
    wasm_v128_store(y + i, wasm_v128_xor(bounded, y_flip));
  }
  for (; i < n; ++i) y[i] = line1(f, x[i]);
}

/* Engines keep 16 vector registers: 4 x 8 accumulators take 8 of them. */
enum { kTileColumns = 8, kGroup = 2 };

static size_t tile_columns(void) { return kTileColumns; }

__attribute__((noinline)) static void pack_columns(const int16_t* even, const int16_t* odd,
                                                   size_t columns, size_t panel, int16_t* to) {
  for (size_t c = 0; c < columns; c += kTileColumns, to += panel) {
    const v128_t a = wasm_v128_load(even + c);
    const v128_t b = wasm_v128_load(odd + c);
    wasm_v128_store(to, wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11));
    wasm_v128_store(to + 8, wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15));
  }
}

/* A transposition of 4 x 4 pairs at a time. */
__attribute__((noinline)) static void pack_rows(const int16_t* lines, size_t stride, size_t groups,
                                                int16_t* panel) {
  size_t k = 0;
  for (; k + 4 <= groups; k += 4, panel += 4 * XQ_TILE_ROWS * kGroup) {
    const int16_t* from = lines + k * kGroup;
    const v128_t r0 = wasm_v128_load(from);
    const v128_t r1 = wasm_v128_load(from + stride);
    const v128_t r2 = wasm_v128_load(from + 2 * stride);
    const v128_t r3 = wasm_v128_load(from + 3 * stride);
    const v128_t a = wasm_i32x4_shuffle(r0, r1, 0, 4, 1, 5);
    const v128_t b = wasm_i32x4_shuffle(r2, r3, 0, 4, 1, 5);
    const v128_t c = wasm_i32x4_shuffle(r0, r1, 2, 6, 3, 7);
    const v128_t d = wasm_i32x4_shuffle(r2, r3, 2, 6, 3, 7);
    wasm_v128_store(panel, wasm_i64x2_shuffle(a, b, 0, 2));
    wasm_v128_store(panel + 8, wasm_i64x2_shuffle(a, b, 1, 3));
    wasm_v128_store(panel + 16, wasm_i64x2_shuffle(c, d, 0, 2));
    wasm_v128_store(panel + 24, wasm_i64x2_shuffle(c, d, 1, 3));
  }
  for (; k < groups; ++k) {
    for (size_t r = 0; r < XQ_TILE_ROWS; ++r, panel += kGroup) {
      memcpy(panel, lines + r * stride + k * kGroup, kGroup * sizeof(int16_t));
    }
  }
}

static v128_t multiply_add(v128_t acc, v128_t a, v128_t b) {
  return wasm_i32x4_add(acc, wasm_i32x4_dot_i16x8(a, b));
}

static void store_row(int32_t* acc, v128_t left, v128_t right) {
  wasm_v128_store(acc, left);
  wasm_v128_store(acc + kLanes, right);
}

/* Not inlined: engines optimize a hot function, not the middle of a long one. */
__attribute__((noinline)) static void tile(size_t groups, const int16_t* a, const int16_t* b,
                                           const int32_t* start, int32_t* acc, size_t acc_stride) {
  v128_t l0 = wasm_i32x4_splat(start[0]), r0 = l0, l1 = wasm_i32x4_splat(start[1]), r1 = l1;
  v128_t l2 = wasm_i32x4_splat(start[2]), r2 = l2, l3 = wasm_i32x4_splat(start[3]), r3 = l3;
  for (size_t k = 0; k < groups; ++k) {
    const v128_t left = wasm_v128_load(b);
    const v128_t right = wasm_v128_load(b + 8);
    v128_t x = wasm_v128_load32_splat(a);
    l0 = multiply_add(l0, x, left);
    r0 = multiply_add(r0, x, right);
    x = wasm_v128_load32_splat(a + 2);
    l1 = multiply_add(l1, x, left);
    r1 = multiply_add(r1, x, right);
    x = wasm_v128_load32_splat(a + 4);
    l2 = multiply_add(l2, x, left);
    r2 = multiply_add(r2, x, right);
    x = wasm_v128_load32_splat(a + 6);
    l3 = multiply_add(l3, x, left);
    r3 = multiply_add(r3, x, right);
    a += XQ_TILE_ROWS * kGroup;
    b += kTileColumns * kGroup;
  }
  store_row(acc, l0, r0);
  store_row(acc + acc_stride, l1, r1);
  store_row(acc + 2 * acc_stride, l2, r2);
  store_row(acc + 3 * acc_stride, l3, r3);
}

__attribute__((noinline)) static void tile_row(size_t groups, const int16_t* a, const int16_t* b,
                                               int32_t start, int32_t* acc) {
  v128_t left = wasm_i32x4_splat(start);
  v128_t right = left;
  for (size_t k = 0; k < groups; ++k) {
    const v128_t x = wasm_v128_load32_splat(a);
    left = multiply_add(left, x, wasm_v128_load(b));
    right = multiply_add(right, x, wasm_v128_load(b + 8));
    a += XQ_TILE_ROWS * kGroup;
    b += kTileColumns * kGroup;
  }
  store_row(acc, left, right);
}

static void store_turns(int32_t* acc, v128_t even, v128_t odd) {
  wasm_v128_store(acc, wasm_i32x4_shuffle(even, odd, 0, 4, 1, 5));
  wasm_v128_store(acc + kLanes, wasm_i32x4_shuffle(even, odd, 2, 6, 3, 7));
}

/* 16 outputs at a time. Two neighbours of a row are a pair of i32x4.dot_i16x8_s as they lie: from
 * an even element on for even outputs, from the next one on for odd outputs. */
__attribute__((noinline)) static void depthwise(const int16_t* x, const size_t* offset,
                                                const int16_t* weight, size_t taps, int32_t bias,
                                                int32_t* acc, size_t n) {
  for (size_t i = 0; i < n; i += 16) {
    v128_t even0 = wasm_i32x4_splat(bias);
    v128_t odd0 = even0, even1 = even0, odd1 = even0;
    for (size_t t = 0; t < taps; t += 2) {
      const int16_t* from = x + offset[t] + i;
      const v128_t w = wasm_v128_load32_splat(weight + t);
      even0 = multiply_add(even0, wasm_v128_load(from), w);
      odd0 = multiply_add(odd0, wasm_v128_load(from + 1), w);
      even1 = multiply_add(even1, wasm_v128_load(from + 8), w);
      odd1 = multiply_add(odd1, wasm_v128_load(from + 9), w);
    }
    store_turns(acc + i, even0, odd0);
    store_turns(acc + i + 8, even1, odd1);
  }
}

#include "int8/isa/runs.h"

const xq_kernels xq_kernels_wasm_simd128 = {
    .name = "wasm_simd128",
    .is_available = is_available,
    .quantize = quantize,
    .dequantize_s8 = dequantize_s8,
    .dequantize_u8 = dequantize_u8,
    .add = add,
    .largest = largest,
    .requantize = requantize,
    .requantize_rows = requantize_rows,
    .requantize_leaky_rows = requantize_leaky_rows,
    .requantize_each = requantize_each,
    .widen = widen,
    .widen_even = widen_even,
    .widen_rows = widen_rows,
    .split_rows = split_rows,
    .split4_rows = split4_rows,
    .lookup = lookup,
    .line = line,
    .tile_columns = tile_columns,
    .k_group = kGroup,
    .pack_columns = pack_columns,
    .pack_rows = pack_rows,
    .tiles = tiles,
    .tiles_of_row = tiles_of_row,
    .depthwise = depthwise,
    .winograd2 = {winograd2_input, winograd2_output, winograd2_requantize},
    .winograd4 = {winograd4_input, winograd4_output, winograd4_requantize},
    .real_of = xq_real_of,
    .map = xq_map,
};

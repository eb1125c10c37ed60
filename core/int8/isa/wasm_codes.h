/* wasm.c: numbers and accumulators to codes and back. */
#ifndef XQUANT_INT8_ISA_WASM_CODES_H_
#define XQUANT_INT8_ISA_WASM_CODES_H_

#include <string.h>
#include <wasm_simd128.h>

#include "int8/isa/kernels.h"

enum { kLanes = 4 };

/* Adding 1.5 * 2^23 to a number below 2^22 rounds it to an integer, half to even, and leaves that
 * in the low bits: cheaper than f32x4.nearest and i32x4.trunc_sat, which engines expand. */
#define XQ_MAGIC 12582912.0f
enum { kMagicBits = 0x4B400000 };

/* Codes on their way are moved up or down to end at 127, so that narrowing to bytes, which
 * saturates, is the upper bound. Beyond 2^22 the sum with XQ_MAGIC is no longer the integer, but
 * its bits still grow with it while it is positive, which the lower bound sees to. */
typedef struct output4 {
  v128_t low, offset, move;
} output4;

static output4 broadcast(xq_output to) {
  const int32_t move = 127 - (to.high + to.zero_point);
  const output4 o = {wasm_f32x4_splat((float)to.low),
                     wasm_i32x4_splat(to.zero_point + move - kMagicBits),
                     wasm_i8x16_splat((int8_t)move)};
  return o;
}

static v128_t round_unbounded(v128_t v, output4 to) {
  return wasm_i32x4_add(wasm_f32x4_add(v, wasm_f32x4_splat(XQ_MAGIC)), to.offset);
}

/* v is not NaN. */
static v128_t round_to(v128_t v, output4 to) {
  return round_unbounded(wasm_f32x4_pmax(v, to.low), to);
}

/* 16 lanes of round_to. */
static void store16(v128_t a, v128_t b, v128_t c, v128_t d, output4 to, uint8_t* q) {
  const v128_t codes =
      wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(a, b), wasm_i16x8_narrow_i32x4(c, d));
  wasm_v128_store(q, wasm_i8x16_sub(codes, to.move));
}

/* The first n <= 4 lanes. */
static void store_bytes(v128_t v, output4 to, uint8_t* q, size_t n) {
  /* Engines make a constant for a shuffle, but not for these. */
  const v128_t words = wasm_i16x8_narrow_i32x4(v, v);
  const v128_t bytes = wasm_i8x16_sub(wasm_i8x16_narrow_i16x8(words, words), to.move);
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
  store_bytes(round_to(ratio, to), to, q, n);
  return (size_t)__builtin_popcount(wasm_i32x4_bitmask(nan));
}

static v128_t ratio4(v128_t x, v128_t scale, output4 to) {
  return round_to(wasm_f32x4_div(x, scale), to);
}

/* 16 numbers; what is NaN among them is found by a sum, which may be NaN without one, too. */
static size_t quantize16(const float* x, v128_t scale, output4 to, uint8_t* q) {
  const v128_t a = wasm_v128_load(x), b = wasm_v128_load(x + 4);
  const v128_t c = wasm_v128_load(x + 8), d = wasm_v128_load(x + 12);
  const v128_t sum = wasm_f32x4_add(wasm_f32x4_add(a, b), wasm_f32x4_add(c, d));
  if (wasm_v128_any_true(wasm_f32x4_ne(sum, sum))) {
    return quantize4(a, scale, to, q, kLanes) + quantize4(b, scale, to, q + 4, kLanes) +
           quantize4(c, scale, to, q + 8, kLanes) + quantize4(d, scale, to, q + 12, kLanes);
  }
  store16(ratio4(a, scale, to), ratio4(b, scale, to), ratio4(c, scale, to), ratio4(d, scale, to),
          to, q);
  return 0;
}

static size_t quantize(const float* x, size_t n, float scale, xq_output to, uint8_t* q) {
  const v128_t s = wasm_f32x4_splat(scale);
  const output4 o = broadcast(to);
  size_t nans = 0;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) nans += quantize16(x + i, s, o, q + i);
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

static v128_t scale4(v128_t acc, v128_t multiplier, output4 to) {
  return round_to(wasm_f32x4_mul(wasm_f32x4_convert_i32x4(acc), multiplier), to);
}

/* How accumulators become codes of one multiplier. Where that alone keeps the sum with XQ_MAGIC
 * positive, the lower bound is one of bytes. */
typedef struct scaling {
  v128_t multiplier, low_code;
  output4 to;
  int is_small; /* no accumulator times the multiplier is below -XQ_MAGIC */
  int is_whole; /* the bounds are those of int8, to which narrowing saturates */
} scaling;

static scaling scaling_of(float multiplier, xq_output to) {
  const int32_t low_code = 127 - (to.high - to.low); /* at least -128: a type has 256 codes */
  const scaling s = {wasm_f32x4_splat(multiplier), wasm_i8x16_splat((int8_t)low_code),
                     broadcast(to), multiplier <= XQ_MAGIC / 2147483648.0f,
                     low_code == -128 && to.high + to.zero_point == 127};
  return s;
}

static v128_t small4(const int32_t* acc, const scaling* s) {
  const v128_t real = wasm_f32x4_convert_i32x4(wasm_v128_load(acc));
  return round_unbounded(wasm_f32x4_mul(real, s->multiplier), s->to);
}

static v128_t small16(const int32_t* acc, const scaling* s) {
  const v128_t low = wasm_i16x8_narrow_i32x4(small4(acc, s), small4(acc + 4, s));
  const v128_t high = wasm_i16x8_narrow_i32x4(small4(acc + 8, s), small4(acc + 12, s));
  return wasm_i8x16_narrow_i16x8(low, high);
}

static void requantize_small16(const int32_t* acc, const scaling* s, uint8_t* q) {
  const v128_t codes = wasm_i8x16_max(small16(acc, s), s->low_code);
  wasm_v128_store(q, wasm_i8x16_sub(codes, s->to.move));
}

static void requantize16(const int32_t* acc, const scaling* s, uint8_t* q) {
  store16(scale4(wasm_v128_load(acc), s->multiplier, s->to),
          scale4(wasm_v128_load(acc + 4), s->multiplier, s->to),
          scale4(wasm_v128_load(acc + 8), s->multiplier, s->to),
          scale4(wasm_v128_load(acc + 12), s->multiplier, s->to), s->to, q);
}

static void requantize8(const int32_t* acc, const scaling* s, uint8_t* q) {
  const v128_t words =
      wasm_i16x8_narrow_i32x4(scale4(wasm_v128_load(acc), s->multiplier, s->to),
                              scale4(wasm_v128_load(acc + 4), s->multiplier, s->to));
  const v128_t codes = wasm_i8x16_narrow_i16x8(words, words);
  wasm_v128_store64_lane(q, wasm_i8x16_sub(codes, s->to.move), 0);
}

/* What is left at the end is done by vectors that end there and repeat some elements. */
static void requantize_long(const int32_t* acc, size_t n, const scaling* s, uint8_t* q) {
  size_t i = 0;
  if (s->is_small && s->is_whole) {
    for (; i + 16 <= n; i += 16) wasm_v128_store(q + i, small16(acc + i, s));
  } else if (s->is_small) {
    for (; i + 16 <= n; i += 16) requantize_small16(acc + i, s, q + i);
  } else {
    for (; i + 16 <= n; i += 16) requantize16(acc + i, s, q + i);
  }
  if (i < n) requantize16(acc + n - 16, s, q + n - 16);
}

static void requantize(const int32_t* acc, size_t n, float multiplier, xq_output to, uint8_t* q) {
  if (n >= 8) {
    const scaling s = scaling_of(multiplier, to);
    if (n >= 16) {
      requantize_long(acc, n, &s, q);
      return;
    }
    requantize8(acc, &s, q);
    if (n > 8) requantize8(acc + n - 8, &s, q + n - 8);
    return;
  }
  const v128_t m = wasm_f32x4_splat(multiplier);
  const output4 o = broadcast(to);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    store_bytes(scale4(wasm_v128_load(acc + i), m, o), o, q + i, kLanes);
  }
  if (i == n) return;
  if (n > kLanes) {
    store_bytes(scale4(wasm_v128_load(acc + n - kLanes), m, o), o, q + n - kLanes, kLanes);
  } else {
    store_bytes(scale4(load_rest(acc, n), m, o), o, q, n);
  }
}

/* A row of 4 to 31 codes: its first and its last vector, which may overlap. */
static void copy_row(const uint8_t* from, size_t n, uint8_t* to) {
  if (n >= 16) {
    const v128_t last = wasm_v128_load(from + n - 16);
    wasm_v128_store(to, wasm_v128_load(from));
    wasm_v128_store(to + n - 16, last);
  } else if (n >= 8) {
    memcpy(to, from, 8);
    memcpy(to + n - 8, from + n - 8, 8);
  } else {
    memcpy(to, from, kLanes);
    memcpy(to + n - kLanes, from + n - kLanes, kLanes);
  }
}

/* Short rows that fill no whole vectors go together, with what lies between them, and are copied,
 * unless that is much. */
#define XQ_OWN_ROWS
static void requantize_rows(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                            float multiplier, xq_output to, uint8_t* q, size_t q_step) {
  const size_t own = (columns + 15) / 16 * 16; /* elements that a row of its own would take */
  const int is_short = columns >= kLanes && columns < 32 && columns % 16 != 0;
  if (!is_short || rows == 1 || acc_pitch + kLanes > own + own / 8) {
    if (columns >= 16) {
      const scaling s = scaling_of(multiplier, to);
      for (; rows > 0; --rows, acc += acc_pitch, q += q_step) requantize_long(acc, columns, &s, q);
      return;
    }
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
    for (size_t r = 0; r < few; ++r, from += acc_pitch, q += q_step) copy_row(from, columns, q);
    acc += few * acc_pitch;
    rows -= few;
  }
}

/* xq_short on four accumulators. */
typedef struct short4 {
  v128_t unit, alpha, beta, scale;
  output4 to;
} short4;

typedef v128_t (*short_function)(v128_t r, const short4* f);

/* A slope of at most 1 makes the larger of r and slope * r the one that LeakyRelu takes. */
static inline v128_t leak4(v128_t r, const short4* f) {
  return wasm_f32x4_pmax(r, wasm_f32x4_mul(r, f->alpha));
}

static inline v128_t gate4(v128_t r, const short4* f) {
  const v128_t gate = wasm_f32x4_add(wasm_f32x4_mul(f->alpha, r), f->beta);
  const v128_t one = wasm_f32x4_splat(1.0f);
  return wasm_f32x4_mul(r, wasm_f32x4_pmax(wasm_f32x4_splat(0.0f), wasm_f32x4_pmin(one, gate)));
}

/* Inline in any case: the function is known where they are called. */
#define XQ_SHORT static inline __attribute__((always_inline))

XQ_SHORT v128_t code4(short_function of, const int32_t* acc, const short4* f) {
  const v128_t r = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(wasm_v128_load(acc)), f->unit);
  return round_to(wasm_f32x4_div(of(r, f), f->scale), f->to);
}

XQ_SHORT void code16(short_function of, const int32_t* acc, const short4* f, uint8_t* q) {
  store16(code4(of, acc, f), code4(of, acc + 4, f), code4(of, acc + 8, f), code4(of, acc + 12, f),
          f->to, q);
}

XQ_SHORT void short_row(short_function of, const int32_t* acc, size_t n, const short4* f,
                        uint8_t* q) {
  size_t i = 0;
  if (n >= 16) {
    for (; i + 16 <= n; i += 16) code16(of, acc + i, f, q + i);
    if (i < n) code16(of, acc + n - 16, f, q + n - 16);
    return;
  }
  for (; i + kLanes <= n; i += kLanes) store_bytes(code4(of, acc + i, f), f->to, q + i, kLanes);
  if (i == n) return;
  if (n > kLanes) {
    store_bytes(code4(of, acc + n - kLanes, f), f->to, q + n - kLanes, kLanes);
  } else {
    int32_t rest[kLanes] = {0};
    for (; i < n; ++i) rest[i] = acc[i];
    store_bytes(code4(of, rest, f), f->to, q, n);
  }
}

#undef XQ_SHORT

#define XQ_OWN_SHORT_ROWS
/* kernels.h: requantize_short_rows */
static void requantize_short_rows(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                                  float unit, const xq_short* f, float scale, xq_output to,
                                  uint8_t* q, size_t q_step) {
  const short4 g = {wasm_f32x4_splat(unit), wasm_f32x4_splat(f->alpha), wasm_f32x4_splat(f->beta),
                    wasm_f32x4_splat(scale), broadcast(to)};
  for (; rows > 0; --rows, acc += acc_pitch, q += q_step) {
    if (f->kind == XQ_SHORT_LEAKY) {
      short_row(leak4, acc, columns, &g, q);
    } else {
      short_row(gate4, acc, columns, &g, q);
    }
  }
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
    store16(v[0], v[1], v[2], v[3], o, q + i);
  }
  for (; i + kLanes <= n; i += kLanes) {
    const v128_t m = wasm_v128_load(multiplier + i);
    store_bytes(scale4(wasm_v128_load(acc + i), m, o), o, q + i, kLanes);
  }
  if (i == n) return;
  const v128_t m = load_rest(multiplier + i, n - i);
  store_bytes(scale4(load_rest(acc + i, n - i), m, o), o, q + i, n - i);
}

#endif /* XQUANT_INT8_ISA_WASM_CODES_H_ */

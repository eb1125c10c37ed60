/* wasm.c: sums and products of codes. */
#ifndef XQUANT_INT8_ISA_WASM_BINARY_H_
#define XQUANT_INT8_ISA_WASM_BINARY_H_

#include "int8/isa/wasm_codes.h"

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

static void reals16(const uint8_t* codes, const addend4* a, v128_t r[4]) {
  const v128_t x = wasm_v128_xor(wasm_v128_load(codes), a->flip);
  reals8(wasm_i16x8_extend_low_i8x16(x), a, r);
  reals8(wasm_i16x8_extend_high_i8x16(x), a, r + 2);
}

/* What 16 elements have in common. b is not read where the second operand is one number. */
typedef struct operation {
  addend4 a, b;
  v128_t number, scale;
  output4 to;
} operation;

typedef void (*on_16)(const uint8_t* a, const uint8_t* b, const operation* o, uint8_t* q);

static inline void store_quotients(const v128_t r[4], const operation* o, uint8_t* q) {
  v128_t codes[4];
  for (int i = 0; i < 4; ++i) codes[i] = round_to(wasm_f32x4_div(r[i], o->scale), o->to);
  store16(codes[0], codes[1], codes[2], codes[3], o->to, q);
}

static inline void add16(const uint8_t* a, const uint8_t* b, const operation* o, uint8_t* q) {
  v128_t r[4], s[4];
  reals16(a, &o->a, r);
  reals16(b, &o->b, s);
  for (int i = 0; i < 4; ++i) r[i] = wasm_f32x4_add(r[i], s[i]);
  store_quotients(r, o, q);
}

static inline void multiply16(const uint8_t* a, const uint8_t* b, const operation* o, uint8_t* q) {
  v128_t r[4], s[4];
  reals16(a, &o->a, r);
  reals16(b, &o->b, s);
  for (int i = 0; i < 4; ++i) r[i] = wasm_f32x4_mul(r[i], s[i]);
  store_quotients(r, o, q);
}

static inline void multiply16_by(const uint8_t* a, const uint8_t* b, const operation* o,
                                 uint8_t* q) {
  (void)b;
  v128_t r[4];
  reals16(a, &o->a, r);
  for (int i = 0; i < 4; ++i) r[i] = wasm_f32x4_mul(r[i], o->number);
  store_quotients(r, o, q);
}

/* What is left at the end is done by vectors that end there and repeat some elements, or on the
 * stack. Inlined, so that `on` is known. Only a is read where b is NULL. */
static inline __attribute__((always_inline)) void each_16(on_16 on, const uint8_t* a,
                                                          const uint8_t* b, size_t n,
                                                          const operation* o, uint8_t* q) {
  size_t i = 0;
  for (; i + 16 <= n; i += 16) on(a + i, b == NULL ? NULL : b + i, o, q + i);
  if (i == n) return;
  if (n >= 16) {
    on(a + n - 16, b == NULL ? NULL : b + n - 16, o, q + n - 16);
    return;
  }
  uint8_t x[16] = {0}, y[16] = {0}, z[16];
  for (size_t k = 0; k < n; ++k) x[k] = a[k];
  for (size_t k = 0; b != NULL && k < n; ++k) y[k] = b[k];
  on(x, y, o, z);
  for (size_t k = 0; k < n; ++k) q[k] = z[k];
}

static operation operation_of(const xq_addend* a, const xq_addend* b, float number, float scale,
                              xq_output to) {
  const operation o = {broadcast_addend(a), broadcast_addend(b), wasm_f32x4_splat(number),
                       wasm_f32x4_splat(scale), broadcast(to)};
  return o;
}

#define XQ_OWN_ADD
/* kernels.h: add */
static void add(const xq_addend* a, const xq_addend* b, size_t n, float scale, xq_output to,
                uint8_t* q) {
  const operation o = operation_of(a, b, 0.0f, scale, to);
  each_16(add16, a->codes, b->codes, n, &o, q);
}

/* kernels.h: multiply, multiply_by */
static void multiply(const xq_addend* a, const xq_addend* b, size_t n, float scale, xq_output to,
                     uint8_t* q) {
  const operation o = operation_of(a, b, 0.0f, scale, to);
  each_16(multiply16, a->codes, b->codes, n, &o, q);
}

static void multiply_by(const xq_addend* a, float number, size_t n, float scale, xq_output to,
                        uint8_t* q) {
  const operation o = operation_of(a, a, number, scale, to);
  each_16(multiply16_by, a->codes, NULL, n, &o, q);
}

#endif /* XQUANT_INT8_ISA_WASM_BINARY_H_ */

/* Curves (xq_stage.h) in WebAssembly SIMD128. */
#ifndef XQUANT_INT8_WASM_CURVE_H_
#define XQUANT_INT8_WASM_CURVE_H_

#include <wasm_simd128.h>

#include "int8/codes/codes.h"
#include "int8/real/curve.h"

/* The buckets of four places, read one by one: there is no gather. */
static v128_t buckets_of(const xq_curve* curve, const uint32_t* place) {
  const v128_t first = wasm_v128_load32_zero(curve->bucket + xq_curve_bucket(place[0]));
  const v128_t second = wasm_v128_load32_lane(curve->bucket + xq_curve_bucket(place[1]), first, 1);
  const v128_t third = wasm_v128_load32_lane(curve->bucket + xq_curve_bucket(place[2]), second, 2);
  return wasm_v128_load32_lane(curve->bucket + xq_curve_bucket(place[3]), third, 3);
}

/* The codes of eight upper halves. */
static v128_t codes_of(v128_t high) {
  const v128_t falls = wasm_i16x8_shr(wasm_i16x8_shl(high, 6), 15); /* XQ_CURVE_FALLS to all bits */
  return wasm_v128_and(wasm_v128_xor(high, falls), wasm_i16x8_splat(0xFF));
}

static int curve_group(const xq_curve* curve, const uint32_t* place, uint8_t* q) {
  const v128_t ticks = wasm_i32x4_splat(XQ_CURVE_TICKS - 1);
  v128_t high[4];
  v128_t smallest = wasm_i32x4_splat(-1); /* of all halves */
  for (int i = 0; i < 4; ++i, place += 4) {
    const v128_t sum =
        wasm_i32x4_add(buckets_of(curve, place), wasm_v128_and(wasm_v128_load(place), ticks));
    smallest = wasm_u16x8_min(smallest, sum);
    high[i] = wasm_u32x4_shr(sum, 16);
  }
  const v128_t codes = wasm_u8x16_narrow_i16x8(codes_of(wasm_i16x8_narrow_i32x4(high[0], high[1])),
                                               codes_of(wasm_i16x8_narrow_i32x4(high[2], high[3])));
  wasm_v128_store(q, wasm_i8x16_add(codes, wasm_i8x16_splat((int8_t)curve->least)));
  return wasm_v128_any_true(wasm_u16x8_lt(smallest, wasm_i16x8_splat((int16_t)curve->unsure)));
}

/* kernels.h: curve */
__attribute__((noinline)) static uint32_t curve_codes(const xq_curve* curve, const float* real,
                                                      size_t n, uint8_t* q) {
  uint32_t place[XQ_CHUNK];
  const v128_t per_unit = wasm_f32x4_splat(curve->per_unit);
  const v128_t offset = wasm_f32x4_splat(curve->offset);
  const v128_t magic = wasm_f32x4_splat(XQ_CURVE_MAGIC);
  const v128_t last = wasm_f32x4_splat(curve->last);
  const size_t whole = n / XQ_CURVE_GROUP * XQ_CURVE_GROUP;
  for (size_t i = 0; i < whole; i += 4) {
    const v128_t at = wasm_f32x4_add(wasm_f32x4_mul(wasm_v128_load(real + i), per_unit), offset);
    wasm_v128_store(place + i, wasm_f32x4_pmin(last, wasm_f32x4_pmax(magic, at)));
  }
  uint32_t unsure = 0;
  for (size_t i = 0; i < whole; i += XQ_CURVE_GROUP) {
    if (curve_group(curve, place + i, q + i)) unsure |= 1u << (i / XQ_CURVE_GROUP);
  }
  for (size_t i = whole; i < n; ++i) {
    if (!xq_curve_code(curve, real[i], q + i)) unsure |= 1u << (i / XQ_CURVE_GROUP);
  }
  return unsure;
}

#endif /* XQUANT_INT8_WASM_CURVE_H_ */

/* WebAssembly SIMD128, no relaxed instructions. Float arithmetic rounds half to even by definition
 * and denormals count. */
#include <string.h>
#include <wasm_simd128.h>

#include "int8/isa/kernels.h"
#include "int8/isa/wasm_binary.h"
#include "int8/isa/wasm_bytes.h"
#include "int8/isa/wasm_codes.h"
#include "int8/isa/wasm_curve.h"
#define XQ_VECTOR_BYTES 16
#include "int8/isa/wasm_winograd4.h"
#include "int8/isa/winograd2_vectors.h"
#include "int8/real/map.h"

/* A module with these instructions does not load where they are missing. */
static int is_available(void) { return 1; }

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

/* 8 columns, whose codes are in pairs. */
static void pack_pairs(v128_t pairs, v128_t flip, v128_t zero_point, int16_t* to) {
  const v128_t codes = wasm_v128_xor(pairs, flip);
  wasm_v128_store(to, wasm_i16x8_sub(wasm_i16x8_extend_low_i8x16(codes), zero_point));
  wasm_v128_store(to + 8, wasm_i16x8_sub(wasm_i16x8_extend_high_i8x16(codes), zero_point));
}

/* The last n < 16 codes of a row that ends at x, then zeros. */
static v128_t load_last(const uint8_t* x, size_t n, int is_long) {
  if (is_long) { /* 16 codes at least */
    static const uint8_t kOrder[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const v128_t order = wasm_i8x16_add(wasm_v128_load(kOrder), wasm_i8x16_splat((int8_t)(16 - n)));
    return wasm_i8x16_swizzle(wasm_v128_load(x - 16), order);
  }
  uint8_t codes[16] = {0};
  for (size_t i = 0; i < n; ++i) codes[i] = x[i - n];
  return wasm_v128_load(codes);
}

#define XQ_OWN_PACK_CODES
/* kernels.h: pack_codes */
static void pack_codes(const uint8_t* x, size_t x_step, size_t groups, size_t n, size_t columns,
                       uint8_t flip, int32_t zero_point, int16_t* lines, size_t panel,
                       int16_t* to) {
  (void)lines;
  (void)columns;
  const v128_t f = wasm_i8x16_splat((int8_t)flip);
  const v128_t z = wasm_i16x8_splat((int16_t)zero_point);
  for (; groups > 0; --groups, x += kGroup * x_step, to += kGroup * kTileColumns) {
    int16_t* at = to;
    for (size_t c = 0; c < n; c += 16, at += 2 * panel) {
      const size_t rest = n - c;
      const v128_t even = rest >= 16 ? wasm_v128_load(x + c) : load_last(x + n, rest, n >= 16);
      const v128_t odd =
          rest >= 16 ? wasm_v128_load(x + x_step + c) : load_last(x + x_step + n, rest, n >= 16);
      pack_pairs(
          wasm_i8x16_shuffle(even, odd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), f,
          z, at);
      if (rest <= kTileColumns) break;
      pack_pairs(wasm_i8x16_shuffle(even, odd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30,
                                    15, 31),
                 f, z, at + panel);
    }
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

/* 8 x 4 accumulators. */
__attribute__((noinline)) static void half_tile(size_t groups, const int16_t* a,
                                                const int16_t* below, const int16_t* b,
                                                int32_t* acc) {
  v128_t r0 = wasm_i32x4_splat(0), r1 = r0, r2 = r0, r3 = r0, r4 = r0, r5 = r0, r6 = r0, r7 = r0;
  for (size_t k = 0; k < groups; ++k) {
    const v128_t columns = wasm_v128_load(b);
    r0 = multiply_add(r0, wasm_v128_load32_splat(a), columns);
    r1 = multiply_add(r1, wasm_v128_load32_splat(a + 2), columns);
    r2 = multiply_add(r2, wasm_v128_load32_splat(a + 4), columns);
    r3 = multiply_add(r3, wasm_v128_load32_splat(a + 6), columns);
    r4 = multiply_add(r4, wasm_v128_load32_splat(below), columns);
    r5 = multiply_add(r5, wasm_v128_load32_splat(below + 2), columns);
    r6 = multiply_add(r6, wasm_v128_load32_splat(below + 4), columns);
    r7 = multiply_add(r7, wasm_v128_load32_splat(below + 6), columns);
    a += XQ_TILE_ROWS * kGroup;
    below += XQ_TILE_ROWS * kGroup;
    b += kTileColumns / 2 * kGroup;
  }
  store_row(acc, r0, r1);
  store_row(acc + 8, r2, r3);
  store_row(acc + 16, r4, r5);
  store_row(acc + 24, r6, r7);
}

static void half_tiles(size_t count, size_t groups, const int16_t* a, const int16_t* below,
                       size_t a_step, const int16_t* b, size_t b_step, int32_t* acc) {
  for (; count > 0; --count, a += a_step, below += a_step, b += b_step, acc += 32) {
    half_tile(groups, a, below, b, acc);
  }
}

static void store_turns(int32_t* acc, v128_t even, v128_t odd) {
  wasm_v128_store(acc, wasm_i32x4_shuffle(even, odd, 0, 4, 1, 5));
  wasm_v128_store(acc + kLanes, wasm_i32x4_shuffle(even, odd, 2, 6, 3, 7));
}

/* 24 outputs: more would not find room in registers, for engines load all that a round takes before
 * they multiply. Two neighbours of a row are a pair of i32x4.dot_i16x8_s as they lie: from an even
 * element on for even outputs, from the next one on for odd outputs. */
__attribute__((noinline)) static void depthwise24(const int16_t* x, const size_t* offset,
                                                  const size_t* end, const int16_t* pair,
                                                  int32_t bias, int32_t* acc) {
  v128_t even0 = wasm_i32x4_splat(bias), even1 = even0, even2 = even0;
  v128_t odd0 = even0, odd1 = even0, odd2 = even0;
  for (; offset != end; offset += 2, pair += 2) {
    const int16_t* from = x + *offset;
    const v128_t w = wasm_v128_load32_splat(pair);
    even0 = multiply_add(even0, wasm_v128_load(from), w);
    odd0 = multiply_add(odd0, wasm_v128_load(from + 1), w);
    even1 = multiply_add(even1, wasm_v128_load(from + 8), w);
    odd1 = multiply_add(odd1, wasm_v128_load(from + 9), w);
    even2 = multiply_add(even2, wasm_v128_load(from + 16), w);
    odd2 = multiply_add(odd2, wasm_v128_load(from + 17), w);
  }
  store_turns(acc, even0, odd0);
  store_turns(acc + 8, even1, odd1);
  store_turns(acc + 16, even2, odd2);
}

static void depthwise(const int16_t* x, const size_t* offset, const int16_t* weight, size_t taps,
                      int32_t bias, int32_t* acc, size_t n) {
  for (size_t i = 0; i < n; i += 24) {
    depthwise24(x + i, offset, offset + taps, weight, bias, acc + i);
  }
}

#include "int8/isa/runs.h"

static void winograd4_requantize_any(const int32_t* m, size_t step, size_t pitch, size_t height,
                                     size_t width, int32_t bias, float multiplier, xq_output to,
                                     uint8_t* q, size_t q_step) {
  if (winograd4_requantize_vectors(m, step, pitch, height, width, bias, multiplier, to, q,
                                   q_step)) {
    return;
  }
  winograd4_requantize(m, step, pitch, height, width, bias, multiplier, to, q, q_step);
}

const xq_kernels xq_kernels_wasm_simd128 = {
    .name = "wasm_simd128",
    .is_available = is_available,
    .quantize = quantize,
    .dequantize_s8 = dequantize_s8,
    .dequantize_u8 = dequantize_u8,
    .add = add,
    .multiply = multiply,
    .multiply_by = multiply_by,
    .largest = largest,
    .requantize = requantize,
    .requantize_rows = requantize_rows,
    .requantize_channels = requantize_channels,
    .requantize_short_rows = requantize_short_rows,
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
    .pack_codes = pack_codes,
    .pack_rows = pack_rows,
    .tiles = tiles,
    .tiles_of_row = tiles_of_row,
    .half_tiles = half_tiles,
    .depthwise = depthwise,
    .winograd2 = {winograd2_input, NULL, winograd2_output, winograd2_requantize},
    .winograd4 = {winograd4_input, winograd4_input_pair, winograd4_output,
                  winograd4_requantize_any},
    .real_of = xq_real_of,
    .map = xq_map,
    .curve = curve_codes,
};

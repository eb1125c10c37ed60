/* What an instruction set implements: one table of functions, one file for each set, the same
 * functions in the same order. scalar.c is the definition; the others return its bits.
 * Arguments were checked by the public function; nothing is checked here. */
#ifndef XQUANT_INT8_KERNELS_H_
#define XQUANT_INT8_KERNELS_H_

#include <stddef.h>
#include <stdint.h>

#include "int8/xq_elementwise.h"
#include "int8/xq_stage.h"

/* Rows of a tile of the matrix product, and of a packed row panel. */
#define XQ_TILE_ROWS 4

/* The 8-bit range of a result around its zero point. A kernel clamps to [low, high] =
 * [qmin - zero_point, qmax - zero_point], adds zero_point and stores the low byte, which serves
 * int8 and uint8 alike. */
typedef struct xq_output {
  int32_t zero_point, low, high;
} xq_output;

/* Functions of few operations, each one rounded. */
typedef struct xq_short {
  enum {
    XQ_SHORT_LEAKY, /* r < 0 ? alpha * r : r, 0 < alpha <= 1 */
    XQ_SHORT_GATE   /* r * max(0, min(1, alpha * r + beta)), of finite numbers */
  } kind;
  float alpha, beta;
} xq_short;

/* Codes of 8 bits: y[i] = (int8)(x[i] ^ flip) - zero_point units of `scale`. flip is 0x80 for
 * uint8, whose zero point is then 128 less, else 0. */
typedef struct xq_addend {
  const uint8_t* codes;
  uint8_t flip;
  int32_t zero_point;
  float scale;
} xq_addend;

/* Rows of a block of accumulators, `pitch` elements apart, and of where their codes go, `step`
 * elements apart. */
typedef struct xq_block_rows {
  size_t count, width, pitch, step;
} xq_block_rows;

/* The transforms of one of Winograd's forms (product/winograd.h): F(t x t, 3x3), which makes t * t
 * outputs of (t + 2) * (t + 2) elements, for tiles i < n. They may read and write up to
 * XQ_WINOGRAD_SLACK elements beyond those of n tiles. */
typedef struct xq_winograd_transforms {
  /* v[e * step + i] = element e of B^T d B, where d[j] is x[offset[j] + i]. */
  void (*input)(const int16_t* x, const size_t* offset, size_t n, int16_t* v, size_t step);
  /* NULL where there is none. The elements of the tiles of two planes, at once as pack_columns
   * packs them, element e to panels at to + e * step: `rows` rows of `width` tiles, `pitch`
   * elements of a plane apart. width is 4, any multiple of tile_columns, or, with 2 rows, 2: then
   * panels have half the columns, as half_tiles takes them. */
  void (*input_pair)(const int16_t* even, const int16_t* odd, const size_t* offset, size_t rows,
                     size_t width, size_t pitch, int16_t* to, size_t panel, size_t step);
  /* y[r * y_step + t * i + c] = output (r, c) of tile i, the sum plus the bias modulo 2^32, where
   * element e of the transformed sums is m[e * step + i]. */
  void (*output)(const int32_t* m, size_t step, size_t n, int32_t bias, int32_t* y, size_t y_step);
  /* The same, requantized: `height` rows of `width` outputs, of tiles in rows that begin `pitch`
   * elements of m apart, to rows q_step apart. */
  void (*requantize)(const int32_t* m, size_t step, size_t pitch, size_t height, size_t width,
                     int32_t bias, float multiplier, xq_output to, uint8_t* q, size_t q_step);
} xq_winograd_transforms;

typedef struct xq_kernels {
  const char* name;
  int (*is_available)(void);

  /* q[i] from x[i] / scale; returns the number of NaN. */
  size_t (*quantize)(const float* x, size_t n, float scale, xq_output to, uint8_t* q);

  void (*dequantize_s8)(const int8_t* q, size_t n, float scale, int32_t zero_point, float* x);
  void (*dequantize_u8)(const uint8_t* q, size_t n, float scale, int32_t zero_point, float* x);

  /* q[i] from f32(f32((a[i] - za) * sa) + f32((b[i] - zb) * sb)) / scale, which is never NaN. */
  void (*add)(const xq_addend* a, const xq_addend* b, size_t n, float scale, xq_output to,
              uint8_t* q);
  /* As add, but of the product: q[i] from f32(x * y) / scale, where x = f32((a[i] - za) * sa) and y
   * is the same of b, or a number. Never NaN. NULL where the compiler's loops are as fast. */
  void (*multiply)(const xq_addend* a, const xq_addend* b, size_t n, float scale, xq_output to,
                   uint8_t* q);
  void (*multiply_by)(const xq_addend* a, float number, size_t n, float scale, xq_output to,
                      uint8_t* q);
  /* y[i] = y_flip ^ the largest, as unsigned bytes, of x[r * row + i * step] ^ flip for r < rows;
   * step 1 or 2. With step 2 may read x up to XQ_LARGEST_SLACK elements beyond. */
  void (*largest)(const uint8_t* x, size_t row, size_t rows, size_t step, size_t n, uint8_t flip,
                  uint8_t y_flip, uint8_t* y);

  /* q[i] from acc[i] * multiplier. */
  void (*requantize)(const int32_t* acc, size_t n, float multiplier, xq_output to, uint8_t* q);
  /* The same for rows of `columns` elements, acc_pitch and q_step elements apart. */
  void (*requantize_rows)(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                          float multiplier, xq_output to, uint8_t* q, size_t q_step);
  /* The same for `channels` of them, acc_step and q_plane elements apart, channel c by
   * multiplier[c * multiplier_step]. */
  void (*requantize_channels)(const int32_t* acc, size_t acc_step, size_t channels,
                              const xq_block_rows* rows, const float* multiplier,
                              size_t multiplier_step, xq_output to, uint8_t* q, size_t q_plane);
  /* A short function between: q[i] from f(r) / scale with r = f32(f32(acc[i]) * unit). */
  void (*requantize_short_rows)(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                                float unit, const xq_short* f, float scale, xq_output to,
                                uint8_t* q, size_t q_step);
  /* q[i] from acc[i] * multiplier[i]. */
  void (*requantize_each)(const int32_t* acc, size_t n, const float* multiplier, xq_output to,
                          uint8_t* q);

  /* y[i] = (int8)(x[i] ^ flip) - zero_point, which needs 9 bits. flip is 0x80 for uint8, whose zero
   * point is then 128 less, else 0. */
  void (*widen)(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y);
  /* The same for x[2 * i]; reads no byte behind x[2 * (n - 1)]. */
  void (*widen_even)(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y);

  /* Rows of an image: `columns` elements of each of `rows` rows, x_step elements apart, widened to
   * rows `pitch` elements apart. Between them are zeros, which may be written again. */
  void (*widen_rows)(const uint8_t* x, size_t x_step, size_t rows, size_t columns, uint8_t flip,
                     int32_t zero_point, int16_t* y, size_t pitch);
  /* The same, elements 0, 2, ... of a row to `even`, elements 1, 3, ... to `odd`. */
  void (*split_rows)(const uint8_t* x, size_t x_step, size_t rows, size_t columns, uint8_t flip,
                     int32_t zero_point, int16_t* even, int16_t* odd, size_t pitch);

  /* The same in four: elements r, r + 4, ... of a row to phase[r]. */
  void (*split4_rows)(const uint8_t* x, size_t x_step, size_t rows, size_t columns, uint8_t flip,
                      int32_t zero_point, int16_t* const phase[4], size_t pitch);

  /* One k group of the column panels of a block (product/block.h): `columns` (whole tiles) of one
   * row of the right-hand matrix, or of two where k_group is 2 (else odd is not read). Panels are
   * `panel` elements apart; `to` is the group's place in the first of them. */
  void (*pack_columns)(const int16_t* even, const int16_t* odd, size_t columns, size_t panel,
                       int16_t* to);
  /* The same of codes as `widen` takes them, for `groups` k groups one after the other: their rows,
   * k_group for each, are x_step elements apart and hold n <= columns codes. What the columns from
   * n on hold does not matter. lines: k_group * columns elements of scratch. */
  void (*pack_codes)(const uint8_t* x, size_t x_step, size_t groups, size_t n, size_t columns,
                     uint8_t flip, int32_t zero_point, int16_t* lines, size_t panel, int16_t* to);
  /* A whole row panel from XQ_TILE_ROWS lines, `stride` elements apart and padded with zeros to
   * groups * k_group elements. */
  void (*pack_rows)(const int16_t* lines, size_t stride, size_t groups, int16_t* panel);

  /* y[i] = table[x[i]]; x and y may be the same. */
  void (*lookup)(const uint8_t* table, const uint8_t* x, size_t n, uint8_t* y);

  /* xq_line_apply, NULL where looking up is faster; x and y may be the same. */
  void (*line)(const xq_line* line, const uint8_t* x, size_t n, uint8_t* y);

  /* Columns of a tile; any number for a scalable vector length. */
  size_t (*tile_columns)(void);
  /* Consecutive k that lie side by side in a panel: 2 where the instruction set multiplies int16
   * pairs and adds them, else 1. */
  size_t k_group;
  /* acc[r][c] = start[r] + sum over k of a[k][r] * b[k][c], for XQ_TILE_ROWS rows and `columns`
   * (whole tiles). a: [groups][XQ_TILE_ROWS][k_group], b: columns / tile_columns() times
   * [groups][tile_columns()][k_group], products and sums in int32 modulo 2^32. acc rows are
   * `columns` elements apart. */
  void (*tiles)(size_t groups, const int16_t* a, const int16_t* b, const int32_t* start,
                int32_t* acc, size_t columns);
  /* Row 0 of the same: a single row of the left-hand matrix, the others of a are not read. */
  void (*tiles_of_row)(size_t groups, const int16_t* a, const int16_t* b, int32_t start,
                       int32_t* acc, size_t columns);

  /* NULL where there is none. Tiles of half the columns and twice the rows, for a matrix that is
   * narrower than a tile: `count` products, each of two row panels, a and `below`, and a panel
   * [groups][tile_columns() / 2][k_group]; a_step and b_step elements from one product to the next.
   * acc: [count][2 * XQ_TILE_ROWS][tile_columns() / 2]. */
  void (*half_tiles)(size_t count, size_t groups, const int16_t* a, const int16_t* below,
                     size_t a_step, const int16_t* b, size_t b_step, int32_t* acc);

  /* acc[i] = bias + sum over t < taps of x[offset[t] + i] * weight[t] modulo 2^32, i < n.
   * taps is even; where k_group is 2, offset[t + 1] is offset[t] + 1 for every even t. May read x
   * and write acc up to XQ_DEPTHWISE_SLACK elements beyond n. */
  void (*depthwise)(const int16_t* x, const size_t* offset, const int16_t* weight, size_t taps,
                    int32_t bias, int32_t* acc, size_t n);

  xq_winograd_transforms winograd2, winograd4; /* F(2x2, 3x3), F(4x4, 3x3) */

  /* y[i] = f32(f32(acc[i]) * unit) */
  void (*real_of)(const int32_t* acc, size_t n, float unit, float* y);

  /* y[i] = f(x[i]); y may be x. */
  void (*map)(const xq_unary_function* f, const float* x, size_t n, float* y);

  /* Codes of n <= XQ_CHUNK real numbers, none a NaN, as xq_stage.h says of xq_curve. Bit g of the
   * result: in the XQ_CURVE_GROUP elements from g * XQ_CURVE_GROUP on one has to be computed. NULL
   * where computing all of them is faster. */
  uint32_t (*curve)(const xq_curve* curve, const float* real, size_t n, uint8_t* q);
} xq_kernels;

/* 9 * XQ_INVERSE_OF_9 is 1 modulo 2^32: what was multiplied by 9 is divided by it without loss. */
#define XQ_INVERSE_OF_9 0x38E38E39u

#define XQ_DEPTHWISE_SLACK 32
#define XQ_LARGEST_SLACK 32
#define XQ_WINOGRAD_SLACK 32
/* Tiles that xq_winograd_transforms.requantize holds on the stack. */
#define XQ_WINOGRAD_RUN 256

extern const xq_kernels xq_kernels_scalar;
#ifdef XQ_BUILD_AVX512_VNNI
extern const xq_kernels xq_kernels_avx512_vnni;
#endif
#ifdef XQ_BUILD_AVX2
extern const xq_kernels xq_kernels_avx2;
#endif
#ifdef XQ_BUILD_WASM_SIMD128
extern const xq_kernels xq_kernels_wasm_simd128;
#endif
#ifdef XQ_BUILD_RVV
extern const xq_kernels xq_kernels_rvv;
#endif

/* The table in use. */
const xq_kernels* xq_active(void);

/* Number identifying a table, stored in packed weights. */
uint32_t xq_kernels_id(const xq_kernels* kernels);

#endif /* XQUANT_INT8_KERNELS_H_ */

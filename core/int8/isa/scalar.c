/* The definition: plain C, no libm, no vector instructions asked for. Read this file to know what
 * every other implementation must return. */
#include "int8/codes/rounding.h"
#include "int8/isa/kernels.h"
#include "int8/real/curve.h"
#include "int8/real/map.h"

static int is_available(void) { return 1; }

static uint8_t to_byte(float v, xq_output to) {
  return (uint8_t)(xq_round_within(v, to.low, to.high) + to.zero_point);
}

static size_t quantize(const float* x, size_t n, float scale, xq_output to, uint8_t* q) {
  size_t nans = 0;
  for (size_t i = 0; i < n; ++i) {
    const int is_nan = x[i] != x[i];
    nans += (size_t)is_nan;
    q[i] = is_nan ? (uint8_t)to.zero_point : to_byte(x[i] / scale, to);
  }
  return nans;
}

static void dequantize_s8(const int8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  for (size_t i = 0; i < n; ++i) x[i] = (float)(q[i] - zero_point) * scale;
}

static void dequantize_u8(const uint8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  for (size_t i = 0; i < n; ++i) x[i] = (float)(q[i] - zero_point) * scale;
}

static void requantize(const int32_t* acc, size_t n, float multiplier, xq_output to, uint8_t* q) {
  for (size_t i = 0; i < n; ++i) q[i] = to_byte((float)acc[i] * multiplier, to);
}

static void requantize_each(const int32_t* acc, size_t n, const float* multiplier, xq_output to,
                            uint8_t* q) {
  for (size_t i = 0; i < n; ++i) q[i] = to_byte((float)acc[i] * multiplier[i], to);
}

static int16_t widened(uint8_t x, uint8_t flip, int32_t zero_point) {
  return (int16_t)((int8_t)(x ^ flip) - zero_point);
}

static void widen(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y) {
  for (size_t i = 0; i < n; ++i) y[i] = widened(x[i], flip, zero_point);
}

static void widen_even(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y) {
  for (size_t i = 0; i < n; ++i) y[i] = widened(x[2 * i], flip, zero_point);
}

/* Elements 0, 2, ... of a row and elements 1, 3, ... */
static void split(const uint8_t* x, size_t columns, uint8_t flip, int32_t zero_point, int16_t* even,
                  int16_t* odd) {
  for (size_t i = 0; i < columns; i += 2) even[i / 2] = widened(x[i], flip, zero_point);
  for (size_t i = 1; i < columns; i += 2) odd[i / 2] = widened(x[i], flip, zero_point);
}

static void lookup(const uint8_t* table, const uint8_t* x, size_t n, uint8_t* y) {
  for (size_t i = 0; i < n; ++i) y[i] = table[x[i]];
}

enum { kTileColumns = 8, kGroup = 1 };

static size_t tile_columns(void) { return kTileColumns; }

static void pack_columns(const int16_t* even, const int16_t* odd, size_t columns, size_t panel,
                         int16_t* to) {
  (void)odd;
  for (size_t c = 0; c < columns; c += kTileColumns, to += panel) {
    for (size_t i = 0; i < kTileColumns; ++i) to[i] = even[c + i];
  }
}

static void pack_rows(const int16_t* lines, size_t stride, size_t groups, int16_t* panel) {
  for (size_t k = 0; k < groups; ++k) {
    for (size_t r = 0; r < XQ_TILE_ROWS; ++r) *panel++ = lines[r * stride + k];
  }
}

/* Unsigned addition wraps; signed overflow would be undefined. */
static int32_t add_product(int32_t acc, int32_t a, int32_t b) {
  return (int32_t)((uint32_t)acc + (uint32_t)(a * b));
}

static void tile(size_t groups, const int16_t* a, const int16_t* b, const int32_t* start,
                 int32_t* acc, size_t acc_stride) {
  for (size_t r = 0; r < XQ_TILE_ROWS; ++r) {
    for (size_t c = 0; c < kTileColumns; ++c) acc[r * acc_stride + c] = start[r];
  }
  for (size_t k = 0; k < groups; ++k) {
    for (size_t r = 0; r < XQ_TILE_ROWS; ++r) {
      for (size_t c = 0; c < kTileColumns; ++c) {
        int32_t* sum = &acc[r * acc_stride + c];
        *sum = add_product(*sum, a[k * XQ_TILE_ROWS + r], b[k * kTileColumns + c]);
      }
    }
  }
}

static void tile_row(size_t groups, const int16_t* a, const int16_t* b, int32_t start,
                     int32_t* acc) {
  for (size_t c = 0; c < kTileColumns; ++c) acc[c] = start;
  for (size_t k = 0; k < groups; ++k) {
    for (size_t c = 0; c < kTileColumns; ++c) {
      acc[c] = add_product(acc[c], a[k * XQ_TILE_ROWS], b[k * kTileColumns + c]);
    }
  }
}

static void depthwise(const int16_t* x, const size_t* offset, const int16_t* weight, size_t taps,
                      int32_t bias, int32_t* acc, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    acc[i] = bias;
    for (size_t t = 0; t < taps; ++t) acc[i] = add_product(acc[i], x[offset[t] + i], weight[t]);
  }
}

static void winograd2_input(const int16_t* x, const size_t* offset, size_t n, int16_t* v,
                            size_t step) {
  for (size_t i = 0; i < n; ++i) {
    int32_t t[4][4];
    for (size_t c = 0; c < 4; ++c) {
      const int32_t d0 = x[offset[c] + i], d1 = x[offset[4 + c] + i];
      const int32_t d2 = x[offset[8 + c] + i], d3 = x[offset[12 + c] + i];
      t[0][c] = d0 - d2;
      t[1][c] = d1 + d2;
      t[2][c] = d2 - d1;
      t[3][c] = d1 - d3;
    }
    for (size_t r = 0; r < 4; ++r) {
      v[4 * r * step + i] = (int16_t)(t[r][0] - t[r][2]);
      v[(4 * r + 1) * step + i] = (int16_t)(t[r][1] + t[r][2]);
      v[(4 * r + 2) * step + i] = (int16_t)(t[r][2] - t[r][1]);
      v[(4 * r + 3) * step + i] = (int16_t)(t[r][1] - t[r][3]);
    }
  }
}

/* A quarter of an exact multiple of 4, and the bias. */
static int32_t quarter(uint32_t sum, int32_t bias) {
  return (int32_t)((uint32_t)((int32_t)sum >> 2) + (uint32_t)bias);
}

static void winograd2_output(const int32_t* m, size_t step, size_t n, int32_t bias, int32_t* y,
                             size_t y_step) {
  for (size_t i = 0; i < n; ++i) {
    uint32_t upper[4], lower[4];
    for (size_t c = 0; c < 4; ++c) {
      const uint32_t m1 = (uint32_t)m[(4 + c) * step + i], m2 = (uint32_t)m[(8 + c) * step + i];
      upper[c] = (uint32_t)m[c * step + i] + m1 + m2;
      lower[c] = m1 - m2 - (uint32_t)m[(12 + c) * step + i];
    }
    int32_t* top = y + 2 * i;
    int32_t* bottom = top + y_step;
    top[0] = quarter(upper[0] + upper[1] + upper[2], bias);
    top[1] = quarter(upper[1] - upper[2] - upper[3], bias);
    bottom[0] = quarter(lower[0] + lower[1] + lower[2], bias);
    bottom[1] = quarter(lower[1] - lower[2] - lower[3], bias);
  }
}

/* B^T of six numbers, `from` elements apart, to six numbers `to` elements apart. */
static void expand6(const int32_t* d, size_t from, int32_t* v, size_t to) {
  const int32_t d0 = d[0], d1 = d[from], d2 = d[2 * from];
  const int32_t d3 = d[3 * from], d4 = d[4 * from], d5 = d[5 * from];
  v[0] = 4 * d0 - 5 * d2 + d4;
  v[to] = -4 * d1 - 4 * d2 + d3 + d4;
  v[2 * to] = 4 * d1 - 4 * d2 - d3 + d4;
  v[3 * to] = -2 * d1 - d2 + 2 * d3 + d4;
  v[4 * to] = 2 * d1 - d2 - 2 * d3 + d4;
  v[5 * to] = 4 * d1 - 5 * d3 + d5;
}

static void winograd4_input(const int16_t* x, const size_t* offset, size_t n, int16_t* v,
                            size_t step) {
  for (size_t i = 0; i < n; ++i) {
    int32_t d[36];
    for (size_t e = 0; e < 36; ++e) d[e] = x[offset[e] + i];
    for (size_t c = 0; c < 6; ++c) expand6(d + c, 6, d + c, 6);
    for (size_t r = 0; r < 6; ++r) expand6(d + 6 * r, 1, d + 6 * r, 1);
    for (size_t e = 0; e < 36; ++e) v[e * step + i] = (int16_t)d[e];
  }
}

/* A^T of six numbers, `from` elements apart, to four numbers `to` elements apart. */
static void collect6(const uint32_t* m, size_t from, uint32_t* y, size_t to) {
  const uint32_t m0 = m[0], m1 = m[from], m2 = m[2 * from];
  const uint32_t m3 = m[3 * from], m4 = m[4 * from], m5 = m[5 * from];
  y[0] = m0 + 2 * m1 + 2 * m2 + m3 + m4;
  y[to] = m1 - m2 + m3 - m4;
  y[2 * to] = m1 + m2 + 2 * m3 + 2 * m4;
  y[3 * to] = m1 - m2 + 4 * m3 - 4 * m4 + 2 * m5;
}

static void winograd4_output(const int32_t* m, size_t step, size_t n, int32_t bias, int32_t* y,
                             size_t y_step) {
  for (size_t i = 0; i < n; ++i) {
    uint32_t sums[36], half[24], outputs[4];
    for (size_t e = 0; e < 36; ++e) sums[e] = (uint32_t)m[e * step + i];
    for (size_t c = 0; c < 6; ++c) collect6(sums + c, 6, half + c, 6);
    for (size_t r = 0; r < 4; ++r) {
      collect6(half + 6 * r, 1, outputs, 1);
      for (size_t c = 0; c < 4; ++c) {
        const int32_t multiple = (int32_t)(outputs[c] * XQ_INVERSE_OF_9); /* 16, 32 or 64 times */
        const uint32_t sum = (uint32_t)(multiple >> (4 + (r == 0) + (c == 0)));
        y[r * y_step + 4 * i + c] = (int32_t)(sum + (uint32_t)bias);
      }
    }
  }
}

#define XQ_LINE
#include "int8/isa/runs.h"

const xq_kernels xq_kernels_scalar = {
    .name = "scalar",
    .is_available = is_available,
    .quantize = quantize,
    .dequantize_s8 = dequantize_s8,
    .dequantize_u8 = dequantize_u8,
    .add = add,
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
    .depthwise = depthwise,
    .winograd2 = {winograd2_input, NULL, winograd2_output, winograd2_requantize},
    .winograd4 = {winograd4_input, NULL, winograd4_output, winograd4_requantize},
    .real_of = xq_real_of,
    .map = xq_map,
    .curve = xq_curve_codes,
};

/* RISC-V with the V extension 1.0, any VLEN: the loops ask vsetvl how much fits, and the tile is as
 * wide as four registers of int32. Rounding is encoded in the conversion (frm RNE). */
#include <riscv_vector.h>
#include <sys/auxv.h>

#include "int8/isa/kernels.h"
#include "int8/real/map.h"

static int is_available(void) { return (getauxval(AT_HWCAP) >> ('V' - 'A') & 1) != 0; }

/* v is not NaN. Stores the low bytes. */
static void store_rounded(vfloat32m4_t v, xq_output to, uint8_t* q, size_t vl) {
  v = __riscv_vfmax_vf_f32m4(v, (float)to.low, vl);
  v = __riscv_vfmin_vf_f32m4(v, (float)to.high, vl);
  vint32m4_t whole = __riscv_vfcvt_x_f_v_i32m4_rm(v, __RISCV_FRM_RNE, vl);
  whole = __riscv_vadd_vx_i32m4(whole, to.zero_point, vl);
  const vint16m2_t half = __riscv_vncvt_x_x_w_i16m2(whole, vl);
  const vint8m1_t byte = __riscv_vncvt_x_x_w_i8m1(half, vl);
  __riscv_vse8_v_u8m1(q, __riscv_vreinterpret_v_i8m1_u8m1(byte), vl);
}

static size_t quantize(const float* x, size_t n, float scale, xq_output to, uint8_t* q) {
  size_t nans = 0;
  for (size_t vl; n > 0; n -= vl, x += vl, q += vl) {
    vl = __riscv_vsetvl_e32m4(n);
    const vfloat32m4_t v = __riscv_vle32_v_f32m4(x, vl);
    const vbool8_t nan = __riscv_vmfne_vv_f32m4_b8(v, v, vl);
    const vfloat32m4_t ratio = __riscv_vfdiv_vf_f32m4(v, scale, vl);
    store_rounded(__riscv_vfmerge_vfm_f32m4(ratio, 0.0f, nan, vl), to, q, vl);
    nans += __riscv_vcpop_m_b8(nan, vl);
  }
  return nans;
}

static void store_scaled(vint16m2_t q, float scale, int32_t zero_point, float* x, size_t vl) {
  const vint32m4_t shifted = __riscv_vwsub_vx_i32m4(q, (int16_t)zero_point, vl);
  const vfloat32m4_t exact = __riscv_vfcvt_f_x_v_f32m4(shifted, vl);
  __riscv_vse32_v_f32m4(x, __riscv_vfmul_vf_f32m4(exact, scale, vl), vl);
}

static void dequantize_s8(const int8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  for (size_t vl; n > 0; n -= vl, x += vl, q += vl) {
    vl = __riscv_vsetvl_e8m1(n);
    const vint16m2_t wide = __riscv_vsext_vf2_i16m2(__riscv_vle8_v_i8m1(q, vl), vl);
    store_scaled(wide, scale, zero_point, x, vl);
  }
}

static void dequantize_u8(const uint8_t* q, size_t n, float scale, int32_t zero_point, float* x) {
  for (size_t vl; n > 0; n -= vl, x += vl, q += vl) {
    vl = __riscv_vsetvl_e8m1(n);
    const vuint16m2_t wide = __riscv_vzext_vf2_u16m2(__riscv_vle8_v_u8m1(q, vl), vl);
    store_scaled(__riscv_vreinterpret_v_u16m2_i16m2(wide), scale, zero_point, x, vl);
  }
}

static void requantize(const int32_t* acc, size_t n, float multiplier, xq_output to, uint8_t* q) {
  for (size_t vl; n > 0; n -= vl, acc += vl, q += vl) {
    vl = __riscv_vsetvl_e32m4(n);
    const vfloat32m4_t v =
        __riscv_vfcvt_f_x_v_f32m4_rm(__riscv_vle32_v_i32m4(acc, vl), __RISCV_FRM_RNE, vl);
    store_rounded(__riscv_vfmul_vf_f32m4(v, multiplier, vl), to, q, vl);
  }
}

static void requantize_each(const int32_t* acc, size_t n, const float* multiplier, xq_output to,
                            uint8_t* q) {
  for (size_t vl; n > 0; n -= vl, acc += vl, q += vl, multiplier += vl) {
    vl = __riscv_vsetvl_e32m4(n);
    const vfloat32m4_t m = __riscv_vle32_v_f32m4(multiplier, vl);
    const vfloat32m4_t v =
        __riscv_vfcvt_f_x_v_f32m4_rm(__riscv_vle32_v_i32m4(acc, vl), __RISCV_FRM_RNE, vl);
    store_rounded(__riscv_vfmul_vv_f32m4(v, m, vl), to, q, vl);
  }
}

static void store_widened(vuint8m4_t x, uint8_t flip, int32_t zero_point, int16_t* y, size_t vl) {
  const vint8m4_t bytes = __riscv_vreinterpret_v_u8m4_i8m4(__riscv_vxor_vx_u8m4(x, flip, vl));
  const vint16m8_t wide = __riscv_vsext_vf2_i16m8(bytes, vl);
  __riscv_vse16_v_i16m8(y, __riscv_vsub_vx_i16m8(wide, (int16_t)zero_point, vl), vl);
}

static void widen(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y) {
  for (size_t vl; n > 0; n -= vl, x += vl, y += vl) {
    vl = __riscv_vsetvl_e8m4(n);
    store_widened(__riscv_vle8_v_u8m4(x, vl), flip, zero_point, y, vl);
  }
}

static void widen_even(const uint8_t* x, size_t n, uint8_t flip, int32_t zero_point, int16_t* y) {
  for (size_t vl; n > 0; n -= vl, x += 2 * vl, y += vl) {
    vl = __riscv_vsetvl_e8m4(n);
    store_widened(__riscv_vlse8_v_u8m4(x, 2, vl), flip, zero_point, y, vl);
  }
}

/* Elements 0, 2, ... of a row and elements 1, 3, ... */
static void split(const uint8_t* x, size_t columns, uint8_t flip, int32_t zero_point, int16_t* even,
                  int16_t* odd) {
  size_t n = columns / 2;
  for (size_t vl; n > 0; n -= vl, x += 2 * vl, even += vl, odd += vl) {
    vl = __riscv_vsetvl_e8m4(n);
    const vuint8m4x2_t pairs = __riscv_vlseg2e8_v_u8m4x2(x, vl);
    store_widened(__riscv_vget_v_u8m4x2_u8m4(pairs, 0), flip, zero_point, even, vl);
    store_widened(__riscv_vget_v_u8m4x2_u8m4(pairs, 1), flip, zero_point, odd, vl);
  }
  if (columns % 2 != 0) widen(x, 1, flip, zero_point, even);
}

/* The table is longer than a register of 8 at VLEN 128, so vluxei8 reads it from memory. */
static void lookup(const uint8_t* table, const uint8_t* x, size_t n, uint8_t* y) {
  for (size_t vl; n > 0; n -= vl, x += vl, y += vl) {
    vl = __riscv_vsetvl_e8m4(n);
    const vuint8m4_t index = __riscv_vle8_v_u8m4(x, vl);
    __riscv_vse8_v_u8m4(y, __riscv_vluxei8_v_u8m4(table, index, vl), vl);
  }
}

/* No pairs: vwmacc multiplies int16 by int16 into int32. Four rows of four registers leave room for
 * the two that hold a row of b. */
enum { kGroup = 1 };

static size_t tile_columns(void) { return __riscv_vsetvlmax_e32m4(); }

static void pack_columns(const int16_t* even, const int16_t* odd, size_t columns, size_t panel,
                         int16_t* to) {
  (void)odd;
  const size_t vl = tile_columns();
  for (size_t c = 0; c < columns; c += vl, to += panel) {
    __riscv_vse16_v_i16m4(to, __riscv_vle16_v_i16m4(even + c, vl), vl);
  }
}

static void pack_rows(const int16_t* lines, size_t stride, size_t groups, int16_t* panel) {
  for (size_t vl; groups > 0; groups -= vl, lines += vl, panel += XQ_TILE_ROWS * vl) {
    vl = __riscv_vsetvl_e16m2(groups);
    const vint16m2x4_t rows = __riscv_vcreate_v_i16m2x4(
        __riscv_vle16_v_i16m2(lines, vl), __riscv_vle16_v_i16m2(lines + stride, vl),
        __riscv_vle16_v_i16m2(lines + 2 * stride, vl),
        __riscv_vle16_v_i16m2(lines + 3 * stride, vl));
    __riscv_vsseg4e16_v_i16m2x4(panel, rows, vl);
  }
}

static void tile(size_t groups, const int16_t* a, const int16_t* b, const int32_t* start,
                 int32_t* acc, size_t acc_stride) {
  const size_t vl = __riscv_vsetvlmax_e32m4();
  vint32m4_t s0 = __riscv_vmv_v_x_i32m4(start[0], vl);
  vint32m4_t s1 = __riscv_vmv_v_x_i32m4(start[1], vl);
  vint32m4_t s2 = __riscv_vmv_v_x_i32m4(start[2], vl);
  vint32m4_t s3 = __riscv_vmv_v_x_i32m4(start[3], vl);
  for (size_t k = 0; k < groups; ++k) {
    const vint16m2_t row = __riscv_vle16_v_i16m2(b, vl);
    s0 = __riscv_vwmacc_vx_i32m4(s0, a[0], row, vl);
    s1 = __riscv_vwmacc_vx_i32m4(s1, a[1], row, vl);
    s2 = __riscv_vwmacc_vx_i32m4(s2, a[2], row, vl);
    s3 = __riscv_vwmacc_vx_i32m4(s3, a[3], row, vl);
    a += XQ_TILE_ROWS;
    b += vl;
  }
  __riscv_vse32_v_i32m4(acc, s0, vl);
  __riscv_vse32_v_i32m4(acc + acc_stride, s1, vl);
  __riscv_vse32_v_i32m4(acc + 2 * acc_stride, s2, vl);
  __riscv_vse32_v_i32m4(acc + 3 * acc_stride, s3, vl);
}

static void tile_row(size_t groups, const int16_t* a, const int16_t* b, int32_t start,
                     int32_t* acc) {
  const size_t vl = __riscv_vsetvlmax_e32m4();
  vint32m4_t sum = __riscv_vmv_v_x_i32m4(start, vl);
  for (size_t k = 0; k < groups; ++k) {
    sum = __riscv_vwmacc_vx_i32m4(sum, *a, __riscv_vle16_v_i16m2(b, vl), vl);
    a += XQ_TILE_ROWS;
    b += vl;
  }
  __riscv_vse32_v_i32m4(acc, sum, vl);
}

static void depthwise(const int16_t* x, const size_t* offset, const int16_t* weight, size_t taps,
                      int32_t bias, int32_t* acc, size_t n) {
  for (size_t vl; n > 0; n -= vl, x += vl, acc += vl) {
    vl = __riscv_vsetvl_e32m8(n);
    vint32m8_t sum = __riscv_vmv_v_x_i32m8(bias, vl);
    for (size_t t = 0; t < taps; ++t) {
      sum = __riscv_vwmacc_vx_i32m8(sum, weight[t], __riscv_vle16_v_i16m4(x + offset[t], vl), vl);
    }
    __riscv_vse32_v_i32m8(acc, sum, vl);
  }
}

/* B^T applied to column c of d: t0c ... t3c. */
#define XQ_TRANSFORM_COLUMN(c)                                              \
  const vint16m1_t d0##c = __riscv_vle16_v_i16m1(x + offset[c], vl);        \
  const vint16m1_t d1##c = __riscv_vle16_v_i16m1(x + offset[4 + (c)], vl);  \
  const vint16m1_t d2##c = __riscv_vle16_v_i16m1(x + offset[8 + (c)], vl);  \
  const vint16m1_t d3##c = __riscv_vle16_v_i16m1(x + offset[12 + (c)], vl); \
  const vint16m1_t t0##c = __riscv_vsub_vv_i16m1(d0##c, d2##c, vl);         \
  const vint16m1_t t1##c = __riscv_vadd_vv_i16m1(d1##c, d2##c, vl);         \
  const vint16m1_t t2##c = __riscv_vsub_vv_i16m1(d2##c, d1##c, vl);         \
  const vint16m1_t t3##c = __riscv_vsub_vv_i16m1(d1##c, d3##c, vl)

static void store_row(vint16m1_t t0, vint16m1_t t1, vint16m1_t t2, vint16m1_t t3, int16_t* v,
                      size_t step, size_t vl) {
  __riscv_vse16_v_i16m1(v, __riscv_vsub_vv_i16m1(t0, t2, vl), vl);
  __riscv_vse16_v_i16m1(v + step, __riscv_vadd_vv_i16m1(t1, t2, vl), vl);
  __riscv_vse16_v_i16m1(v + 2 * step, __riscv_vsub_vv_i16m1(t2, t1, vl), vl);
  __riscv_vse16_v_i16m1(v + 3 * step, __riscv_vsub_vv_i16m1(t1, t3, vl), vl);
}

static void winograd2_input(const int16_t* x, const size_t* offset, size_t n, int16_t* v,
                            size_t step) {
  for (size_t vl; n > 0; n -= vl, x += vl, v += vl) {
    vl = __riscv_vsetvl_e16m1(n);
    XQ_TRANSFORM_COLUMN(0);
    XQ_TRANSFORM_COLUMN(1);
    XQ_TRANSFORM_COLUMN(2);
    XQ_TRANSFORM_COLUMN(3);
    store_row(t00, t01, t02, t03, v, step, vl);
    store_row(t10, t11, t12, t13, v + 4 * step, step, vl);
    store_row(t20, t21, t22, t23, v + 8 * step, step, vl);
    store_row(t30, t31, t32, t33, v + 12 * step, step, vl);
  }
}

/* a + b + c or a - b - c. */
static vint32m2_t sum_of(vint32m2_t a, vint32m2_t b, vint32m2_t c, size_t vl) {
  return __riscv_vadd_vv_i32m2(__riscv_vadd_vv_i32m2(a, b, vl), c, vl);
}
static vint32m2_t less_both(vint32m2_t a, vint32m2_t b, vint32m2_t c, size_t vl) {
  return __riscv_vsub_vv_i32m2(__riscv_vsub_vv_i32m2(a, b, vl), c, vl);
}

static void store_outputs(vint32m2_t t0, vint32m2_t t1, vint32m2_t t2, vint32m2_t t3, int32_t bias,
                          int32_t* to, size_t vl) {
  const vint32m2_t left = __riscv_vsra_vx_i32m2(sum_of(t0, t1, t2, vl), 2, vl);
  const vint32m2_t right = __riscv_vsra_vx_i32m2(less_both(t1, t2, t3, vl), 2, vl);
  const vint32m2x2_t pair = __riscv_vcreate_v_i32m2x2(__riscv_vadd_vx_i32m2(left, bias, vl),
                                                      __riscv_vadd_vx_i32m2(right, bias, vl));
  __riscv_vsseg2e32_v_i32m2x2(to, pair, vl);
}

/* A^T applied to column c of m: upper##c and lower##c. */
#define XQ_TRANSFORM_SUMS(c)                                                                       \
  const vint32m2_t m1##c = __riscv_vle32_v_i32m2(m + (4 + (c)) * step, vl);                        \
  const vint32m2_t m2##c = __riscv_vle32_v_i32m2(m + (8 + (c)) * step, vl);                        \
  const vint32m2_t upper##c = sum_of(__riscv_vle32_v_i32m2(m + (c) * step, vl), m1##c, m2##c, vl); \
  const vint32m2_t lower##c =                                                                      \
      less_both(m1##c, m2##c, __riscv_vle32_v_i32m2(m + (12 + (c)) * step, vl), vl)

static void winograd2_output(const int32_t* m, size_t step, size_t n, int32_t bias, int32_t* y,
                             size_t y_step) {
  for (size_t vl; n > 0; n -= vl, m += vl, y += 2 * vl) {
    vl = __riscv_vsetvl_e32m2(n);
    XQ_TRANSFORM_SUMS(0);
    XQ_TRANSFORM_SUMS(1);
    XQ_TRANSFORM_SUMS(2);
    XQ_TRANSFORM_SUMS(3);
    store_outputs(upper0, upper1, upper2, upper3, bias, y, vl);
    store_outputs(lower0, lower1, lower2, lower3, bias, y + y_step, vl);
  }
}

/* B^T of six vectors: from x[offset[k * from]] to v[k * step]. v may be where x reads. */
static void expand6(const int16_t* x, const size_t* offset, size_t from, int16_t* v, size_t step,
                    size_t vl) {
  const vint16m1_t d0 = __riscv_vle16_v_i16m1(x + offset[0], vl);
  const vint16m1_t d1 = __riscv_vle16_v_i16m1(x + offset[from], vl);
  const vint16m1_t d2 = __riscv_vle16_v_i16m1(x + offset[2 * from], vl);
  const vint16m1_t d3 = __riscv_vle16_v_i16m1(x + offset[3 * from], vl);
  const vint16m1_t d4 = __riscv_vle16_v_i16m1(x + offset[4 * from], vl);
  const vint16m1_t d5 = __riscv_vle16_v_i16m1(x + offset[5 * from], vl);
  const vint16m1_t a = __riscv_vsub_vv_i16m1(d4, __riscv_vsll_vx_i16m1(d2, 2, vl), vl);
  const vint16m1_t b = __riscv_vsub_vv_i16m1(d3, __riscv_vsll_vx_i16m1(d1, 2, vl), vl);
  const vint16m1_t c = __riscv_vsub_vv_i16m1(d4, d2, vl);
  const vint16m1_t e = __riscv_vsll_vx_i16m1(__riscv_vsub_vv_i16m1(d3, d1, vl), 1, vl);
  const vint16m1_t f = __riscv_vsll_vx_i16m1(__riscv_vsub_vv_i16m1(d0, d2, vl), 2, vl);
  const vint16m1_t g = __riscv_vsub_vv_i16m1(d5, d3, vl);
  __riscv_vse16_v_i16m1(v, __riscv_vadd_vv_i16m1(f, c, vl), vl);
  __riscv_vse16_v_i16m1(v + step, __riscv_vadd_vv_i16m1(a, b, vl), vl);
  __riscv_vse16_v_i16m1(v + 2 * step, __riscv_vsub_vv_i16m1(a, b, vl), vl);
  __riscv_vse16_v_i16m1(v + 3 * step, __riscv_vadd_vv_i16m1(c, e, vl), vl);
  __riscv_vse16_v_i16m1(v + 4 * step, __riscv_vsub_vv_i16m1(c, e, vl), vl);
  const vint16m1_t h = __riscv_vsll_vx_i16m1(e, 1, vl);
  __riscv_vse16_v_i16m1(v + 5 * step, __riscv_vsub_vv_i16m1(g, h, vl), vl);
}

static void winograd4_input(const int16_t* x, const size_t* offset, size_t n, int16_t* v,
                            size_t step) {
  const size_t row[6] = {0, step, 2 * step, 3 * step, 4 * step, 5 * step};
  for (size_t vl; n > 0; n -= vl, x += vl, v += vl) {
    vl = __riscv_vsetvl_e16m1(n);
    for (size_t c = 0; c < 6; ++c) expand6(x, offset + c, 6, v + c * step, 6 * step, vl);
    for (size_t r = 0; r < 6; ++r) expand6(v + 6 * r * step, row, 1, v + 6 * r * step, step, vl);
  }
}

/* A^T of the vectors m[k * from]. */
static vint32m1x4_t collect6(const int32_t* m, size_t from, size_t vl) {
  const vint32m1_t m0 = __riscv_vle32_v_i32m1(m, vl);
  const vint32m1_t m1 = __riscv_vle32_v_i32m1(m + from, vl);
  const vint32m1_t m2 = __riscv_vle32_v_i32m1(m + 2 * from, vl);
  const vint32m1_t m3 = __riscv_vle32_v_i32m1(m + 3 * from, vl);
  const vint32m1_t m4 = __riscv_vle32_v_i32m1(m + 4 * from, vl);
  const vint32m1_t m5 = __riscv_vle32_v_i32m1(m + 5 * from, vl);
  const vint32m1_t s = __riscv_vadd_vv_i32m1(m1, m2, vl);
  const vint32m1_t d = __riscv_vsub_vv_i32m1(m1, m2, vl);
  const vint32m1_t p = __riscv_vadd_vv_i32m1(m3, m4, vl);
  const vint32m1_t q = __riscv_vsub_vv_i32m1(m3, m4, vl);
  const vint32m1_t y0 =
      __riscv_vadd_vv_i32m1(__riscv_vadd_vv_i32m1(m0, p, vl), __riscv_vsll_vx_i32m1(s, 1, vl), vl);
  const vint32m1_t y1 = __riscv_vadd_vv_i32m1(d, q, vl);
  const vint32m1_t y2 = __riscv_vadd_vv_i32m1(s, __riscv_vsll_vx_i32m1(p, 1, vl), vl);
  const vint32m1_t y3 =
      __riscv_vadd_vv_i32m1(__riscv_vadd_vv_i32m1(d, __riscv_vsll_vx_i32m1(q, 2, vl), vl),
                            __riscv_vsll_vx_i32m1(m5, 1, vl), vl);
  return __riscv_vcreate_v_i32m1x4(y0, y1, y2, y3);
}

/* The sum out of 9 << shift times it, and the bias. */
static vint32m1_t sum_of_multiple(vint32m1_t y, size_t shift, int32_t bias, size_t vl) {
  const vint32m1_t multiple = __riscv_vmul_vx_i32m1(y, (int32_t)XQ_INVERSE_OF_9, vl);
  return __riscv_vadd_vx_i32m1(__riscv_vsra_vx_i32m1(multiple, shift, vl), bias, vl);
}

static void winograd4_output(const int32_t* m, size_t step, size_t n, int32_t bias, int32_t* y,
                             size_t y_step) {
  enum { kMost = 64 };
  int32_t half[24 * kMost];
  for (size_t vl; n > 0; n -= vl, m += vl, y += 4 * vl) {
    vl = __riscv_vsetvl_e32m1(n < kMost ? n : kMost);
    for (size_t c = 0; c < 6; ++c) {
      const vint32m1x4_t t = collect6(m + c * step, 6 * step, vl);
      __riscv_vse32_v_i32m1(half + c * kMost, __riscv_vget_v_i32m1x4_i32m1(t, 0), vl);
      __riscv_vse32_v_i32m1(half + (6 + c) * kMost, __riscv_vget_v_i32m1x4_i32m1(t, 1), vl);
      __riscv_vse32_v_i32m1(half + (12 + c) * kMost, __riscv_vget_v_i32m1x4_i32m1(t, 2), vl);
      __riscv_vse32_v_i32m1(half + (18 + c) * kMost, __riscv_vget_v_i32m1x4_i32m1(t, 3), vl);
    }
    for (size_t r = 0; r < 4; ++r) {
      const vint32m1x4_t t = collect6(half + 6 * r * kMost, kMost, vl);
      const size_t shift = r == 0 ? 5 : 4;
      const vint32m1x4_t outputs = __riscv_vcreate_v_i32m1x4(
          sum_of_multiple(__riscv_vget_v_i32m1x4_i32m1(t, 0), shift + 1, bias, vl),
          sum_of_multiple(__riscv_vget_v_i32m1x4_i32m1(t, 1), shift, bias, vl),
          sum_of_multiple(__riscv_vget_v_i32m1x4_i32m1(t, 2), shift, bias, vl),
          sum_of_multiple(__riscv_vget_v_i32m1x4_i32m1(t, 3), shift, bias, vl));
      __riscv_vsseg4e32_v_i32m1x4(y + r * y_step, outputs, vl);
    }
  }
}

#include "int8/isa/runs.h"

const xq_kernels xq_kernels_rvv = {
    .name = "rvv",
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
};

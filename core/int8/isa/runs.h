/* What goes through several rows or tiles by the functions for one of them, the same in every
 * instruction set, but in one call of the table. Included behind quantize, requantize,
 * winograd2_output, winograd4_output, widen, split, tile, tile_row and tile_columns. */
#ifndef XQUANT_INT8_ISA_RUNS_H_
#define XQUANT_INT8_ISA_RUNS_H_

#ifndef XQ_OWN_ADD
/* `n` codes from element `at` on as floats. */
static void dequantize_codes(const xq_addend* a, size_t at, size_t n, float* x) {
  if (a->flip == 0) {
    dequantize_s8((const int8_t*)a->codes + at, n, a->scale, a->zero_point, x);
  } else {
    dequantize_u8(a->codes + at, n, a->scale, a->zero_point + 128, x);
  }
}

/* kernels.h: add */
static void add(const xq_addend* a, const xq_addend* b, size_t n, float scale, xq_output to,
                uint8_t* q) {
  enum { kTogether = 256 };
  float x[kTogether], y[kTogether];
  for (size_t i = 0; i < n; i += kTogether) {
    const size_t few = n - i < kTogether ? n - i : (size_t)kTogether;
    dequantize_codes(a, i, few, x);
    dequantize_codes(b, i, few, y);
    for (size_t k = 0; k < few; ++k) x[k] += y[k];
    quantize(x, few, scale, to, q + i);
  }
}
#endif

#ifndef XQ_OWN_LARGEST
/* Row r of `largest`, of a step that compilers know. */
static inline void keep_larger(const uint8_t* restrict x, size_t step, size_t n, uint8_t flip,
                               uint8_t* restrict y) {
  for (size_t i = 0; i < n; ++i) {
    const uint8_t code = x[step * i] ^ flip;
    y[i] = code > y[i] ? code : y[i];
  }
}

/* kernels.h: largest */
static void largest(const uint8_t* x, size_t row, size_t rows, size_t step, size_t n, uint8_t flip,
                    uint8_t y_flip, uint8_t* y) {
  for (size_t i = 0; i < n; ++i) y[i] = 0;
  for (size_t r = 0; r < rows; ++r, x += row) {
    if (step == 1) {
      keep_larger(x, 1, n, flip, y);
    } else {
      keep_larger(x, 2, n, flip, y);
    }
  }
  for (size_t i = 0; i < n; ++i) y[i] ^= y_flip;
}
#endif

#ifdef XQ_LINE
/* kernels.h: line, where looking up is slower */
static void line(const xq_line* l, const uint8_t* x, size_t n, uint8_t* y) {
  const xq_line f = *l;
  for (size_t i = 0; i < n; ++i) {
    const int32_t code = (int8_t)(x[i] ^ f.x_flip);
    int32_t value = ((code * f.slope + f.part) >> f.shift) + f.whole;
    value = value < f.low ? f.low : value;
    value = value > f.high ? f.high : value;
    y[i] = (uint8_t)((uint32_t)value ^ f.y_flip);
  }
}
#endif

#ifndef XQ_OWN_ROWS
/* kernels.h: requantize_rows */
static void requantize_rows(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                            float multiplier, xq_output to, uint8_t* q, size_t q_step) {
  for (; rows > 0; --rows, acc += acc_pitch, q += q_step) {
    requantize(acc, columns, multiplier, to, q);
  }
}
#endif

/* kernels.h: requantize_channels */
static void requantize_channels(const int32_t* acc, size_t acc_step, size_t channels,
                                const xq_block_rows* rows, const float* multiplier,
                                size_t multiplier_step, xq_output to, uint8_t* q, size_t q_plane) {
  for (; channels > 0; --channels, acc += acc_step, multiplier += multiplier_step, q += q_plane) {
    requantize_rows(acc, rows->pitch, rows->count, rows->width, *multiplier, to, q, rows->step);
  }
}

#ifndef XQ_OWN_SHORT_ROWS
static void reals_of(const int32_t* acc, size_t n, float unit, const xq_short* f, float* real) {
  const float alpha = f->alpha;
  const float beta = f->beta;
  if (f->kind == XQ_SHORT_LEAKY) {
    for (size_t i = 0; i < n; ++i) {
      const float r = (float)acc[i] * unit;
      real[i] = r < 0.0f ? alpha * r : r;
    }
    return;
  }
  for (size_t i = 0; i < n; ++i) {
    const float r = (float)acc[i] * unit;
    const float gate = alpha * r + beta;
    const float below = gate < 1.0f ? gate : 1.0f;
    real[i] = r * (below > 0.0f ? below : 0.0f);
  }
}

/* kernels.h: requantize_short_rows */
static void requantize_short_rows(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                                  float unit, const xq_short* f, float scale, xq_output to,
                                  uint8_t* q, size_t q_step) {
  float reals[256];
  for (; rows > 0; --rows, acc += acc_pitch, q += q_step) {
    for (size_t i = 0; i < columns; i += 256) {
      const size_t n = columns - i < 256 ? columns - i : 256;
      reals_of(acc + i, n, unit, f, reals);
      quantize(reals, n, scale, to, q + i);
    }
  }
}
#endif

typedef void (*xq_winograd_output)(const int32_t* m, size_t step, size_t n, int32_t bias,
                                   int32_t* y, size_t y_step);

/* t * t outputs of tiles of at most XQ_WINOGRAD_RUN columns from the first to the last, by way of
 * y[t][t * (XQ_WINOGRAD_RUN + XQ_WINOGRAD_SLACK)]. */
static inline void winograd_requantize_run(xq_winograd_output output, size_t t, int32_t* y,
                                           const int32_t* m, size_t step, size_t pitch,
                                           size_t height, size_t width, int32_t bias,
                                           float multiplier, xq_output to, uint8_t* q,
                                           size_t q_step) {
  const size_t y_step = t * (XQ_WINOGRAD_RUN + XQ_WINOGRAD_SLACK);
  output(m, step, ((height + t - 1) / t - 1) * pitch + (width + t - 1) / t, bias, y, y_step);
  for (size_t r = 0; r < t && r < height; ++r) {
    requantize_rows(y + r * y_step, t * pitch, (height - r + t - 1) / t, width, multiplier, to,
                    q + r * q_step, t * q_step);
  }
}

/* kernels.h: xq_winograd_transforms.requantize. Only vectors of more than 2048 bits have blocks of
 * several runs. */
static inline void winograd_requantize(xq_winograd_output output, size_t t, int32_t* y,
                                       const int32_t* m, size_t step, size_t pitch, size_t height,
                                       size_t width, int32_t bias, float multiplier, xq_output to,
                                       uint8_t* q, size_t q_step) {
  if ((height - 1) / t * pitch + (width + t - 1) / t <= XQ_WINOGRAD_RUN) {
    winograd_requantize_run(output, t, y, m, step, pitch, height, width, bias, multiplier, to, q,
                            q_step);
    return;
  }
  for (size_t top = 0; top < height; top += t, m += pitch, q += t * q_step) {
    for (size_t x = 0; x < width; x += t * XQ_WINOGRAD_RUN) {
      const size_t left = width - x;
      const size_t few = left < t * XQ_WINOGRAD_RUN ? left : t * XQ_WINOGRAD_RUN;
      const size_t rows = height - top < t ? height - top : t;
      winograd_requantize_run(output, t, y, m + x / t, step, pitch, rows, few, bias, multiplier, to,
                              q + x, q_step);
    }
  }
}

static void winograd2_requantize(const int32_t* m, size_t step, size_t pitch, size_t height,
                                 size_t width, int32_t bias, float multiplier, xq_output to,
                                 uint8_t* q, size_t q_step) {
  int32_t y[2 * 2 * (XQ_WINOGRAD_RUN + XQ_WINOGRAD_SLACK)];
  winograd_requantize(winograd2_output, 2, y, m, step, pitch, height, width, bias, multiplier, to,
                      q, q_step);
}

static void winograd4_requantize(const int32_t* m, size_t step, size_t pitch, size_t height,
                                 size_t width, int32_t bias, float multiplier, xq_output to,
                                 uint8_t* q, size_t q_step) {
  int32_t y[4 * 4 * (XQ_WINOGRAD_RUN + XQ_WINOGRAD_SLACK)];
  winograd_requantize(winograd4_output, 4, y, m, step, pitch, height, width, bias, multiplier, to,
                      q, q_step);
}

#ifndef XQ_OWN_WIDEN_ROWS
/* kernels.h: widen_rows */
static void widen_rows(const uint8_t* x, size_t x_step, size_t rows, size_t columns, uint8_t flip,
                       int32_t zero_point, int16_t* y, size_t pitch) {
  for (; rows > 0; --rows, x += x_step, y += pitch) widen(x, columns, flip, zero_point, y);
}
#endif

#ifndef XQ_OWN_PACK_CODES
/* kernels.h: pack_codes */
static void pack_codes(const uint8_t* x, size_t x_step, size_t groups, size_t n, size_t columns,
                       uint8_t flip, int32_t zero_point, int16_t* lines, size_t panel,
                       int16_t* to) {
  for (size_t g = 0; g < kGroup; ++g) {
    for (size_t i = n; i < columns; ++i) lines[g * columns + i] = 0;
  }
  for (; groups > 0; --groups, x += kGroup * x_step, to += kGroup * tile_columns()) {
    widen_rows(x, x_step, kGroup, n, flip, zero_point, lines, columns);
    pack_columns(lines, lines + columns, columns, panel, to);
  }
}
#endif

/* kernels.h: split_rows */
static void split_rows(const uint8_t* x, size_t x_step, size_t rows, size_t columns, uint8_t flip,
                       int32_t zero_point, int16_t* even, int16_t* odd, size_t pitch) {
  for (; rows > 0; --rows, x += x_step, even += pitch, odd += pitch) {
    split(x, columns, flip, zero_point, even, odd);
  }
}

#ifndef XQ_OWN_SPLIT4
static inline int16_t less_zero_point(uint8_t x, uint8_t flip, int32_t zero_point) {
  return (int16_t)((int8_t)(x ^ flip) - zero_point);
}

/* Elements r, r + 4, ... of a row to phase[r]. */
static void split4(const uint8_t* x, size_t columns, uint8_t flip, int32_t zero_point,
                   int16_t* restrict p0, int16_t* restrict p1, int16_t* restrict p2,
                   int16_t* restrict p3) {
  const size_t whole = columns / 4;
  for (size_t i = 0; i < whole; ++i) {
    p0[i] = less_zero_point(x[4 * i], flip, zero_point);
    p1[i] = less_zero_point(x[4 * i + 1], flip, zero_point);
    p2[i] = less_zero_point(x[4 * i + 2], flip, zero_point);
    p3[i] = less_zero_point(x[4 * i + 3], flip, zero_point);
  }
  if (columns % 4 > 0) p0[whole] = less_zero_point(x[4 * whole], flip, zero_point);
  if (columns % 4 > 1) p1[whole] = less_zero_point(x[4 * whole + 1], flip, zero_point);
  if (columns % 4 > 2) p2[whole] = less_zero_point(x[4 * whole + 2], flip, zero_point);
}

/* kernels.h: split4_rows */
static void split4_rows(const uint8_t* x, size_t x_step, size_t rows, size_t columns, uint8_t flip,
                        int32_t zero_point, int16_t* const phase[4], size_t pitch) {
  for (size_t row = 0; row < rows; ++row, x += x_step) {
    const size_t at = row * pitch;
    split4(x, columns, flip, zero_point, phase[0] + at, phase[1] + at, phase[2] + at,
           phase[3] + at);
  }
}
#endif

/* kernels.h: tiles */
static void tiles(size_t groups, const int16_t* a, const int16_t* b, const int32_t* start,
                  int32_t* acc, size_t columns) {
  const size_t width = tile_columns();
  for (size_t c = 0; c < columns; c += width, b += groups * width * kGroup) {
    tile(groups, a, b, start, acc + c, columns);
  }
}

/* kernels.h: tiles_of_row */
static void tiles_of_row(size_t groups, const int16_t* a, const int16_t* b, int32_t start,
                         int32_t* acc, size_t columns) {
  const size_t width = tile_columns();
  for (size_t c = 0; c < columns; c += width, b += groups * width * kGroup) {
    tile_row(groups, a, b, start, acc + c);
  }
}

#endif /* XQUANT_INT8_ISA_RUNS_H_ */

/* What goes through several rows or tiles by the functions for one of them, the same in every
 * instruction set, but in one call of the table. Included behind quantize, requantize,
 * winograd_output, widen, split, tile, tile_row and tile_columns. */
#ifndef XQUANT_INT8_ISA_RUNS_H_
#define XQUANT_INT8_ISA_RUNS_H_

#ifndef XQ_OWN_ROWS
/* kernels.h: requantize_rows */
static void requantize_rows(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                            float multiplier, xq_output to, uint8_t* q, size_t q_step) {
  for (; rows > 0; --rows, acc += acc_pitch, q += q_step) {
    requantize(acc, columns, multiplier, to, q);
  }
}
#endif

#ifndef XQ_OWN_LEAKY_ROWS
/* kernels.h: requantize_leaky_rows */
static void requantize_leaky_rows(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                                  float unit, float slope, float scale, xq_output to, uint8_t* q,
                                  size_t q_step) {
  float reals[256];
  for (; rows > 0; --rows, acc += acc_pitch, q += q_step) {
    for (size_t i = 0; i < columns; i += 256) {
      const size_t n = columns - i < 256 ? columns - i : 256;
      for (size_t k = 0; k < n; ++k) {
        const float r = (float)acc[i + k] * unit;
        reals[k] = r < 0.0f ? slope * r : r;
      }
      quantize(reals, n, scale, to, q + i);
    }
  }
}
#endif

/* Tiles of at most XQ_WINOGRAD_RUN columns from the first to the last. */
static void winograd_requantize_run(const int32_t* m, size_t step, size_t pitch, size_t height,
                                    size_t width, int32_t bias, float multiplier, xq_output to,
                                    uint8_t* q, size_t q_step) {
  int32_t top[2 * (XQ_WINOGRAD_RUN + XQ_WINOGRAD_SLACK)];
  int32_t bottom[2 * (XQ_WINOGRAD_RUN + XQ_WINOGRAD_SLACK)];
  const size_t rows = (height + 1) / 2;
  winograd_output(m, step, (rows - 1) * pitch + (width + 1) / 2, bias, top, bottom);
  requantize_rows(top, 2 * pitch, rows, width, multiplier, to, q, 2 * q_step);
  requantize_rows(bottom, 2 * pitch, height / 2, width, multiplier, to, q + q_step, 2 * q_step);
}

/* kernels.h: winograd_requantize. Only vectors of more than 2048 bits have blocks of several runs.
 */
static void winograd_requantize(const int32_t* m, size_t step, size_t pitch, size_t height,
                                size_t width, int32_t bias, float multiplier, xq_output to,
                                uint8_t* q, size_t q_step) {
  if ((height - 1) / 2 * pitch + (width + 1) / 2 <= XQ_WINOGRAD_RUN) {
    winograd_requantize_run(m, step, pitch, height, width, bias, multiplier, to, q, q_step);
    return;
  }
  for (size_t y = 0; y < height; y += 2, m += pitch, q += 2 * q_step) {
    for (size_t x = 0; x < width; x += 2 * XQ_WINOGRAD_RUN) {
      const size_t left = width - x;
      const size_t few = left < 2 * XQ_WINOGRAD_RUN ? left : 2 * XQ_WINOGRAD_RUN;
      winograd_requantize_run(m + x / 2, step, pitch, height - y < 2 ? 1 : 2, few, bias, multiplier,
                              to, q + x, q_step);
    }
  }
}

/* kernels.h: widen_rows */
static void widen_rows(const uint8_t* x, size_t x_step, size_t rows, size_t columns, uint8_t flip,
                       int32_t zero_point, int16_t* y, size_t pitch) {
  for (; rows > 0; --rows, x += x_step, y += pitch) widen(x, columns, flip, zero_point, y);
}

/* kernels.h: split_rows */
static void split_rows(const uint8_t* x, size_t x_step, size_t rows, size_t columns, uint8_t flip,
                       int32_t zero_point, int16_t* even, int16_t* odd, size_t pitch) {
  for (; rows > 0; --rows, x += x_step, even += pitch, odd += pitch) {
    split(x, columns, flip, zero_point, even, odd);
  }
}

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

/* What goes through several rows or tiles by the functions for one of them, the same in every
 * instruction set, but in one call of the table. Included behind requantize, widen, split, tile,
 * tile_row and tile_columns. */
#ifndef XQUANT_INT8_ISA_RUNS_H_
#define XQUANT_INT8_ISA_RUNS_H_

/* kernels.h: requantize_rows */
static void requantize_rows(const int32_t* acc, size_t acc_pitch, size_t rows, size_t columns,
                            float multiplier, xq_output to, uint8_t* q, size_t q_step) {
  for (; rows > 0; --rows, acc += acc_pitch, q += q_step) {
    requantize(acc, columns, multiplier, to, q);
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

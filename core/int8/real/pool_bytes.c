#include "int8/real/pool_bytes.h"

#include <string.h>

#include "int8/codes/codes.h"
#include "int8/real/sums.h"
#include "int8/real/windows.h"

/* Rows that fit the stack. */
enum { kMostBytes = 4096 };

/* Elements of a padded row that the windows of all outputs read. */
static size_t padded_row(const xq_pool* pool) {
  const size_t read =
      (pool->out[2] - 1) * pool->stride[2] + (pool->kernel[2] - 1) * pool->dilation[2] + 1;
  const size_t held = pool->pad_begin[2] + pool->in[2];
  return read > held ? read : held;
}

static int is_planar(const xq_pool* pool) {
  return pool->kernel[0] == 1 && pool->pad_begin[0] == 0 && pool->pad_end[0] == 0;
}

/* The largest of every column of the rows of an output row's windows, which neighbours share. */
static void largest_columns(const xq_kernels* kernels, const xq_pool* pool, const uint8_t* plane,
                            size_t oz, size_t oy, uint8_t flip, uint8_t* columns) {
  const xq_span z = xq_inside(pool, 0, oz);
  const xq_span s = xq_inside(pool, 1, oy);
  if (xq_count(s) == 0 || xq_count(z) == 0) {
    memset(columns, 0, pool->in[2]);
    return;
  }
  kernels->largest(plane + (z.at * pool->in[1] + s.at) * pool->in[2],
                   pool->dilation[1] * pool->in[2], xq_count(s), 1, pool->in[2], flip, 0, columns);
}

/* Down the columns, then across, several output rows at a time: what was just written in other
 * pieces than it is read in would be waited for. Between, codes are in the order of unsigned
 * numbers and padded with the smallest. */
int xq_max_bytes(const xq_pool* pool, const void* x, const xq_quant* from, const xq_quant* to,
                 void* y) {
  if (!is_planar(pool) || !xq_is_8_bit(to->type) || !xq_same_codes(from, to)) return 0;
  if (pool->stride[2] > 2 || pool->out[2] == 0 || padded_row(pool) > kMostBytes) return 0;
  const xq_kernels* kernels = xq_active();
  const uint8_t flip = from->type == XQ_S8 ? 0x80 : 0;
  const size_t pitch = padded_row(pool);
  const size_t together = kMostBytes / pitch;
  uint8_t padded[kMostBytes + XQ_LARGEST_SLACK];
  uint8_t* columns = padded + pool->pad_begin[2];
  memset(padded, 0, sizeof(padded));
  const uint8_t* plane = x;
  uint8_t* result = y;
  for (size_t p = 0; p < pool->planes; ++p, plane += pool->in[0] * pool->in[1] * pool->in[2]) {
    for (size_t oz = 0; oz < pool->out[0]; ++oz) {
      for (size_t oy = 0; oy < pool->out[1]; oy += together) {
        const size_t left = pool->out[1] - oy;
        const size_t few = left < together ? left : together;
        for (size_t r = 0; r < few; ++r) {
          largest_columns(kernels, pool, plane, oz, oy + r, flip, columns + r * pitch);
        }
        for (size_t r = 0; r < few; ++r, result += pool->out[2]) {
          kernels->largest(padded + r * pitch, pool->dilation[2], pool->kernel[2], pool->stride[2],
                           pool->out[2], 0, flip, result);
        }
      }
    }
  }
  return 1;
}

/* Windows of so many positions have so many sums of bytes. */
enum { kMostPositions = 16, kMostSums = 255 * kMostPositions + 1 };

/* All windows lie inside. */
static int is_without_padding(const xq_pool* pool) {
  for (size_t d = 0; d < 3; ++d) {
    const size_t reach = (pool->kernel[d] - 1) * pool->dilation[d] + 1;
    if (pool->pad_begin[d] != 0 || pool->out[d] == 0) return 0;
    if ((pool->out[d] - 1) * pool->stride[d] + reach > pool->in[d]) return 0;
  }
  return 1;
}

/* codes[s] = the average where bytes add up to s < count. */
static void average_codes(size_t positions, size_t count, const xq_quant* from, const xq_quant* to,
                          uint8_t* codes) {
  const xq_kernels* kernels = xq_active();
  const int32_t zero = from->zero_point + (from->type == XQ_S8 ? 128 : 0);
  float reals[XQ_CHUNK];
  for (size_t i = 0; i < count; i += XQ_CHUNK) {
    const size_t n = xq_chunk(count, i);
    for (size_t k = 0; k < n; ++k) {
      const int32_t sum = (int32_t)(i + k) - (int32_t)positions * zero;
      reals[k] = xq_mean_real(sum, positions, from->scale);
    }
    xq_write_reals(kernels, reals, n, to, codes, i);
  }
}

/* Sums of every column of the windows' rows, which neighbours share, for several output rows: rows
 * by themselves are short. */
static void add_rows(const uint8_t* restrict x, size_t row, size_t rows, size_t n, uint8_t flip,
                     uint16_t* restrict sums) {
  for (size_t i = 0; i < n; ++i) sums[i] = x[i] ^ flip;
  for (size_t r = 1; r < rows; ++r) {
    const uint8_t* from = x + r * row;
    for (size_t i = 0; i < n; ++i) sums[i] = (uint16_t)(sums[i] + (from[i] ^ flip));
  }
}

static void add_columns(const xq_pool* pool, const uint16_t* restrict sums,
                        const uint8_t* restrict codes, uint8_t* restrict y) {
  const size_t step = pool->dilation[2];
  const size_t stride = pool->stride[2];
  if (pool->kernel[2] == 3) { /* the usual one without a loop */
    for (size_t i = 0; i < pool->out[2]; ++i, sums += stride) {
      y[i] = codes[sums[0] + sums[step] + sums[2 * step]];
    }
    return;
  }
  for (size_t i = 0; i < pool->out[2]; ++i, sums += stride) {
    size_t sum = 0;
    for (size_t k = 0; k < pool->kernel[2]; ++k) sum += sums[k * step];
    y[i] = codes[sum];
  }
}

int xq_average_bytes(const xq_pool* pool, const void* x, const xq_quant* from, const xq_quant* to,
                     void* y) {
  if (!xq_is_8_bit(from->type) || !xq_is_8_bit(to->type)) return 0;
  if (pool->kernel[0] != 1 || pool->in[2] > kMostBytes || !is_without_padding(pool)) return 0;
  if (pool->kernel[1] > kMostPositions || pool->kernel[2] > kMostPositions) return 0;
  const size_t positions = pool->kernel[1] * pool->kernel[2];
  const size_t count = 255 * positions + 1;
  const size_t outputs = pool->planes * pool->out[0] * pool->out[1] * pool->out[2];
  if (positions > kMostPositions || outputs < 2 * count) return 0;
  uint8_t codes[kMostSums];
  uint16_t sums[kMostBytes];
  average_codes(positions, count, from, to, codes);
  const uint8_t flip = from->type == XQ_S8 ? 0x80 : 0;
  const size_t step = pool->stride[1] * pool->in[2];
  const size_t together = (kMostBytes - pool->in[2]) / step + 1; /* output rows */
  const uint8_t* plane = x;
  uint8_t* result = y;
  for (size_t p = 0; p < pool->planes; ++p, plane += pool->in[0] * pool->in[1] * pool->in[2]) {
    for (size_t oz = 0; oz < pool->out[0]; ++oz) {
      const uint8_t* image = plane + oz * pool->stride[0] * pool->in[1] * pool->in[2];
      for (size_t oy = 0; oy < pool->out[1]; oy += together) {
        const size_t left = pool->out[1] - oy;
        const size_t few = left < together ? left : together;
        add_rows(image + oy * step, pool->dilation[1] * pool->in[2], pool->kernel[1],
                 (few - 1) * step + pool->in[2], flip, sums);
        for (size_t r = 0; r < few; ++r, result += pool->out[2]) {
          add_columns(pool, sums + r * step, codes, result);
        }
      }
    }
  }
  return 1;
}

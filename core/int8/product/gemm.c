#include <string.h>

#include "int8/product/block.h"
#include "int8/product/emit.h"
#include "int8/require.h"

/* Rows of x packed at a time, so that a block of weights is read once for all of them. */
enum { kRowBlock = 64 };

static void require_shape(const xq_gemm* shape) {
  XQ_REQUIRE(shape != NULL);
  XQ_REQUIRE(shape->k >= 1 && shape->k <= XQ_MAX_DEPTH);
}

static size_t row_block(const xq_gemm* shape) {
  return xq_min(xq_round_up(shape->m, XQ_TILE_ROWS), kRowBlock);
}

size_t xq_gemm_packed_size(const xq_gemm* shape) {
  require_shape(shape);
  const xq_kernels* kernels = xq_active();
  const size_t columns = xq_round_up(shape->n, xq_block_columns(kernels, shape->n));
  const size_t panels = columns / kernels->tile_columns();
  return sizeof(xq_packed_header) + panels * xq_column_panel(kernels, shape->k) * sizeof(int16_t);
}

void xq_gemm_pack_weights(const xq_gemm* shape, const xq_weights* w, size_t k_stride,
                          size_t n_stride, void* packed) {
  require_shape(shape);
  xq_require_weights(w, shape->n, shape->k);
  XQ_REQUIRE(packed != NULL && xq_is_aligned(packed));
  const xq_kernels* kernels = xq_active();
  const size_t tile = kernels->tile_columns();
  const size_t group = kernels->k_group;
  const size_t size = xq_gemm_packed_size(shape) - sizeof(xq_packed_header);
  const xq_zeros zeros = xq_zeros_of(w);
  const uint8_t flip = xq_flip(w->type);
  int16_t* panel = xq_write_header(packed, kernels, XQ_PACKED_GEMM, shape->n, shape->k);
  memset(panel, 0, size);
  for (size_t j0 = 0; j0 < shape->n; j0 += tile) {
    const size_t columns = xq_min(tile, shape->n - j0);
    for (size_t k = 0; k < shape->k; ++k) {
      int16_t* to = panel + k / group * tile * group + k % group;
      const uint8_t* from = (const uint8_t*)w->data + k * k_stride + j0 * n_stride;
      const int32_t* zero_point = zeros.zero_point + j0 * zeros.zero_step;
      for (size_t j = 0; j < columns; ++j) {
        to[j * group] =
            xq_centred(from[j * n_stride], flip, zero_point[j * zeros.zero_step] - flip);
      }
    }
    panel += xq_column_panel(kernels, shape->k);
  }
}

void xq_gemm_pack(const xq_gemm* shape, const int8_t* w, size_t k_stride, size_t n_stride,
                  void* packed) {
  const xq_weights weights = {w, XQ_S8, NULL, 0};
  xq_gemm_pack_weights(shape, &weights, k_stride, n_stride, packed);
}

/* Workspace: accumulators [XQ_TILE_ROWS][block columns], lines, then row panels. */
size_t xq_gemm_workspace_size(const xq_gemm* shape) {
  require_shape(shape);
  const xq_kernels* kernels = xq_active();
  const size_t panels = row_block(shape) / XQ_TILE_ROWS;
  return XQ_TILE_ROWS * xq_block_columns(kernels, shape->n) * sizeof(int32_t) +
         (xq_line_elements(kernels, shape->k) + panels * xq_row_panel(kernels, shape->k)) *
             sizeof(int16_t);
}

/* acc[r][j] += bias[j] modulo 2^32. */
static void add_bias(const int32_t* bias, size_t rows, size_t valid, size_t columns, int32_t* acc) {
  for (size_t r = 0; r < rows; ++r, acc += columns) {
    for (size_t j = 0; j < valid; ++j) acc[j] = (int32_t)((uint32_t)acc[j] + (uint32_t)bias[j]);
  }
}

/* Rows [i0, i0 + rows) of the result from their row panels. */
static void multiply_rows(const xq_kernels* kernels, const xq_gemm* shape, size_t i0, size_t rows,
                          const int16_t* row_panels, const int16_t* block, const int32_t* bias,
                          const xq_sink* sink, int32_t* acc) {
  const size_t columns = xq_block_columns(kernels, shape->n);
  const size_t block_size = columns / kernels->tile_columns() * xq_column_panel(kernels, shape->k);
  const xq_start zero = {{0}};
  for (size_t j0 = 0; j0 < shape->n; j0 += columns, block += block_size) {
    const size_t valid = xq_min(columns, shape->n - j0);
    const int16_t* panel = row_panels;
    for (size_t i = 0; i < rows; i += XQ_TILE_ROWS) {
      const size_t few = xq_min(XQ_TILE_ROWS, rows - i);
      xq_multiply_block(kernels, shape->k, panel, few, block, columns, zero.row, acc);
      if (bias != NULL) add_bias(bias + j0, few, valid, columns, acc);
      panel += xq_row_panel(kernels, shape->k);
      for (size_t r = 0; r < few; ++r) {
        xq_emit_channels(kernels, sink, acc + r * columns, valid, j0, (i0 + i + r) * shape->n + j0);
      }
    }
  }
}

static void gemm(const xq_gemm* shape, const xq_codes* x, const void* packed, const int32_t* bias,
                 const xq_sink* sink, void* workspace) {
  require_shape(shape);
  xq_require_codes(x);
  XQ_REQUIRE(packed != NULL && xq_is_aligned(packed));
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  const xq_kernels* kernels = xq_active();
  const int16_t* weights = xq_read_header(packed, kernels, XQ_PACKED_GEMM, shape->n, shape->k);
  int32_t* acc = workspace;
  int16_t* lines = (int16_t*)(acc + XQ_TILE_ROWS * xq_block_columns(kernels, shape->n));
  int16_t* panels = lines + xq_line_elements(kernels, shape->k);
  for (size_t i0 = 0; i0 < shape->m; i0 += kRowBlock) {
    const size_t rows = xq_min(kRowBlock, shape->m - i0);
    for (size_t i = 0; i < rows; i += XQ_TILE_ROWS) {
      xq_pack_rows(kernels, x, (i0 + i) * shape->k, xq_min(XQ_TILE_ROWS, rows - i), shape->k,
                   shape->k, lines, panels + i / XQ_TILE_ROWS * xq_row_panel(kernels, shape->k));
    }
    multiply_rows(kernels, shape, i0, rows, panels, weights, bias, sink, acc);
  }
}

void xq_gemm_s32(const xq_gemm* shape, const xq_codes* x, const void* packed, const int32_t* bias,
                 int32_t* acc, void* workspace) {
  XQ_REQUIRE(shape != NULL && (acc != NULL || shape->m * shape->n == 0));
  const xq_sink sink = {.acc = acc};
  gemm(shape, x, packed, bias, &sink, workspace);
}

void xq_gemm_q8(const xq_gemm* shape, const xq_codes* x, const void* packed, const int32_t* bias,
                const xq_requant* to, xq_type type, void* y, void* workspace) {
  XQ_REQUIRE(shape != NULL && (y != NULL || shape->m * shape->n == 0));
  XQ_REQUIRE(type == XQ_S8 || type == XQ_U8);
  xq_require_requant(to, shape->n, xq_range_of(type));
  const xq_sink sink = {.q = y, .to = to};
  gemm(shape, x, packed, bias, &sink, workspace);
}

void xq_gemm_s8_s32(const xq_gemm* shape, const int8_t* x, int32_t x_zero_point, const void* packed,
                    const int32_t* bias, int32_t* acc, void* workspace) {
  const xq_codes codes = xq_codes_s8(x, x_zero_point);
  xq_gemm_s32(shape, &codes, packed, bias, acc, workspace);
}

void xq_gemm_s8(const xq_gemm* shape, const int8_t* x, int32_t x_zero_point, const void* packed,
                const int32_t* bias, const xq_requant* to, int8_t* y, void* workspace) {
  const xq_codes codes = xq_codes_s8(x, x_zero_point);
  xq_gemm_q8(shape, &codes, packed, bias, to, XQ_S8, y, workspace);
}

/* The matrix product that Gemm and Conv2d share: packed row panels times a block of packed column
 * panels, cut into tiles of the instruction set.
 *
 *   row panel     [groups][XQ_TILE_ROWS][k_group]    int16
 *   column panel  [groups][tile_columns][k_group]    int16
 *   block         a whole number of column panels, one after the other
 *
 * Depth, rows and columns are padded with zeros, which add nothing. */
#ifndef XQUANT_INT8_BLOCK_H_
#define XQUANT_INT8_BLOCK_H_

#include "int8/isa/kernels.h"
#include "int8/product/operand.h"

/* Bytes of the longest vectors of fixed length and of a line of the cache. Vectors that cross lines
 * are slower, so parts of a workspace that are read and written in whole vectors begin at multiples
 * of this. Results do not depend on it. */
#define XQ_LINE_BYTES 64

/* First bytes of packed weights: what they were packed for. */
typedef struct xq_packed_header {
  uint32_t kernels; /* xq_kernels_id */
  uint32_t kind;
  uint64_t outputs, depth;
} xq_packed_header;

enum {
  XQ_PACKED_GEMM = 1,
  XQ_PACKED_CONV = 2,
  XQ_PACKED_DEPTHWISE = 3,
  XQ_PACKED_TRANSPOSE = 4,
  XQ_PACKED_WINOGRAD_2 = 5,
  XQ_PACKED_WINOGRAD_2_AND_4 = 6
};

static inline size_t xq_round_up(size_t n, size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

static inline size_t xq_min(size_t a, size_t b) { return a < b ? a : b; }

/* Groups of k in a depth. */
static inline size_t xq_groups(const xq_kernels* kernels, size_t depth) {
  return (depth + kernels->k_group - 1) / kernels->k_group;
}

/* Elements of a row panel. */
static inline size_t xq_row_panel(const xq_kernels* kernels, size_t depth) {
  return xq_groups(kernels, depth) * kernels->k_group * XQ_TILE_ROWS;
}

/* Elements of a column panel. */
static inline size_t xq_column_panel(const xq_kernels* kernels, size_t depth) {
  return xq_groups(kernels, depth) * kernels->k_group * kernels->tile_columns();
}

/* Columns computed together: whole tiles, about 64, no more than `columns` needs. */
size_t xq_block_columns(const xq_kernels* kernels, size_t columns);

/* The same for blocks that are packed where they are used: up to 256 where the depth is small. */
size_t xq_wide_block_columns(const xq_kernels* kernels, size_t columns, size_t depth);

/* How rows of `width` columns, `pitch` apart, are cut into blocks: some whole rows, with the unused
 * columns between them, or equal pieces of one. */
typedef struct xq_row_blocks {
  size_t rows;    /* of a block */
  size_t width;   /* of a piece */
  size_t columns; /* of a block, whole tiles */
} xq_row_blocks;

/* most: columns of a block. */
xq_row_blocks xq_row_blocks_of(const xq_kernels* kernels, size_t height, size_t width, size_t pitch,
                               size_t most);

/* int16 elements of scratch memory that packing rows of that depth needs. */
static inline size_t xq_line_elements(const xq_kernels* kernels, size_t depth) {
  return XQ_TILE_ROWS * xq_groups(kernels, depth) * kernels->k_group;
}

/* x[rows][depth] from element `at` on, with rows `stride` elements apart, as one row panel;
 * rows <= XQ_TILE_ROWS. */
void xq_pack_rows(const xq_kernels* kernels, const xq_codes* x, size_t at, size_t rows,
                  size_t stride, size_t depth, int16_t* lines, int16_t* panel);

/* The same for weights, without scratch memory; row r counts from zero_point[r * zero_step]. */
void xq_pack_weight_rows(const xq_kernels* kernels, const xq_codes* w, size_t at, size_t rows,
                         size_t depth, const int32_t* zero_point, size_t zero_step, int16_t* panel);

/* acc[r][columns] = start[r] + row panel times block for r < XQ_TILE_ROWS; columns a multiple of
 * tile_columns. Rows from `rows` on matter to nobody. */
void xq_multiply_block(const xq_kernels* kernels, size_t depth, const int16_t* row_panel,
                       size_t rows, const int16_t* block, size_t columns, const int32_t* start,
                       int32_t* acc);

/* What the sums of a row panel start from. */
typedef struct xq_start {
  int32_t row[XQ_TILE_ROWS];
} xq_start;

/* The biases of `rows` <= XQ_TILE_ROWS outputs, zero where there are none. */
static inline xq_start xq_start_of(const int32_t* bias, size_t rows) {
  xq_start start = {{0}};
  for (size_t r = 0; bias != NULL && r < rows; ++r) start.row[r] = bias[r];
  return start;
}

/* Writes / checks the header; returns the first byte after it. */
void* xq_write_header(void* packed, const xq_kernels* kernels, uint32_t kind, size_t outputs,
                      size_t depth);
const void* xq_read_header(const void* packed, const xq_kernels* kernels, uint32_t kind,
                           size_t outputs, size_t depth);

/* The header's kind. */
uint32_t xq_packed_kind(const void* packed);

#endif /* XQUANT_INT8_BLOCK_H_ */

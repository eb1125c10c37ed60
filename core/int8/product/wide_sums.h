/* Products of 16 bits from products of their bytes: how many there are, and what becomes of their
 * sums. */
#ifndef XQUANT_INT8_PRODUCT_WIDE_SUMS_H_
#define XQUANT_INT8_PRODUCT_WIDE_SUMS_H_

#include "int8/isa/kernels.h"
#include "int8/product/block.h"
#include "int8/product/planes.h"
#include "int8/real/stage.h"
#include "int8/xq_wide.h"

enum { XQ_MOST_PARTS = 4 };

/* A product of bytes without bias; `shape` is its own. */
typedef void (*xq_multiply)(const void* shape, const xq_codes* x, const void* packed, int32_t* acc,
                            void* workspace);

/* The sums of every pair of planes: the whole is acc[0] * factor[0] + acc[1] * factor[1] + ... */
typedef struct xq_wide_sums {
  size_t count;
  const int32_t* acc[XQ_MOST_PARTS];
  double factor[XQ_MOST_PARTS];
} xq_wide_sums;

/* acc: room for XQ_MOST_PARTS * results. */
xq_wide_sums xq_multiply_planes(xq_multiply product, const void* shape, const xq_planes* x,
                                const xq_wide_weights* w, int32_t* acc, size_t results,
                                void* workspace);

/* n sums from element `at` on, of output channel `channel` or of consecutive ones, to element
 * `to_at` of the result and following. */
void xq_emit_wide(const xq_kernels* kernels, const xq_wide_sums* sums, size_t at, size_t n,
                  size_t channel, xq_channel_order order, const int64_t* bias,
                  const xq_wide_result* result, size_t to_at);

/* Check what the header says. */
void xq_require_wide_operands(const xq_codes* x, const xq_wide_weights* w, const int64_t* bias,
                              size_t outputs);
void xq_require_wide_result(const xq_wide_result* result, size_t outputs);

/* Bytes of a workspace for the planes of codes, and for accumulators. */
static inline size_t xq_plane_bytes(size_t codes) { return xq_round_up(2 * codes, XQ_ALIGNMENT); }

static inline size_t xq_part_bytes(size_t results) {
  return xq_round_up(XQ_MOST_PARTS * results * sizeof(int32_t), XQ_ALIGNMENT);
}

#endif /* XQUANT_INT8_PRODUCT_WIDE_SUMS_H_ */

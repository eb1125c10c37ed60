/* Runs of accumulators that hold the rows of a plane with unused elements between them. */
#ifndef XQUANT_INT8_PRODUCT_OUTPUT_ROWS_H_
#define XQUANT_INT8_PRODUCT_OUTPUT_ROWS_H_

#include "int8/product/emit.h"

/* step: of where they are written, >= width */
typedef xq_block_rows xq_output_rows;

/* The rows of a channel, the first of which begins at acc, to element `at` and following. */
void xq_emit_rows(const xq_kernels* kernels, const xq_output_rows* rows, const xq_sink* sink,
                  const int32_t* acc, size_t channel, size_t at);

/* The same for `channels` of them, whose accumulators are acc_step and planes `plane` elements
 * apart. */
void xq_emit_panel(const xq_kernels* kernels, const xq_output_rows* rows, const xq_sink* sink,
                   const int32_t* acc, size_t acc_step, size_t channel, size_t channels, size_t at,
                   size_t plane);

#endif /* XQUANT_INT8_PRODUCT_OUTPUT_ROWS_H_ */

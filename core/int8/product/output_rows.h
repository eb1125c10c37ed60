/* Runs of accumulators that hold the rows of a plane with unused elements between them. */
#ifndef XQUANT_INT8_PRODUCT_OUTPUT_ROWS_H_
#define XQUANT_INT8_PRODUCT_OUTPUT_ROWS_H_

#include "int8/product/emit.h"

typedef struct xq_output_rows {
  size_t count, width; /* rows and their elements */
  size_t pitch;        /* from row to row in the run, >= width */
  size_t step;         /* from row to row where they are written, >= width */
} xq_output_rows;

/* The rows of a channel, the first of which begins at acc, to element `at` and following. */
void xq_emit_rows(const xq_kernels* kernels, const xq_output_rows* rows, const xq_sink* sink,
                  const int32_t* acc, size_t channel, size_t at);

#endif /* XQUANT_INT8_PRODUCT_OUTPUT_ROWS_H_ */

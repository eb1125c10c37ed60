/* Which positions of an image the windows of pooling hold. */
#ifndef XQUANT_INT8_REAL_WINDOWS_H_
#define XQUANT_INT8_REAL_WINDOWS_H_

#include "int8/xq_pool.h"

/* Kernel positions [first, last) of one window along one dimension that lie inside, and the first
 * of them in the image. */
typedef struct xq_span {
  size_t first, last, at;
} xq_span;

/* Kernel positions that a distance holds; most kernels are not dilated, and divisions are slow. */
static inline size_t xq_steps_in(size_t distance, size_t step) {
  return step == 1 ? distance : (distance + step - 1) / step;
}

static inline xq_span xq_inside(const xq_pool* pool, size_t d, size_t out) {
  const size_t start = out * pool->stride[d]; /* in the padded image */
  const size_t step = pool->dilation[d];
  const size_t pad = pool->pad_begin[d];
  const size_t end = pad + pool->in[d];
  xq_span s = {0, 0, 0};
  s.first = start >= pad ? 0 : xq_steps_in(pad - start, step);
  s.last = end <= start ? 0 : xq_steps_in(end - start, step);
  if (s.last > pool->kernel[d]) s.last = pool->kernel[d];
  if (s.first >= s.last) s.first = s.last = 0;
  if (s.last > s.first) s.at = start + s.first * step - pad;
  return s;
}

static inline size_t xq_count(xq_span s) { return s.last - s.first; }

#endif /* XQUANT_INT8_REAL_WINDOWS_H_ */

#include <string.h>

#include "int8/codes/codes.h"
#include "int8/require.h"
#include "int8/xq_move.h"

/* n elements of x, `stride` apart, to dense y. */
static void copy_run(const char* x, ptrdiff_t stride, size_t n, size_t size, char* y) {
  if (stride == 1) {
    memcpy(y, x, n * size);
  } else if (size == 1) {
    for (size_t i = 0; i < n; ++i) y[i] = x[(ptrdiff_t)i * stride];
  } else {
    const uint16_t* from = (const uint16_t*)(const void*)x;
    uint16_t* to = (uint16_t*)(void*)y;
    for (size_t i = 0; i < n; ++i) to[i] = from[(ptrdiff_t)i * stride];
  }
}

void xq_move(const void* x, const xq_shape* shape, const ptrdiff_t* stride, xq_type type, void* y) {
  XQ_REQUIRE(xq_is_type(type));
  const size_t elements = xq_shape_elements(shape);
  XQ_REQUIRE(stride != NULL || shape->rank == 0);
  if (elements == 0) return;
  const size_t size = xq_type_size(type);
  const char* from = x;
  char* to = y;
  if (shape->rank == 0) {
    memcpy(to, from, size);
    return;
  }
  const size_t last = shape->rank - 1;
  const size_t inner = shape->dims[last];
  size_t index[XQ_MAX_RANK] = {0};
  ptrdiff_t at = 0;
  for (size_t done = 0; done < elements; done += inner, to += inner * size) {
    copy_run(from + at * (ptrdiff_t)size, stride[last], inner, size, to);
    for (size_t d = last; d-- > 0;) { /* the next run */
      at += stride[d];
      if (++index[d] < shape->dims[d]) break;
      at -= stride[d] * (ptrdiff_t)shape->dims[d];
      index[d] = 0;
    }
  }
}

void xq_gather(const void* x, size_t outer, size_t length, size_t inner, const int64_t* index,
               size_t count, xq_type type, void* y) {
  XQ_REQUIRE(xq_is_type(type));
  XQ_REQUIRE(index != NULL || count == 0);
  for (size_t i = 0; i < count; ++i) {
    XQ_REQUIRE(index[i] >= -(int64_t)length && index[i] < (int64_t)length);
  }
  const size_t run = inner * xq_type_size(type);
  const char* from = x;
  char* to = y;
  for (size_t o = 0; o < outer && run > 0; ++o, from += length * run) {
    for (size_t i = 0; i < count; ++i, to += run) {
      const size_t at = (size_t)(index[i] < 0 ? index[i] + (int64_t)length : index[i]);
      memcpy(to, from + at * run, run);
    }
  }
}

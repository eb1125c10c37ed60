#include <string.h>

#include "int8/codes/codes.h"
#include "int8/require.h"
#include "int8/xq_move.h"

/* Index in a dimension of n elements of padded position p (0 is the first element of the image,
 * negative lies before it); -1: the constant. */
static ptrdiff_t source_of(ptrdiff_t p, ptrdiff_t n, xq_pad_mode mode) {
  if (p >= 0 && p < n) return p;
  switch (mode) {
    case XQ_PAD_EDGE:
      return p < 0 ? 0 : n - 1;
    case XQ_PAD_REFLECT:
      return p < 0 ? -p : 2 * (n - 1) - p;
    case XQ_PAD_WRAP:
      p %= n;
      return p < 0 ? p + n : p;
    default:
      return -1;
  }
}

static void require_pads(const xq_shape* shape, const ptrdiff_t* begin, const ptrdiff_t* end,
                         xq_pad_mode mode) {
  XQ_REQUIRE(mode >= XQ_PAD_CONSTANT && mode <= XQ_PAD_WRAP);
  XQ_REQUIRE((begin != NULL && end != NULL) || shape->rank == 0);
  for (size_t d = 0; d < shape->rank; ++d) {
    const ptrdiff_t n = (ptrdiff_t)shape->dims[d];
    XQ_REQUIRE(n + begin[d] + end[d] >= 0);
    if (mode == XQ_PAD_CONSTANT) continue;
    XQ_REQUIRE(begin[d] >= 0 && end[d] >= 0);
    XQ_REQUIRE(n >= 1 || (begin[d] == 0 && end[d] == 0));
    if (mode == XQ_PAD_REFLECT) XQ_REQUIRE(begin[d] <= n - 1 && end[d] <= n - 1);
  }
}

/* One row of y; x is the source row, or NULL when all of it is constant. */
static void pad_row(const char* x, ptrdiff_t n, ptrdiff_t begin, ptrdiff_t out, xq_pad_mode mode,
                    int32_t code, xq_type type, char* y) {
  const size_t size = xq_type_size(type);
  for (ptrdiff_t i = 0; i < out;) {
    const ptrdiff_t source = x == NULL ? -1 : source_of(i - begin, n, mode);
    if (source >= 0 && i >= begin && i - begin < n) { /* the image itself in one piece */
      const ptrdiff_t left = out - i < n - source ? out - i : n - source;
      memcpy(y + (size_t)i * size, x + (size_t)source * size, (size_t)left * size);
      i += left;
      continue;
    }
    if (source < 0) {
      xq_set_code(y, type, (size_t)i, code);
    } else {
      memcpy(y + (size_t)i * size, x + (size_t)source * size, size);
    }
    ++i;
  }
}

void xq_pad(const void* x, const xq_shape* shape, const ptrdiff_t* begin, const ptrdiff_t* end,
            xq_pad_mode mode, int32_t code, xq_type type, void* y) {
  XQ_REQUIRE(shape != NULL && shape->rank <= XQ_MAX_RANK);
  XQ_REQUIRE(xq_is_within(code, xq_range_of(type)) || mode != XQ_PAD_CONSTANT);
  require_pads(shape, begin, end, mode);
  const size_t size = xq_type_size(type);
  if (shape->rank == 0) {
    memcpy(y, x, size);
    return;
  }
  xq_shape out = *shape;
  for (size_t d = 0; d < out.rank; ++d) {
    out.dims[d] = (size_t)((ptrdiff_t)shape->dims[d] + begin[d] + end[d]);
  }
  const size_t last = shape->rank - 1;
  const size_t width = out.dims[last];
  const size_t rows = width == 0 ? 0 : xq_shape_elements(&out) / width;
  for (size_t r = 0; r < rows; ++r) {
    size_t rest = r;
    size_t at = 0;
    size_t step = shape->dims[last];
    int constant = 0;
    for (size_t d = last; d-- > 0;) {
      const ptrdiff_t p = (ptrdiff_t)(rest % out.dims[d]) - begin[d];
      const ptrdiff_t source = source_of(p, (ptrdiff_t)shape->dims[d], mode);
      rest /= out.dims[d];
      if (source < 0) {
        constant = 1;
      } else {
        at += (size_t)source * step;
      }
      step *= shape->dims[d];
    }
    const char* from = constant ? NULL : (const char*)x + at * size;
    pad_row(from, (ptrdiff_t)shape->dims[last], begin[last], (ptrdiff_t)width, mode, code, type,
            (char*)y + r * width * size);
  }
}

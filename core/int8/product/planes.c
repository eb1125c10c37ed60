#include "int8/product/planes.h"

#include "int8/codes/codes.h"
#include "int8/product/block.h"
#include "int8/require.h"
#include "int8/xq_wide.h"

/* The upper byte of a code or zero point has its sign: s8 of S16, u8 of U16. */
static xq_type upper_type(xq_type type) { return type == XQ_S16 ? XQ_S8 : XQ_U8; }

static int32_t lower(int32_t code) { return code & 0xFF; }

static int32_t upper(int32_t code) { return (code - lower(code)) / 256; }

static void split(const void* codes, xq_type type, size_t at, size_t n, uint8_t* high,
                  uint8_t* low) {
  const uint16_t* words = (const uint16_t*)xq_at(codes, type, at);
  for (size_t i = 0; i < n; ++i) {
    high[i] = (uint8_t)(words[i] >> 8);
    low[i] = (uint8_t)words[i];
  }
}

xq_planes xq_split_codes(const xq_codes* x, size_t at, size_t n, uint8_t* room) {
  xq_planes planes = {1, {*x, *x}, {0, 0}};
  if (xq_is_8_bit(x->type)) {
    planes.plane[0].data = xq_at(x->data, x->type, at);
    return planes;
  }
  split(x->data, x->type, at, n, room, room + n);
  const xq_codes high = {room, upper_type(x->type), upper(x->zero_point)};
  const xq_codes low = {room + n, XQ_U8, lower(x->zero_point)};
  planes.count = 2;
  planes.plane[0] = high;
  planes.shift[0] = 8;
  planes.plane[1] = low;
  return planes;
}

/* Room: zero points of both planes, then their bytes. */
size_t xq_split_weights_size(const xq_weights* w, size_t n) {
  XQ_REQUIRE(w != NULL);
  if (xq_is_8_bit(w->type)) return 0;
  return 2 * w->zero_points * sizeof(int32_t) + 2 * n;
}

size_t xq_split_weights(const xq_weights* w, size_t n, xq_weights planes[2], void* room) {
  XQ_REQUIRE(w != NULL && xq_is_type(w->type) && planes != NULL);
  XQ_REQUIRE(w->zero_points == 0 || w->zero_point != NULL);
  planes[0] = planes[1] = *w;
  if (xq_is_8_bit(w->type)) return 1;
  XQ_REQUIRE(room != NULL && xq_is_aligned(room));
  int32_t* zeros = room;
  uint8_t* bytes = (uint8_t*)(zeros + 2 * w->zero_points);
  for (size_t i = 0; i < w->zero_points; ++i) {
    XQ_REQUIRE(xq_is_within(w->zero_point[i], xq_range_of(w->type)));
    zeros[i] = upper(w->zero_point[i]);
    zeros[w->zero_points + i] = lower(w->zero_point[i]);
  }
  split(w->data, w->type, 0, n, bytes, bytes + n);
  const xq_weights high = {bytes, upper_type(w->type), zeros, w->zero_points};
  const xq_weights low = {bytes + n, XQ_U8, zeros + w->zero_points, w->zero_points};
  planes[0] = high;
  planes[1] = low;
  return 2;
}

#include "int8/isa/kernels.h"
#include "int8/require.h"

/* A shift of 8 leaves what is shifted in int16. */
enum { kCodes = 256, kMostShift = 15, kLeastShift = 8, kSlopes = 1 << 15 };

/* Values by code -128 ... 127, and their range. */
typedef struct values {
  int32_t at[kCodes];
  int32_t low, high;
} values;

static values values_of(const xq_table table, uint8_t x_flip, uint8_t y_flip) {
  values v = {.low = 127, .high = -128};
  for (int32_t code = -128; code < 128; ++code) {
    const int32_t y = (int8_t)(table[(uint8_t)code ^ x_flip] ^ y_flip);
    v.at[code + 128] = y;
    if (y < v.low) v.low = y;
    if (y > v.high) v.high = y;
  }
  return v;
}

static int is_rising(const values* v) {
  for (int i = 1; i < kCodes; ++i) {
    if (v->at[i] < v->at[i - 1]) return 0;
  }
  return 1;
}

/* Offsets `from` ... `to` give every value with a slope; from > to: none does. */
typedef struct offsets {
  int64_t from, to;
} offsets;

static offsets offsets_of(const values* v, int32_t slope, int shift) {
  offsets o = {INT64_MIN / 2, INT64_MAX / 2};
  const int64_t unit = (int64_t)1 << shift;
  for (int i = 0; i < kCodes; ++i) {
    const int64_t product = (int64_t)(i - 128) * slope;
    /* At a bound the line may go on beyond it. */
    const int64_t least = v->at[i] * unit - product;
    const int64_t most = least + unit - 1;
    if (v->at[i] > v->low && least > o.from) o.from = least;
    if (v->at[i] < v->high && most < o.to) o.to = most;
  }
  return o;
}

static int64_t room(const values* v, int32_t slope, int shift) {
  const offsets o = offsets_of(v, slope, shift);
  return o.to - o.from;
}

/* The slope that leaves the most offsets: their number is a concave function of it. */
static int32_t best_slope(const values* v, int shift) {
  int32_t first = 0;
  int32_t last = kSlopes - 1;
  while (first < last) {
    const int32_t middle = (first + last) / 2;
    if (room(v, middle, shift) < room(v, middle + 1, shift)) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

static int line_of(const values* v, xq_line* line) {
  for (int shift = kMostShift; shift >= kLeastShift; --shift) {
    const int32_t slope = best_slope(v, shift);
    const offsets o = offsets_of(v, slope, shift);
    if (o.from > o.to) continue;
    const int64_t offset = o.from / 2 + o.to / 2;
    const int64_t at = offset < o.from ? o.from : offset;
    line->slope = slope;
    line->shift = shift;
    line->whole = (int32_t)(at >> shift);
    line->part = (int32_t)(at - line->whole * ((int64_t)1 << shift));
    line->low = v->low;
    line->high = v->high;
    return 1;
  }
  return 0;
}

int xq_line_of(const xq_table table, xq_line* line) {
  XQ_REQUIRE(table != NULL && line != NULL);
  if (xq_active()->line == NULL) return 0;
  for (int flips = 0; flips < 4; ++flips) {
    line->x_flip = (flips & 1) != 0 ? 0x80 : 0;
    line->y_flip = (flips & 2) != 0 ? 0x80 : 0;
    const values v = values_of(table, line->x_flip, line->y_flip);
    /* A constant would leave the offset open. */
    if (v.low < v.high && is_rising(&v) && line_of(&v, line)) return 1;
  }
  return 0;
}

void xq_line_apply(const xq_line* line, const void* x, size_t n, void* y) {
  XQ_REQUIRE(line != NULL && xq_active()->line != NULL);
  xq_active()->line(line, x, n, y);
}

#include <string.h>

#include "int8/codes/codes.h"
#include "int8/require.h"
#include "int8/xq_quantize.h"

/* v / 2^shift rounded down; right shifts of negative numbers are implementation-defined in C. */
static int64_t shift_down(int64_t v, int shift) {
  return v >= 0 ? v >> shift : -((-(v + 1)) >> shift) - 1;
}

/* v / 2^shift for |v| <= 2^62, 0 <= shift <= 62. */
static int64_t divide(int64_t v, int shift, xq_rounding rounding) {
  if (shift == 0) return v;
  const int64_t half = (int64_t)1 << (shift - 1);
  const int64_t down = shift_down(v, shift);
  const int64_t rest = v - down * ((int64_t)1 << shift); /* 0 <= rest < 2^shift */
  if (rest != half) return down + (rest > half);
  switch (rounding) {
    case XQ_HALF_UP:
      return down + 1;
    case XQ_HALF_EVEN:
      return down + (down & 1);
    default: /* away from zero: up when v is positive */
      return down + (v > 0);
  }
}

static int32_t saturate(int64_t v) {
  return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

int32_t xq_saturating_doubling_high(int32_t a, int32_t b) {
  return saturate(divide((int64_t)a * b, 31, XQ_HALF_UP)); /* saturates for 2^31 alone */
}

int32_t xq_rounding_divide(int32_t v, int32_t exponent, xq_rounding rounding) {
  XQ_REQUIRE(exponent >= 0 && exponent <= 31);
  XQ_REQUIRE(rounding >= XQ_HALF_UP && rounding <= XQ_HALF_AWAY);
  return (int32_t)divide(v, exponent, rounding);
}

void xq_fixed_multiplier(double real, int32_t* multiplier, int32_t* shift) {
  XQ_REQUIRE(real >= 0.0 && real < 1073741824.0);
  XQ_REQUIRE(multiplier != NULL && shift != NULL);
  *multiplier = 0;
  *shift = 0;
  if (real < 0x1p-32) return;
  uint64_t bits;
  memcpy(&bits, &real, sizeof(bits));
  /* real = fraction * 2^(exponent - 53), 2^52 <= fraction < 2^53 */
  const int64_t fraction = (int64_t)((bits & 0xFFFFFFFFFFFFFu) | 0x10000000000000u);
  int32_t exponent = (int32_t)(bits >> 52) - 1022;
  int64_t rounded = divide(fraction, 22, XQ_HALF_AWAY);
  if (rounded == (int64_t)1 << 31) { /* rounded up to the next power of two */
    rounded /= 2;
    ++exponent;
  }
  if (exponent > 30) { /* only by that rounding */
    rounded = INT32_MAX;
    exponent = 30;
  }
  *multiplier = (int32_t)rounded;
  *shift = exponent;
}

static int32_t scaled(int32_t acc, int32_t multiplier, int32_t shift, const xq_fixed* to) {
  if (to->steps == XQ_ONE_ROUNDING) {
    return saturate(divide((int64_t)acc * multiplier, 31 - shift, to->rounding));
  }
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t raised = saturate((int64_t)acc * ((int64_t)1 << left));
  const int32_t high = xq_saturating_doubling_high(raised, multiplier);
  return (int32_t)divide(high, left - shift, to->rounding);
}

static void require_fixed(const xq_fixed* to, size_t channels, xq_range range) {
  XQ_REQUIRE(to != NULL && to->multiplier != NULL && to->shift != NULL);
  XQ_REQUIRE(to->multipliers == 1 || to->multipliers == channels);
  XQ_REQUIRE(to->rounding >= XQ_HALF_UP && to->rounding <= XQ_HALF_AWAY);
  XQ_REQUIRE(to->steps == XQ_ONE_ROUNDING || to->steps == XQ_TWO_ROUNDINGS);
  XQ_REQUIRE(xq_is_within(to->zero_point, range));
  XQ_REQUIRE(xq_is_within(to->qmin, range) && xq_is_within(to->qmax, range));
  XQ_REQUIRE(to->qmin <= to->qmax);
  for (size_t c = 0; c < to->multipliers; ++c) {
    XQ_REQUIRE(to->multiplier[c] >= 0);
    XQ_REQUIRE(to->shift[c] >= -31 && to->shift[c] <= 30);
  }
}

void xq_requantize_fixed(const int32_t* acc, size_t outer, size_t channels, size_t inner,
                         const xq_fixed* to, xq_type type, void* q) {
  require_fixed(to, channels, xq_range_of(type));
  const int32_t low = to->qmin - to->zero_point;
  const int32_t high = to->qmax - to->zero_point;
  for (size_t i = 0; i < outer * channels; ++i) {
    const size_t c = to->multipliers == 1 ? 0 : i % channels;
    for (size_t k = i * inner; k < (i + 1) * inner; ++k) {
      const int32_t v = scaled(acc[k], to->multiplier[c], to->shift[c], to);
      const int32_t bounded = v < low ? low : v > high ? high : v;
      xq_set_code(q, type, k, bounded + to->zero_point);
    }
  }
}

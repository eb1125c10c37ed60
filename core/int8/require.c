#include "int8/require.h"

#include <stdio.h>
#include <stdlib.h>

#include "int8/real/stage.h"

void xq_require_failed(const char* function, const char* condition) {
  fputs("xq_int8: ", stderr);
  fputs(function, stderr);
  fputs(": required: ", stderr);
  fputs(condition, stderr);
  fputs("\n", stderr);
  abort();
}

xq_range xq_range_of(xq_type type) {
  static const xq_range kRanges[] = {{-128, 127}, {0, 255}, {-32768, 32767}, {0, 65535}};
  XQ_REQUIRE(xq_is_type(type));
  return kRanges[type - XQ_S8];
}

void xq_require_quant(const xq_quant* quant) {
  XQ_REQUIRE(quant != NULL);
  const xq_range range = xq_range_of(quant->type);
  XQ_REQUIRE(xq_is_scale(quant->scale));
  XQ_REQUIRE(xq_is_within(quant->zero_point, range));
  XQ_REQUIRE(xq_is_within(quant->qmin, range) && xq_is_within(quant->qmax, range));
  XQ_REQUIRE(quant->qmin <= quant->qmax);
}

void xq_require_requant(const xq_requant* to, size_t channels, xq_range range) {
  XQ_REQUIRE(to != NULL && to->multiplier != NULL);
  XQ_REQUIRE(to->multipliers == 1 || to->multipliers == channels);
  XQ_REQUIRE(xq_is_within(to->zero_point, range));
  XQ_REQUIRE(xq_is_within(to->qmin, range) && xq_is_within(to->qmax, range));
  XQ_REQUIRE(to->qmin <= to->qmax);
  for (size_t c = 0; c < to->multipliers; ++c) {
    XQ_REQUIRE(to->multiplier[c] >= 0.0f && to->multiplier[c] <= 3.402823466e38f);
  }
  if (to->stage == NULL) return;
  xq_require_stage(to->stage, channels);
  const xq_curve* curve = to->stage->curve;
  XQ_REQUIRE(curve == NULL ||
             (curve->scale == to->stage->scale && curve->zero_point == to->zero_point &&
              curve->qmin == to->qmin && curve->qmax == to->qmax));
}

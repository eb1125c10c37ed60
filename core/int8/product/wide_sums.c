#include "int8/product/wide_sums.h"

#include <string.h>

#include "int8/codes/codes.h"
#include "int8/require.h"

xq_wide_sums xq_multiply_planes(xq_multiply product, const void* shape, const xq_planes* x,
                                const xq_wide_weights* w, int32_t* acc, size_t results,
                                void* workspace) {
  xq_wide_sums sums = {0};
  for (size_t i = 0; i < x->count; ++i) {
    for (size_t j = 0; j < (w->low == NULL ? 1u : 2u); ++j) {
      int32_t* part = acc + sums.count * results;
      product(shape, &x->plane[i], j == 0 ? w->high : w->low, part, workspace);
      const int shift = x->shift[i] + (w->low != NULL && j == 0 ? 8 : 0);
      sums.acc[sums.count] = part;
      sums.factor[sums.count++] = (double)(1 << shift);
    }
  }
  return sums;
}

/* f32 of n sums from element `at` on, and their biases, bias_step apart: every f64 here is an
 * integer below 2^53. */
static void round_sums(const xq_wide_sums* sums, size_t at, size_t n, const int64_t* bias,
                       size_t bias_step, float* rounded) {
  double exact[XQ_CHUNK];
  for (size_t i = 0; i < n; ++i) exact[i] = bias == NULL ? 0.0 : (double)bias[i * bias_step];
  for (size_t p = 0; p < sums->count; ++p) {
    const int32_t* acc = sums->acc[p] + at;
    for (size_t i = 0; i < n; ++i) exact[i] += (double)acc[i] * sums->factor[p];
  }
  for (size_t i = 0; i < n; ++i) rounded[i] = (float)exact[i];
}

void xq_emit_wide(const xq_kernels* kernels, const xq_wide_sums* sums, size_t at, size_t n,
                  size_t channel, xq_channel_order order, const int64_t* bias,
                  const xq_wide_result* result, size_t to_at) {
  const xq_requant* to = result->to;
  const size_t step = order == XQ_NEXT_CHANNEL;
  const size_t multiplier_step = to->multipliers == 1 ? 0 : step;
  xq_stage_values values;
  for (size_t i = 0; i < n; i += XQ_CHUNK) {
    const size_t count = xq_chunk(n, i);
    const size_t c = channel + i * step;
    const float* multiplier = to->multiplier + (to->multipliers == 1 ? 0 : c);
    round_sums(sums, at + i, count, bias == NULL ? NULL : bias + c, step, values[0]);
    for (size_t k = 0; k < count; ++k) values[0][k] *= multiplier[k * multiplier_step];
    const float* real = values[0];
    if (to->stage != NULL) real = xq_run_stage(kernels, to->stage, count, c, order, values);
    if (result->real != NULL) {
      memcpy(result->real + to_at + i, real, count * sizeof(float));
    } else {
      const float scale = to->stage != NULL ? to->stage->scale : 1.0f;
      const xq_quant quant = {result->type, scale, to->zero_point, to->qmin, to->qmax};
      xq_write_reals(kernels, real, count, &quant, result->q, to_at + i);
    }
  }
}

void xq_require_wide_result(const xq_wide_result* result, size_t outputs) {
  XQ_REQUIRE(result != NULL && (result->q == NULL) != (result->real == NULL));
  static const xq_range kAny = {INT32_MIN, INT32_MAX};
  xq_require_requant(result->to, outputs, result->q == NULL ? kAny : xq_range_of(result->type));
}

void xq_require_wide_operands(const xq_codes* x, const xq_wide_weights* w, const int64_t* bias,
                              size_t outputs) {
  XQ_REQUIRE(x != NULL && xq_is_within(x->zero_point, xq_range_of(x->type)));
  XQ_REQUIRE(w != NULL && w->high != NULL);
  for (size_t j = 0; bias != NULL && j < outputs; ++j) {
    XQ_REQUIRE(bias[j] >= -(INT64_C(1) << 52) && bias[j] <= (INT64_C(1) << 52));
  }
}

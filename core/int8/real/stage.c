#include "int8/real/stage.h"

#include "int8/product/emit.h"
#include "int8/real/curve.h"
#include "int8/require.h"

static int is_value(int operand, size_t step) { return operand >= 0 && (size_t)operand <= step; }

void xq_require_stage(const xq_stage* stage, size_t channels) {
  XQ_REQUIRE(stage->steps != NULL && stage->count >= 1 && stage->count <= XQ_MAX_STEPS);
  XQ_REQUIRE(xq_is_scale(stage->scale));
  for (size_t i = 0; i < stage->count; ++i) {
    const xq_step* step = &stage->steps[i];
    if (step->kind == XQ_STEP_UNARY) {
      XQ_REQUIRE(step->unary.op >= XQ_RELU && step->unary.op <= XQ_TO_CEIL);
      XQ_REQUIRE(is_value(step->a, i));
      continue;
    }
    XQ_REQUIRE(step->kind == XQ_STEP_BINARY);
    XQ_REQUIRE(step->binary >= XQ_ADD && step->binary <= XQ_FMOD);
    const int constants = (step->a == XQ_STEP_CONSTANT) + (step->b == XQ_STEP_CONSTANT);
    XQ_REQUIRE(constants <= 1);
    XQ_REQUIRE(step->a == XQ_STEP_CONSTANT || is_value(step->a, i));
    XQ_REQUIRE(step->b == XQ_STEP_CONSTANT || is_value(step->b, i));
    if (constants == 0) continue;
    XQ_REQUIRE(step->constant != NULL && (step->constants == 1 || step->constants == channels));
  }
}

/* The step's constant for n elements; `room` is used where it repeats. */
static const float* constants_of(const xq_step* step, size_t n, size_t channel,
                                 xq_channel_order order, float* room) {
  if (step->constants > 1 && order == XQ_NEXT_CHANNEL) return step->constant + channel;
  const float value = step->constant[step->constants > 1 ? channel : 0];
  for (size_t i = 0; i < n; ++i) room[i] = value;
  return room;
}

const float* xq_run_stage(const xq_kernels* kernels, const xq_stage* stage, size_t n,
                          size_t channel, xq_channel_order order, xq_stage_values values) {
  float room[XQ_CHUNK];
  for (size_t i = 0; i < stage->count; ++i) {
    const xq_step* step = &stage->steps[i];
    float* result = values[i + 1];
    if (step->kind == XQ_STEP_UNARY) {
      kernels->map(&step->unary, values[step->a], n, result);
      continue;
    }
    const int a_is_constant = step->a == XQ_STEP_CONSTANT;
    const int b_is_constant = step->b == XQ_STEP_CONSTANT;
    const float* constant =
        a_is_constant || b_is_constant ? constants_of(step, n, channel, order, room) : NULL;
    xq_apply_binary(step->binary, a_is_constant ? constant : values[step->a],
                    b_is_constant ? constant : values[step->b], n, result);
  }
  return values[stage->count];
}

int xq_is_gated(const xq_stage* stage, size_t i) {
  const xq_step* step = &stage->steps[i];
  return step->kind == XQ_STEP_BINARY && step->binary == XQ_MUL &&
         ((step->a == 0 && step->b == (int)i) || (step->b == 0 && step->a == (int)i));
}

static int is_gate(const xq_stage* stage, xq_short* f) {
  const xq_step* first = &stage->steps[0];
  if (first->kind != XQ_STEP_UNARY || first->a != 0) return 0;
  f->kind = XQ_SHORT_GATE;
  if (stage->count == 1 && first->unary.op == XQ_HARD_SWISH) {
    f->alpha = 1.0f / 6.0f;
    f->beta = 0.5f;
    return 1;
  }
  if (stage->count != 2 || first->unary.op != XQ_HARD_SIGMOID) return 0;
  f->alpha = first->unary.alpha;
  f->beta = first->unary.beta;
  return xq_is_gated(stage, 1);
}

static int is_leaky(const xq_stage* stage, size_t channel, xq_short* f) {
  const xq_step* step = &stage->steps[0];
  if (stage->count != 1 || step->a != 0) return 0;
  f->kind = XQ_SHORT_LEAKY;
  f->beta = 0.0f;
  if (step->kind == XQ_STEP_UNARY && step->unary.op == XQ_LEAKY_RELU) {
    f->alpha = step->unary.alpha;
  } else if (step->kind == XQ_STEP_BINARY && step->binary == XQ_PRELU &&
             step->b == XQ_STEP_CONSTANT) {
    f->alpha = step->constant[step->constants > 1 ? channel : 0];
  } else {
    return 0;
  }
  return f->alpha > 0.0f && f->alpha <= 1.0f;
}

int xq_is_short(const xq_stage* stage, size_t channel, float unit, xq_short* f) {
  if (is_leaky(stage, channel, f)) return 1;
  /* No product becomes infinite, so that no gate of 0 makes a NaN of it. */
  return unit <= 0x1p96f && is_gate(stage, f) && f->alpha - f->alpha == 0.0f &&
         f->beta - f->beta == 0.0f;
}

/* The codes of a chunk, most of them looked up; values[0] is there. */
static void look_up(const xq_kernels* kernels, const xq_requant* to, size_t n,
                    xq_stage_values values, uint8_t* q) {
  const float* real = values[0];
  uint32_t unsure = kernels->curve(to->stage->curve, real, n, q);
  for (size_t i = 0; unsure != 0; i += XQ_CURVE_GROUP, unsure >>= 1) {
    if ((unsure & 1) == 0) continue;
    const size_t count = n - i < XQ_CURVE_GROUP ? n - i : (size_t)XQ_CURVE_GROUP;
    xq_stage_values exact;
    memcpy(exact[0], real + i, count * sizeof(float));
    kernels->quantize(xq_run_stage(kernels, to->stage, count, 0, XQ_SAME_CHANNEL, exact), count,
                      to->stage->scale, xq_output_of(to), q + i);
  }
}

void xq_emit_stage(const xq_kernels* kernels, const xq_requant* to, const int32_t* acc, size_t n,
                   size_t channel, xq_channel_order order, uint8_t* q) {
  xq_stage_values values;
  const int each = order == XQ_NEXT_CHANNEL && to->multipliers > 1;
  const float* unit = to->multiplier + (to->multipliers > 1 ? channel : 0);
  xq_short f;
  if (order == XQ_SAME_CHANNEL && xq_is_short(to->stage, channel, unit[0], &f)) {
    kernels->requantize_short_rows(acc, n, 1, n, unit[0], &f, to->stage->scale, xq_output_of(to), q,
                                   n);
    return;
  }
  for (size_t i = 0; i < n; i += XQ_CHUNK) {
    const size_t count = xq_chunk(n, i);
    const size_t c = order == XQ_NEXT_CHANNEL ? channel + i : channel;
    if (each) {
      for (size_t k = 0; k < count; ++k) values[0][k] = (float)acc[i + k] * unit[i + k];
    } else {
      kernels->real_of(acc + i, count, unit[0], values[0]);
    }
    if (to->stage->curve != NULL && kernels->curve != NULL) {
      look_up(kernels, to, count, values, q + i);
      continue;
    }
    const float* real = xq_run_stage(kernels, to->stage, count, c, order, values);
    kernels->quantize(real, count, to->stage->scale, xq_output_of(to), q + i);
  }
}

void xq_stage_f32(const xq_stage* stage, const float* x, size_t outer, size_t channels,
                  size_t inner, float* y) {
  XQ_REQUIRE(stage != NULL);
  xq_require_stage(stage, channels);
  const xq_kernels* kernels = xq_active();
  xq_stage_values values;
  for (size_t row = 0; row < outer * channels; ++row, x += inner, y += inner) {
    for (size_t i = 0; i < inner; i += XQ_CHUNK) {
      const size_t count = xq_chunk(inner, i);
      memcpy(values[0], x + i, count * sizeof(float));
      const float* real =
          xq_run_stage(kernels, stage, count, row % channels, XQ_SAME_CHANNEL, values);
      memcpy(y + i, real, count * sizeof(float));
    }
  }
}

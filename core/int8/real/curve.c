/* Finds where the codes of a function change. Nothing here needs the function's inverse: it is
 * computed, as the stage does, at places, and what rounding may do between them is bounded. */
#include "int8/real/curve.h"

#include <float.h>

#include "int8/real/functions.h"
#include "int8/real/stage.h"
#include "int8/require.h"

/* What is known of a function f(z) of one real number. */
typedef struct shape {
  xq_unary_op op;
  double turn;     /* where it has its only minimum; RISES: nowhere */
  double steepest; /* at least the largest slope */
  double ulps;     /* of 2^-23: the error of what is computed, relative to f(z) */
  double cancels;  /* the same, relative to z */
} shape;

#define RISES (-DBL_MAX)

/* Errors: functions within 0.51 ulp or (sigmoid) 1.96 ulp, operations within half a ulp each, an
 * ulp at most 2^-23 of a number. Gelu adds 1 to what is near -1. */
static const shape kShapes[] = {
    {XQ_SILU, -1.2784645427610738, 1.1, 2.5, 0},
    {XQ_MISH, -1.1924312146, 1.09, 2.5, 0},
    {XQ_GELU, -0.7517915246935645, 1.13, 2, 2},
    {XQ_GELU_TANH, -0.7524614220710162, 1.13, 2, 4},
    {XQ_SIGMOID, RISES, 0.25, 2, 0},
    {XQ_TANH, RISES, 1, 0.6, 0},
    {XQ_ELU, RISES, 1, 1.5, 0},
    {XQ_SOFTPLUS, RISES, 1, 0.6, 0},
};

/* Beyond them all are within 1e-12 of their limits, or of lines. */
static const double kLeft = -32.0, kRight = 32.0;
/* Beyond it Gelu is computed as 0 or z. */
static const double kExact = 8.0;

enum { kSlack = 2, kMostUnsure = 12 };

typedef struct function {
  const xq_stage* stage;
  double turn, steepest, ulps, cancels; /* of the stage's value 0 */
  int32_t low, count;                   /* codes low ... low + count around the zero point */
} function;

static int is_step(const xq_stage* stage, size_t i, xq_unary_op op, int a) {
  const xq_step* step = &stage->steps[i];
  return step->kind == XQ_STEP_UNARY && step->unary.op == op && step->a == a;
}

/* The function that all steps are together; 0: none that is known. */
static xq_unary_function whole(const xq_stage* stage) {
  xq_unary_function f = {.alpha = 1.0f};
  if (stage->count == 1 && stage->steps[0].kind == XQ_STEP_UNARY && stage->steps[0].a == 0) {
    f = stage->steps[0].unary;
  } else if (stage->count == 2 && is_step(stage, 0, XQ_SIGMOID, 0) && xq_is_gated(stage, 1)) {
    f.op = XQ_SILU;
  } else if (stage->count == 3 && is_step(stage, 0, XQ_SOFTPLUS, 0) &&
             is_step(stage, 1, XQ_TANH, 1) && xq_is_gated(stage, 2)) {
    f.op = XQ_MISH;
  }
  return f;
}

static int function_of(const xq_stage* stage, function* f) {
  const xq_unary_function known = whole(stage);
  for (size_t i = 0; i < sizeof(kShapes) / sizeof(kShapes[0]); ++i) {
    const shape* s = &kShapes[i];
    if (s->op != known.op) continue;
    *f = (function){stage, s->turn, s->steepest, s->ulps, s->cancels, 0, 0};
    if (known.op == XQ_ELU) {
      if (!(known.alpha > 0.0f && known.alpha <= 16.0f)) return 0;
      if (known.alpha > 1.0f) f->steepest = known.alpha;
    }
    /* The rounding of alpha * x would count as often as the sigmoid is steep. */
    return known.op != XQ_SILU || known.alpha == 1.0f;
  }
  return 0;
}

static float value_at(const function* f, float x) {
  xq_stage_values values;
  values[0][0] = x;
  return xq_run_stage(xq_active(), f->stage, 1, 0, XQ_SAME_CHANNEL, values)[0];
}

/* Codes, counted from the least one, that elements at most (`below`) or at least at x may have by
 * what is computed at x. */
typedef struct codes_at {
  int32_t least, most;
} codes_at;

static int32_t code_of(const function* f, double in_steps) {
  if (in_steps <= f->low - 1.0) return 0;
  if (in_steps >= f->low + f->count) return f->count;
  /* Halves belong to either neighbour: the caller's margins cover them. */
  const double above = in_steps - f->low + 0.5;
  return above < 0.0 ? 0 : (int32_t)above;
}

/* Every y whose exact value lies on one side of f(x) is computed on that side of f(x), give or take
 * twice the error; one rounding of the quotient comes on top. */
static codes_at codes_at_place(const function* f, float x) {
  const double y = (double)value_at(f, x);
  const double ulp = 1.0 / (1 << 23);
  const double distance = xq_absolute((double)x) < kExact ? xq_absolute((double)x) : kExact;
  const double margin =
      ulp * ((2.0 * f->ulps + 1.0) * xq_absolute(y) + 2.0 * f->cancels * (distance + 2.0));
  const double scale = (double)f->stage->scale;
  const codes_at codes = {code_of(f, (y - margin) / scale), code_of(f, (y + margin) / scale)};
  return codes;
}

static int is_one(codes_at at, int32_t code) { return at.least == code && at.most == code; }

/* Where the last element from `sure` towards `other` is that has the only code of `sure`; f is
 * monotone between. */
static double end_of_code(const function* f, double sure, double other) {
  const int32_t code = codes_at_place(f, (float)sure).least;
  for (int i = 0; i < 40; ++i) {
    const double middle = sure + (other - sure) / 2.0;
    if (is_one(codes_at_place(f, (float)middle), code)) {
      sure = middle;
    } else {
      other = middle;
    }
  }
  return sure;
}

/* Whether all reals from x outwards, the infinite one too, have this code. */
static int holds_outwards(const function* f, float x, float infinite) {
  const int32_t code = codes_at_place(f, x).least;
  if (!is_one(codes_at_place(f, x), code)) return 0;
  if (!is_one(codes_at_place(f, infinite < 0.0f ? -FLT_MAX : FLT_MAX), code)) return 0;
  const float y = value_at(f, infinite);
  return code_of(f, y != y ? 0.0 : (double)y / (double)f->stage->scale) == code;
}

static float real_at(const xq_curve* curve, int32_t place) {
  return (float)((((double)place + (double)XQ_CURVE_MAGIC) - (double)curve->offset) /
                 (double)curve->per_unit);
}

/* Codes at a place, as numbers that rise with it. */
static codes_at rising_codes(const function* f, const xq_curve* curve, int32_t place, int falls) {
  const codes_at at = codes_at_place(f, real_at(curve, place));
  const codes_at complement = {0xFF - at.most, 0xFF - at.least};
  return falls ? complement : at;
}

/* A bucket in which f is monotone. An element's place may be off by less than kSlack. */
static uint32_t monotone_bucket(const function* f, const xq_curve* curve, int32_t start, int falls,
                                uint32_t* unsure) {
  const uint32_t flags = XQ_CURVE_CODE | (falls ? XQ_CURVE_FALLS : 0);
  int32_t below =
      start - kSlack; /* up to there only the first code, from the other on the second */
  int32_t above = start + XQ_CURVE_TICKS + kSlack;
  const int32_t first = rising_codes(f, curve, below, falls).least;
  const int32_t second = rising_codes(f, curve, above, falls).most;
  const uint32_t entry = (flags | (uint32_t)first) << 16;
  if (first == second) return entry | XQ_CURVE_STEADY;
  if (second != first + 1) return 0;
  if (rising_codes(f, curve, below, falls).most == first) {
    int32_t beyond = above;
    while (beyond - below > 1) {
      const int32_t middle = below + (beyond - below) / 2;
      const int is_first = rising_codes(f, curve, middle, falls).most == first;
      *(is_first ? &below : &beyond) = middle;
    }
  } else {
    --below;
  }
  if (rising_codes(f, curve, above, falls).least == second) {
    int32_t before = below;
    while (above - before > 1) {
      const int32_t middle = before + (above - before) / 2;
      const int is_second = rising_codes(f, curve, middle, falls).least == second;
      *(is_second ? &above : &before) = middle;
    }
  }
  const int32_t from = below + 1 - kSlack; /* the first place that is unsure */
  const int32_t to = above + kSlack;       /* the first that is not */
  if (to - from > kMostUnsure) return 0;
  if (*unsure < (uint32_t)(to - from)) *unsure = (uint32_t)(to - from);
  return entry + (uint32_t)(0x10000 - (from - start));
}

/* The bucket around f's minimum. */
static uint32_t turning_bucket(const function* f, const xq_curve* curve, int32_t start) {
  const int32_t code = codes_at_place(f, (float)f->turn).least;
  const int is_steady =
      is_one(codes_at_place(f, (float)f->turn), code) &&
      is_one(codes_at_place(f, real_at(curve, start - kSlack)), code) &&
      is_one(codes_at_place(f, real_at(curve, start + XQ_CURVE_TICKS + kSlack)), code);
  return is_steady ? (XQ_CURVE_CODE | (uint32_t)code) << 16 | XQ_CURVE_STEADY : 0;
}

static void fill(const function* f, int32_t buckets, xq_curve* curve) {
  for (int32_t b = 0; b < buckets; ++b) {
    const int32_t start = b * XQ_CURVE_TICKS;
    const double from = (double)real_at(curve, start - 2 * kSlack);
    const double to = (double)real_at(curve, start + XQ_CURVE_TICKS + 2 * kSlack);
    curve->bucket[b] = from < f->turn && f->turn < to
                           ? turning_bucket(f, curve, start)
                           : monotone_bucket(f, curve, start, to <= f->turn, &curve->unsure);
  }
}

int xq_curve_of(const xq_stage* stage, int32_t zero_point, int32_t qmin, int32_t qmax,
                xq_curve* curve) {
  XQ_REQUIRE(stage != NULL && stage->steps != NULL && curve != NULL);
  XQ_REQUIRE(stage->count >= 1 && stage->count <= XQ_MAX_STEPS && xq_is_scale(stage->scale));
  XQ_REQUIRE(qmin <= qmax && qmax - qmin <= 0xFF);
  function f;
  /* Smaller scales would make steps of what far away is no longer exact. */
  if (xq_active()->curve == NULL || !(stage->scale >= 0x1p-16f) || !function_of(stage, &f))
    return 0;
  f.low = qmin - zero_point;
  f.count = qmax - qmin;
  const double scale = (double)stage->scale;
  const double top = (f.low + f.count + 1) * scale;
  const double right = top > kRight ? top + 1.0 : kRight;
  const float infinity = (float)xq_from_bits(0x7FF0000000000000u);
  if (!holds_outwards(&f, (float)kLeft, -infinity)) return 0;
  if (!holds_outwards(&f, (float)right, infinity)) return 0;
  const double turn = f.turn > kLeft ? f.turn : kLeft;
  const double first = end_of_code(&f, kLeft, f.turn > kLeft ? f.turn : right);
  const double end = end_of_code(&f, right, turn);
  const double width = 0.9 * scale / f.steepest;
  const double buckets = (end - first) / width + 4.0;
  if (!(end > first) || buckets > XQ_CURVE_BUCKETS) return 0;
  curve->per_unit = (float)(XQ_CURVE_TICKS / width);
  curve->offset = (float)((double)XQ_CURVE_MAGIC - (first - 2.0 * width) * curve->per_unit);
  curve->last = (float)((double)XQ_CURVE_MAGIC + (double)((int32_t)buckets * XQ_CURVE_TICKS - 1));
  curve->least = qmin;
  curve->unsure = 1;
  curve->scale = stage->scale;
  curve->zero_point = zero_point;
  curve->qmin = qmin;
  curve->qmax = qmax;
  fill(&f, (int32_t)buckets, curve);
  return 1;
}

#include <string.h>

#include "int8/codes/codes.h"
#include "int8/real/resize_positions.h"
#include "int8/xq_move.h"

/* Elements to one side that a filter reaches. */
static double half_width(const xq_resize_rule* rule, const xq_resize_axis* axis) {
  const double reach = rule->filter == XQ_FILTER_CUBIC ? 2.0 : 1.0;
  return rule->antialias && axis->scale < 1.0 ? reach / axis->scale : reach;
}

static size_t tap_count(const xq_resize_rule* rule, const xq_resize_axis* axis) {
  return 2 * (size_t)xq_ceil_f64(half_width(rule, axis));
}

/* The triangle, or the cubic convolution kernel (Keys 1981). */
static double filter_at(const xq_resize_rule* rule, double distance) {
  const double x = distance < 0.0 ? -distance : distance;
  const double a = rule->cubic_a;
  if (rule->filter == XQ_FILTER_LINEAR) return x < 1.0 ? 1.0 - x : 0.0;
  if (x <= 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
  return 0.0;
}

/* Source elements and weights of output element o, taps of each. */
static void fill_taps(const xq_resize_rule* rule, const xq_resize_axis* axis, size_t o, size_t taps,
                      size_t* index, float* weight) {
  const double shrink = rule->antialias && axis->scale < 1.0 ? axis->scale : 1.0;
  const double position = xq_position_f64(axis, o);
  const double first = xq_floor_f64(position) - (double)(taps / 2) + 1.0;
  const int scaled = rule->exclude_outside || rule->antialias;
  double sum = 1.0;
  for (int pass = scaled ? 0 : 1; pass < 2; ++pass) {
    if (pass == 0) sum = 0.0;
    for (size_t k = 0; k < taps; ++k) {
      const double at = first + (double)k;
      const int outside = at < 0.0 || at >= (double)axis->in;
      const double w =
          rule->exclude_outside && outside ? 0.0 : filter_at(rule, (at - position) * shrink);
      if (pass == 0) {
        sum += w;
      } else {
        index[k] = xq_within(at, axis->in);
        weight[k] = (float)(scaled ? w / sum : w);
      }
    }
  }
}

static int stays(const xq_resize_axis* axis) { return axis->in == axis->out && axis->scale == 1.0; }

/* Dimensions before the first one that changes are planes; rank when all stay. */
static size_t first_resized(const xq_resize_axis* axes, size_t rank) {
  size_t d = 0;
  while (d < rank && stays(&axes[d])) ++d;
  return d;
}

/* Elements of a plane at its largest, before and between the dimensions. */
static size_t largest_plane(const xq_resize_axis* axes, size_t rank) {
  const size_t first = first_resized(axes, rank);
  size_t elements = 1;
  for (size_t d = first; d < rank; ++d) elements *= axes[d].in;
  size_t most = elements;
  for (size_t d = rank; d-- > first;) {
    elements = elements / axes[d].in * axes[d].out;
    if (elements > most) most = elements;
  }
  return most;
}

static void require_call(const xq_resize_rule* rule, const xq_resize_axis* axes, size_t rank) {
  XQ_REQUIRE(rule != NULL && axes != NULL && rank <= XQ_MAX_RANK);
  XQ_REQUIRE(rule->filter == XQ_FILTER_LINEAR || rule->filter == XQ_FILTER_CUBIC);
  for (size_t d = 0; d < rank; ++d) xq_require_axis(&axes[d]);
}

size_t xq_resize_separable_workspace_size(const xq_resize_rule* rule, const xq_resize_axis* axes,
                                          size_t rank) {
  require_call(rule, axes, rank);
  size_t bytes = 0;
  for (size_t d = 0; d < rank; ++d) {
    if (stays(&axes[d])) continue;
    bytes += axes[d].out * tap_count(rule, &axes[d]) * (sizeof(size_t) + sizeof(float));
  }
  return bytes + 2 * largest_plane(axes, rank) * sizeof(float);
}

/* [outer, in, inner] to [outer, out, inner]. */
static void resize_dimension(const xq_resize_axis* axis, size_t taps, const size_t* index,
                             const float* weight, size_t outer, size_t inner,
                             const float* restrict x, float* restrict y) {
  for (size_t o = 0; o < outer; ++o, x += axis->in * inner) {
    for (size_t i = 0; i < axis->out; ++i, y += inner) {
      memset(y, 0, inner * sizeof(float));
      for (size_t k = 0; k < taps; ++k) {
        const float w = weight[i * taps + k];
        if (w == 0.0f) continue;
        const float* row = x + index[i * taps + k] * inner;
        for (size_t j = 0; j < inner; ++j) {
          const float term = w * row[j];
          y[j] += term;
        }
      }
    }
  }
}

void xq_resize_separable(const xq_resize_rule* rule, const xq_resize_axis* axes, size_t rank,
                         const void* x, const xq_quant* from, const xq_quant* to, void* y,
                         void* workspace) {
  require_call(rule, axes, rank);
  xq_require_quant(from);
  xq_require_quant(to);
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
  const size_t first = first_resized(axes, rank);
  size_t planes = 1, size = 1, result = 1;
  for (size_t d = 0; d < rank; ++d) {
    if (d < first) planes *= axes[d].in;
    if (d >= first) size *= axes[d].in, result *= axes[d].out;
  }
  if (first == rank) {
    xq_rescale(x, planes, from, to, y);
    return;
  }
  const xq_kernels* kernels = xq_active();
  size_t* index[XQ_MAX_RANK];
  float* weight[XQ_MAX_RANK];
  size_t taps[XQ_MAX_RANK];
  size_t* next_index = workspace;
  for (size_t d = first; d < rank; ++d) {
    taps[d] = stays(&axes[d]) ? 0 : tap_count(rule, &axes[d]);
    index[d] = next_index;
    next_index += axes[d].out * taps[d];
  }
  float* next_weight = (float*)next_index;
  for (size_t d = first; d < rank; ++d) {
    weight[d] = next_weight;
    next_weight += axes[d].out * taps[d];
    for (size_t o = 0; taps[d] > 0 && o < axes[d].out; ++o) {
      fill_taps(rule, &axes[d], o, taps[d], index[d] + o * taps[d], weight[d] + o * taps[d]);
    }
  }
  float* buffers[2] = {next_weight, next_weight + largest_plane(axes, rank)};
  for (size_t p = 0; p < planes; ++p) {
    xq_read_reals(kernels, x, p * size, size, from, buffers[0]);
    size_t outer = size, inner = 1;
    int now = 0;
    for (size_t d = rank; d-- > first;) {
      outer /= axes[d].in;
      if (taps[d] > 0) {
        resize_dimension(&axes[d], taps[d], index[d], weight[d], outer, inner, buffers[now],
                         buffers[1 - now]);
        now = 1 - now;
      }
      inner *= axes[d].out;
    }
    xq_write_reals(kernels, buffers[now], result, to, y, p * result);
  }
}

#include "int8/codes/codes.h"
#include "int8/real/functions.h"
#include "int8/require.h"
#include "int8/xq_normalize.h"

size_t xq_norm_workspace_size(size_t length) { return length * sizeof(float); }

typedef struct statistics {
  double mean, deviation;
} statistics;

static statistics statistics_of(const float* x, size_t n, float epsilon) {
  double sum = 0.0;
  for (size_t i = 0; i < n; ++i) sum += (double)x[i];
  const double mean = sum / (double)n;
  double squares = 0.0;
  for (size_t i = 0; i < n; ++i) {
    const double distance = (double)x[i] - mean;
    squares += distance * distance;
  }
  const statistics s = {mean, xq_sqrt(squares / (double)n + (double)epsilon)};
  return s;
}

static float inverse(double deviation) { return (float)(1.0 / deviation); }

static void require_norm(size_t length, float epsilon, const xq_quant* from, const xq_quant* to,
                         const void* workspace) {
  XQ_REQUIRE(length >= 1);
  XQ_REQUIRE(epsilon >= 0.0f && epsilon <= 3.402823466e38f);
  xq_require_quant(from);
  xq_require_quant(to);
  XQ_REQUIRE(workspace != NULL && xq_is_aligned(workspace));
}

/* v * gamma + beta for each element, as far as there are such. */
static void scale_and_shift(float* row, size_t n, const float* gamma, const float* beta) {
  if (gamma != NULL) {
    for (size_t i = 0; i < n; ++i) row[i] = row[i] * gamma[i];
  }
  if (beta != NULL) {
    for (size_t i = 0; i < n; ++i) row[i] = row[i] + beta[i];
  }
}

void xq_layer_norm(const void* x, size_t rows, size_t length, const float* gamma, const float* beta,
                   float epsilon, const xq_quant* from, const xq_quant* to, void* y,
                   void* workspace) {
  require_norm(length, epsilon, from, to, workspace);
  const xq_kernels* kernels = xq_active();
  float* row = workspace;
  for (size_t r = 0; r < rows; ++r) {
    xq_read_reals(kernels, x, r * length, length, from, row);
    const statistics s = statistics_of(row, length, epsilon);
    const float mean = (float)s.mean, factor = inverse(s.deviation);
    for (size_t i = 0; i < length; ++i) row[i] = (row[i] - mean) * factor;
    scale_and_shift(row, length, gamma, beta);
    xq_write_reals(kernels, row, length, to, y, r * length);
  }
}

void xq_rms_norm(const void* x, size_t rows, size_t length, const float* gamma, float epsilon,
                 const xq_quant* from, const xq_quant* to, void* y, void* workspace) {
  require_norm(length, epsilon, from, to, workspace);
  const xq_kernels* kernels = xq_active();
  float* row = workspace;
  for (size_t r = 0; r < rows; ++r) {
    xq_read_reals(kernels, x, r * length, length, from, row);
    double squares = 0.0;
    for (size_t i = 0; i < length; ++i) squares += (double)row[i] * (double)row[i];
    const double root = xq_sqrt(squares / (double)length + (double)epsilon);
    for (size_t i = 0; i < length; ++i) row[i] = (float)((double)row[i] / root);
    scale_and_shift(row, length, gamma, NULL);
    xq_write_reals(kernels, row, length, to, y, r * length);
  }
}

void xq_instance_norm(const void* x, size_t batch, size_t channels, size_t length,
                      const float* gamma, const float* beta, float epsilon, const xq_quant* from,
                      const xq_quant* to, void* y, void* workspace) {
  require_norm(length, epsilon, from, to, workspace);
  XQ_REQUIRE(gamma != NULL && beta != NULL);
  const xq_kernels* kernels = xq_active();
  float* row = workspace;
  for (size_t p = 0; p < batch * channels; ++p) {
    const size_t c = p % channels;
    xq_read_reals(kernels, x, p * length, length, from, row);
    const statistics s = statistics_of(row, length, epsilon);
    const float mean = (float)s.mean, factor = gamma[c] * inverse(s.deviation);
    for (size_t i = 0; i < length; ++i) row[i] = (row[i] - mean) * factor + beta[c];
    xq_write_reals(kernels, row, length, to, y, p * length);
  }
}

void xq_group_norm(const void* x, size_t batch, size_t channels, size_t length, size_t groups,
                   const float* gamma, const float* beta, float epsilon, const xq_quant* from,
                   const xq_quant* to, void* y, void* workspace) {
  require_norm(length, epsilon, from, to, workspace);
  XQ_REQUIRE(groups >= 1 && channels % groups == 0);
  XQ_REQUIRE(gamma != NULL && beta != NULL);
  const xq_kernels* kernels = xq_active();
  const size_t members = channels / groups, n = members * length;
  float* row = workspace;
  for (size_t p = 0; p < batch * groups && n > 0; ++p) {
    const size_t first = p % groups * members;
    xq_read_reals(kernels, x, p * n, n, from, row);
    const statistics s = statistics_of(row, n, epsilon);
    for (size_t i = 0; i < n; ++i) {
      const size_t c = first + i / length;
      row[i] = (float)(((double)row[i] - s.mean) / s.deviation) * gamma[c] + beta[c];
    }
    xq_write_reals(kernels, row, n, to, y, p * n);
  }
}

#include "int8/codes/codes.h"
#include "int8/require.h"
#include "int8/xq_resize.h"

/* Output o of the plane whose first element is `at`. */
static float sample_of(const xq_samples* samples, size_t o, const void* x, size_t at,
                       const xq_quant* from) {
  double result = 0.0;
  for (int64_t k = samples->start[o]; k < samples->start[o + 1]; ++k) {
    const size_t place = at + (size_t)samples->index[k];
    const int32_t distance = xq_code_at(x, from->type, place) - from->zero_point;
    const double term = samples->weight[k] * (double)((float)distance * from->scale);
    if (!samples->largest) {
      result += term;
    } else if (k == samples->start[o] || term > result) {
      result = term;
    }
  }
  return (float)result;
}

static void require_samples(const xq_samples* samples, size_t elements) {
  XQ_REQUIRE(samples != NULL && samples->start != NULL && samples->start[0] == 0);
  for (size_t o = 0; o < samples->outputs; ++o) {
    XQ_REQUIRE(samples->start[o] <= samples->start[o + 1]);
  }
  const int64_t count = samples->start[samples->outputs];
  XQ_REQUIRE((samples->index != NULL && samples->weight != NULL) || count == 0);
  for (int64_t i = 0; i < count; ++i) {
    XQ_REQUIRE(samples->index[i] >= 0 && samples->index[i] < (int64_t)elements);
  }
}

void xq_sample(const xq_samples* samples, const void* x, size_t planes, size_t elements,
               const xq_quant* from, const xq_quant* to, void* y) {
  require_samples(samples, elements);
  xq_require_quant(from);
  xq_require_quant(to);
  const xq_kernels* kernels = xq_active();
  const size_t outputs = samples->outputs;
  float reals[XQ_CHUNK];
  for (size_t p = 0; p < planes; ++p) {
    for (size_t o = 0; o < outputs; o += XQ_CHUNK) {
      const size_t n = xq_chunk(outputs, o);
      for (size_t i = 0; i < n; ++i) reals[i] = sample_of(samples, o + i, x, p * elements, from);
      xq_write_reals(kernels, reals, n, to, y, p * outputs + o);
    }
  }
}

#include "int8/codes/codes.h"
#include "int8/require.h"
#include "int8/xq_resize.h"

/* Output o of the plane whose first element is `at`. */
static float sample_of(const xq_samples* samples, size_t o, const void* x, size_t at,
                       const xq_quant* from) {
  double sum = 0.0;
  for (size_t k = o * samples->taps; k < (o + 1) * samples->taps; ++k) {
    const int64_t index = samples->index[k];
    if (index < 0) continue;
    const int32_t distance = xq_code_at(x, from->type, at + (size_t)index) - from->zero_point;
    sum += samples->weight[k] * (double)((float)distance * from->scale);
  }
  return (float)sum;
}

void xq_sample(const xq_samples* samples, const void* x, size_t planes, size_t elements,
               const xq_quant* from, const xq_quant* to, void* y) {
  XQ_REQUIRE(samples != NULL);
  const size_t outputs = samples->outputs, count = outputs * samples->taps;
  XQ_REQUIRE((samples->index != NULL && samples->weight != NULL) || count == 0);
  for (size_t i = 0; i < count; ++i) XQ_REQUIRE(samples->index[i] < (int64_t)elements);
  xq_require_quant(from);
  xq_require_quant(to);
  const xq_kernels* kernels = xq_active();
  float reals[XQ_CHUNK];
  for (size_t p = 0; p < planes; ++p) {
    for (size_t o = 0; o < outputs; o += XQ_CHUNK) {
      const size_t n = xq_chunk(outputs, o);
      for (size_t i = 0; i < n; ++i) reals[i] = sample_of(samples, o + i, x, p * elements, from);
      xq_write_reals(kernels, reals, n, to, y, p * outputs + o);
    }
  }
}

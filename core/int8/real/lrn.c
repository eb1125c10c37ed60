#include "int8/codes/codes.h"
#include "int8/real/functions.h"
#include "int8/require.h"
#include "int8/xq_normalize.h"

/* n elements of channel c; x is where their channel 0 would be, channels lie `inner` apart. */
static void run_piece(const xq_kernels* kernels, const xq_lrn_window* window, const void* x,
                      size_t at, size_t c, size_t channels, size_t inner, size_t n,
                      const xq_quant* from, float* result) {
  const size_t before = (window->size - 1) / 2, behind = window->size / 2;
  const size_t first = c < before ? 0 : c - before;
  const size_t last = channels - c <= behind ? channels - 1 : c + behind;
  double squares[XQ_CHUNK] = {0.0};
  float reals[XQ_CHUNK];
  for (size_t k = first; k <= last; ++k) {
    xq_read_reals(kernels, x, at + k * inner, n, from, reals);
    for (size_t i = 0; i < n; ++i) squares[i] += (double)reals[i] * (double)reals[i];
  }
  const double factor = (double)window->alpha / (double)window->size;
  xq_read_reals(kernels, x, at + c * inner, n, from, reals);
  for (size_t i = 0; i < n; ++i) {
    const float sum = (float)((double)window->bias + factor * squares[i]);
    result[i] = reals[i] / (float)xq_pow((double)sum, (double)window->beta);
  }
}

void xq_lrn(const xq_lrn_window* window, const void* x, size_t batch, size_t channels, size_t inner,
            const xq_quant* from, const xq_quant* to, void* y) {
  XQ_REQUIRE(window != NULL && window->size >= 1);
  xq_require_quant(from);
  xq_require_quant(to);
  const xq_kernels* kernels = xq_active();
  float reals[XQ_CHUNK];
  for (size_t p = 0; p < batch * channels; ++p) {
    const size_t image = p / channels * channels * inner;
    for (size_t i = 0; i < inner; i += XQ_CHUNK) {
      const size_t n = xq_chunk(inner, i);
      run_piece(kernels, window, x, image + i, p % channels, channels, inner, n, from, reals);
      xq_write_reals(kernels, reals, n, to, y, p * inner + i);
    }
  }
}

#include "runtime/conv/winograd_line_transforms.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/conv/winograd_line_transforms.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::conv::line::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// factor * v; the compiler knows the factor.
template <class D, class V>
HWY_INLINE V times(D d, float factor, V v) {
  if (factor == 1.0f) return v;
  if (factor == -1.0f) return hn::Neg(v);
  return hn::Mul(hn::Set(d, factor), v);
}

/// sum + factor * v
template <class D, class V>
HWY_INLINE V plus(D d, V sum, float factor, V v) {
  if (factor == 0.0f) return sum;
  if (factor == -1.0f) return hn::Sub(sum, v);
  return hn::Add(sum, times(d, factor, v));
}

/// Row e of B^T times six taps; the first entry that is not 0 starts the sum.
template <size_t kRow, class D, class V>
HWY_INLINE V input_row(D d, V d0, V d1, V d2, V d3, V d4, V d5) {
  constexpr const float* b = kInput[kRow];
  V sum = times(d, b[1], d1);
  if constexpr (b[0] != 0.0f) sum = plus(d, times(d, b[0], d0), b[1], d1);
  sum = plus(d, plus(d, sum, b[2], d2), b[3], d3);
  return plus(d, plus(d, sum, b[4], d4), b[5], d5);
}

HWY_NOINLINE void input(const std::array<const float*, kElements>& taps, size_t n, float* v,
                        size_t step) {
  const hn::ScalableTag<float> d;
  const float *p0 = taps[0], *p1 = taps[1], *p2 = taps[2], *p3 = taps[3], *p4 = taps[4],
              *p5 = taps[5];
  for (size_t t = 0; t < n; t += hn::Lanes(d)) {
    const auto d0 = hn::LoadU(d, p0 + t), d1 = hn::LoadU(d, p1 + t), d2 = hn::LoadU(d, p2 + t),
               d3 = hn::LoadU(d, p3 + t), d4 = hn::LoadU(d, p4 + t), d5 = hn::LoadU(d, p5 + t);
    float* to = v + t;
    hn::StoreU(input_row<0>(d, d0, d1, d2, d3, d4, d5), d, to);
    hn::StoreU(input_row<1>(d, d0, d1, d2, d3, d4, d5), d, to + step);
    hn::StoreU(input_row<2>(d, d0, d1, d2, d3, d4, d5), d, to + 2 * step);
    hn::StoreU(input_row<3>(d, d0, d1, d2, d3, d4, d5), d, to + 3 * step);
    hn::StoreU(input_row<4>(d, d0, d1, d2, d3, d4, d5), d, to + 4 * step);
    hn::StoreU(input_row<5>(d, d0, d1, d2, d3, d4, d5), d, to + 5 * step);
  }
}

/// Row j of A^T times the six elements at e, + offset when there is a bias.
template <size_t kOutputs, size_t kRow, class D>
HWY_INLINE hn::Vec<D> output_row(D d, const float* e, size_t step, const float* bias) {
  constexpr auto a = [](size_t p) { return output(kOutputs, kRow, p); };
  const auto m = [&](size_t p) HWY_ATTR { return hn::LoadU(d, e + p * step); };
  auto sum = m(1);
  if constexpr (kRow == 0) sum = hn::Add(m(0), sum);
  sum = plus(d, plus(d, sum, a(2), m(2)), a(3), m(3));
  sum = plus(d, sum, a(4), m(4));
  if constexpr (kRow + 1 == kOutputs) sum = hn::Add(sum, m(5));
  return bias == nullptr ? sum : hn::Add(sum, hn::Set(d, *bias));
}

template <size_t kOutputs>
HWY_NOINLINE void across(const float* m, size_t step, size_t n, const float* bias, float* to,
                         size_t columns) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  HWY_ALIGN float buffer[kOutputs * HWY_MAX_LANES_D(decltype(d))];
  for (size_t t = 0; t < n; t += lanes) {
    const size_t left = columns - kOutputs * t;
    float* out = left >= kOutputs * lanes ? to + kOutputs * t : buffer;
    const auto y0 = output_row<kOutputs, 0>(d, m + t, step, bias);
    const auto y1 = output_row<kOutputs, 1>(d, m + t, step, bias);
    if constexpr (kOutputs == 2) {
      hn::StoreInterleaved2(y0, y1, d, out);
    } else {
      const auto y2 = output_row<kOutputs, 2>(d, m + t, step, bias);
      if constexpr (kOutputs == 3) {
        hn::StoreInterleaved3(y0, y1, y2, d, out);
      } else {
        hn::StoreInterleaved4(y0, y1, y2, output_row<4, 3>(d, m + t, step, bias), d, out);
      }
    }
    if (out == buffer) {
      for (size_t i = 0; i < left; ++i) to[kOutputs * t + i] = buffer[i];
    }
  }
}

template <size_t kOutputs, size_t kRow>
HWY_INLINE void one_row(const float* m, size_t step, size_t n, const float* bias, float* to) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t t = 0;
  for (; t + lanes <= n; t += lanes)
    hn::StoreU(output_row<kOutputs, kRow>(d, m + t, step, bias), d, to + t);
  if (t < n) hn::StoreN(output_row<kOutputs, kRow>(d, m + t, step, bias), d, to + t, n - t);
}

template <size_t kOutputs>
HWY_NOINLINE void down(const float* m, size_t step, size_t n, const float* bias, float* to,
                       size_t pitch, size_t rows) {
  one_row<kOutputs, 0>(m, step, n, bias, to);
  if (rows > 1) one_row<kOutputs, 1>(m, step, n, bias, to + pitch);
  if constexpr (kOutputs > 2) {
    if (rows > 2) one_row<kOutputs, 2>(m, step, n, bias, to + 2 * pitch);
  }
  if constexpr (kOutputs > 3) {
    if (rows > 3) one_row<kOutputs, 3>(m, step, n, bias, to + 3 * pitch);
  }
}

void output_across(size_t outputs, const float* m, size_t step, size_t n, const float* bias,
                   float* to, size_t columns) {
  if (outputs == 2) return across<2>(m, step, n, bias, to, columns);
  if (outputs == 3) return across<3>(m, step, n, bias, to, columns);
  across<4>(m, step, n, bias, to, columns);
}

void output_down(size_t outputs, const float* m, size_t step, size_t n, const float* bias,
                 float* to, size_t pitch, size_t rows) {
  if (outputs == 2) return down<2>(m, step, n, bias, to, pitch, rows);
  if (outputs == 3) return down<3>(m, step, n, bias, to, pitch, rows);
  down<4>(m, step, n, bias, to, pitch, rows);
}

}  // namespace xquant::runtime::conv::line::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime::conv::line {

HWY_EXPORT(input);
HWY_EXPORT(output_across);
HWY_EXPORT(output_down);

void transform_input(const std::array<const float*, kElements>& taps, std::size_t n, float* v,
                     std::size_t step) {
  HWY_DYNAMIC_DISPATCH(input)(taps, n, v, step);
}
void transform_output_across(std::size_t outputs, const float* m, std::size_t step, std::size_t n,
                             const float* bias, float* to, std::size_t columns) {
  HWY_DYNAMIC_DISPATCH(output_across)(outputs, m, step, n, bias, to, columns);
}
void transform_output_down(std::size_t outputs, const float* m, std::size_t step, std::size_t n,
                           const float* bias, float* to, std::size_t pitch, std::size_t rows) {
  HWY_DYNAMIC_DISPATCH(output_down)(outputs, m, step, n, bias, to, pitch, rows);
}

}  // namespace xquant::runtime::conv::line
#endif

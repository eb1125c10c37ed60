#include "runtime/conv/winograd_transforms.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/conv/winograd_transforms.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::conv::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

size_t slack() { return hn::Lanes(hn::ScalableTag<float>()); }

/// One row of B^T d B out of two rows of d that B^T combines: x combined with y by `combine`.
template <class D, class Combine>
HWY_INLINE void input_row(D d, const float* x, const float* y, Combine combine, float* v,
                          size_t step) {
  hn::Vec<D> x0, x1, x2, x3, y0, y1, y2, y3;
  hn::LoadInterleaved2(d, x, x0, x1);
  hn::LoadInterleaved2(d, x + 2, x2, x3);
  hn::LoadInterleaved2(d, y, y0, y1);
  hn::LoadInterleaved2(d, y + 2, y2, y3);
  const auto c0 = combine(x0, y0), c1 = combine(x1, y1), c2 = combine(x2, y2), c3 = combine(x3, y3);
  hn::StoreU(hn::Sub(c0, c2), d, v);
  hn::StoreU(hn::Add(c1, c2), d, v + step);
  hn::StoreU(hn::Sub(c2, c1), d, v + 2 * step);
  hn::StoreU(hn::Sub(c1, c3), d, v + 3 * step);
}

HWY_NOINLINE void input(const float* d0, size_t pitch, size_t n, float* v, size_t step) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const float *d1 = d0 + pitch, *d2 = d1 + pitch, *d3 = d2 + pitch;
  const auto minus = [](auto a, auto b) HWY_ATTR { return hn::Sub(a, b); };
  const auto plus = [](auto a, auto b) HWY_ATTR { return hn::Add(a, b); };
  for (size_t t = 0; t < n; t += lanes) {
    const size_t x = 2 * t;
    input_row(d, d0 + x, d2 + x, minus, v + t, step);
    input_row(d, d1 + x, d2 + x, plus, v + 4 * step + t, step);
    input_row(d, d2 + x, d1 + x, minus, v + 8 * step + t, step);
    input_row(d, d1 + x, d3 + x, minus, v + 12 * step + t, step);
  }
}

template <class D, class V>
HWY_INLINE void store_outputs(D d, V even, V odd, float* to, size_t columns) {
  const size_t lanes = hn::Lanes(d);
  if (columns >= 2 * lanes) return hn::StoreInterleaved2(even, odd, d, to);
  HWY_ALIGN float buffer[2 * HWY_MAX_LANES_D(D)];
  hn::StoreInterleaved2(even, odd, d, buffer);
  for (size_t i = 0; i < columns; ++i) to[i] = buffer[i];
}

HWY_NOINLINE void output(const float* m, size_t step, size_t n, const float* bias, float* top,
                         float* bottom, size_t columns) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const auto offset = bias != nullptr ? hn::Set(d, *bias) : hn::Zero(d);
  for (size_t t = 0; t < n; t += lanes) {
    // A^T m: column j of both rows.
    const auto upper = [&](size_t j) HWY_ATTR {
      const float* e = m + j * step + t;
      return hn::Add(hn::Add(hn::LoadU(d, e), hn::LoadU(d, e + 4 * step)),
                     hn::LoadU(d, e + 8 * step));
    };
    const auto lower = [&](size_t j) HWY_ATTR {
      const float* e = m + j * step + t;
      return hn::Sub(hn::Sub(hn::LoadU(d, e + 4 * step), hn::LoadU(d, e + 8 * step)),
                     hn::LoadU(d, e + 12 * step));
    };
    const auto finish = [&](auto s0, auto s1, auto s2, auto s3, float* to) HWY_ATTR {
      auto even = hn::Add(hn::Add(s0, s1), s2), odd = hn::Sub(hn::Sub(s1, s2), s3);
      if (bias != nullptr) even = hn::Add(even, offset), odd = hn::Add(odd, offset);
      store_outputs(d, even, odd, to + 2 * t, columns - 2 * t);
    };
    finish(upper(0), upper(1), upper(2), upper(3), top);
    if (bottom != nullptr) finish(lower(0), lower(1), lower(2), lower(3), bottom);
  }
}

}  // namespace xquant::runtime::conv::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime::conv {

HWY_EXPORT(slack);
HWY_EXPORT(input);
HWY_EXPORT(output);

std::size_t transform_slack() { return HWY_DYNAMIC_DISPATCH(slack)(); }

void transform_input(const float* d, std::size_t pitch, std::size_t n, float* v, std::size_t step) {
  HWY_DYNAMIC_DISPATCH(input)(d, pitch, n, v, step);
}

void transform_output(const float* m, std::size_t step, std::size_t n, const float* bias,
                      float* top, float* bottom, std::size_t columns) {
  HWY_DYNAMIC_DISPATCH(output)(m, step, n, bias, top, bottom, columns);
}

}  // namespace xquant::runtime::conv
#endif

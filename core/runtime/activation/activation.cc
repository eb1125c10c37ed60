#include "runtime/activation/activation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/activation/activation.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "runtime/bounded.inc.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::activation::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// y[i] = f(x[i]), four vectors at a time.
template <class Function>
HWY_INLINE void map(const float* x, float* y, size_t n, Function f) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    const auto a = f(hn::LoadU(d, x + i)), b = f(hn::LoadU(d, x + i + lanes)),
               c = f(hn::LoadU(d, x + i + 2 * lanes)), e = f(hn::LoadU(d, x + i + 3 * lanes));
    hn::StoreU(a, d, y + i), hn::StoreU(b, d, y + i + lanes);
    hn::StoreU(c, d, y + i + 2 * lanes), hn::StoreU(e, d, y + i + 3 * lanes);
  }
  for (; i + lanes <= n; i += lanes) hn::StoreU(f(hn::LoadU(d, x + i)), d, y + i);
  if (i < n) hn::StoreN(f(hn::LoadN(d, x + i, n - i)), d, y + i, n - i);
}

/// max(0, min(1, v)); NaN stays.
template <class D, class V>
HWY_INLINE V unit(D d, V v) {
  const auto zero = hn::Zero(d), one = hn::Set(d, 1.0f);
  const auto most = hn::IfThenElse(hn::Lt(one, v), one, v);
  return hn::IfThenElse(hn::Gt(zero, most), zero, most);
}

HWY_NOINLINE void relu(const float* x, float* y, size_t n) {
  const hn::ScalableTag<float> d;
  const auto zero = hn::Zero(d), infinity = hn::Inf(d);
  map(x, y, n, [&](auto v) HWY_ATTR { return runtime::HWY_NAMESPACE::bounded(v, zero, infinity); });
}

HWY_NOINLINE void leaky_relu(float alpha, const float* x, float* y, size_t n) {
  const hn::ScalableTag<float> d;
  const auto zero = hn::Zero(d), slope = hn::Set(d, alpha);
  map(x, y, n,
      [&](auto v) HWY_ATTR { return hn::IfThenElse(hn::Lt(v, zero), hn::Mul(slope, v), v); });
}

HWY_NOINLINE void clip(float low, float high, const float* x, float* y, size_t n) {
  const hn::ScalableTag<float> d;
  const auto least = hn::Set(d, low), most = hn::Set(d, high);
  map(x, y, n, [&](auto v) HWY_ATTR { return runtime::HWY_NAMESPACE::bounded(v, least, most); });
}

HWY_NOINLINE void round_trip(float scale, int low, int high, const float* x, float* y, size_t n) {
  const hn::ScalableTag<float> d;
  const auto step = hn::Set(d, scale), zero = hn::Zero(d);
  const auto least = hn::Set(d, static_cast<float>(low)),
             most = hn::Set(d, static_cast<float>(high));
  map(x, y, n, [&](auto v) HWY_ATTR {
    const auto steps = hn::Round(hn::Div(v, step));
    const auto z = hn::IfThenElse(hn::Lt(steps, least), least, steps);
    const auto q = hn::IfThenElse(hn::Gt(z, most), most, z);
    // There is one zero among the codes: -0 + 0 is 0.
    return hn::IfThenElseZero(hn::Eq(v, v), hn::Mul(hn::Add(q, zero), step));
  });
}

HWY_NOINLINE void hard_sigmoid(float alpha, float beta, const float* x, float* y, size_t n) {
  const hn::ScalableTag<float> d;
  const auto slope = hn::Set(d, alpha), shift = hn::Set(d, beta);
  map(x, y, n, [&](auto v) HWY_ATTR { return unit(d, hn::Add(hn::Mul(slope, v), shift)); });
}

HWY_NOINLINE void hard_swish(const float* x, float* y, size_t n) {
  const hn::ScalableTag<float> d;
  const auto slope = hn::Set(d, 1.0f / 6.0f), shift = hn::Set(d, 0.5f);
  map(x, y, n,
      [&](auto v) HWY_ATTR { return hn::Mul(v, unit(d, hn::Add(hn::Mul(slope, v), shift))); });
}

}  // namespace xquant::runtime::activation::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime::activation {

HWY_EXPORT(relu);
HWY_EXPORT(leaky_relu);
HWY_EXPORT(clip);
HWY_EXPORT(round_trip);
HWY_EXPORT(hard_sigmoid);
HWY_EXPORT(hard_swish);

void relu(const float* x, float* y, std::size_t n) { HWY_DYNAMIC_DISPATCH(relu)(x, y, n); }
void leaky_relu(float alpha, const float* x, float* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(leaky_relu)(alpha, x, y, n);
}
void clip(float low, float high, const float* x, float* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(clip)(low, high, x, y, n);
}

void round_trip(float scale, int low, int high, const float* x, float* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(round_trip)(scale, low, high, x, y, n);
}

void hard_sigmoid(float alpha, float beta, const float* x, float* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(hard_sigmoid)(alpha, beta, x, y, n);
}
void hard_swish(const float* x, float* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(hard_swish)(x, y, n);
}

}  // namespace xquant::runtime::activation
#endif

#include "runtime/math/math.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/math/math.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "runtime/math/double_functions.inc.h"
#include "runtime/math/float_functions.inc.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::math::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DoubleTag = hn::ScalableTag<double>;
using FloatTag = hn::Rebind<float, DoubleTag>;

/// Rounds to float. Where nobody reads the upper half of the result, Clang makes two conversions of
/// single numbers out of the one of vectors.
template <class V>
HWY_INLINE hn::Vec<FloatTag> demote(V v) {
  auto floats = hn::DemoteTo(FloatTag(), v);
#if HWY_ARCH_WASM
  asm("" : "+r"(floats.raw));
#endif
  return floats;
}

/// y[i] = f(x[i]); the last elements go through the same vector code, padded with zeros.
template <class Function>
HWY_INLINE void map(const float* x, float* y, size_t n, Function f) {
  const DoubleTag d;
  const FloatTag df;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(demote(f(d, hn::PromoteTo(d, hn::LoadU(df, x + i)))), df, y + i);
  }
  if (i < n) {
    const auto rest = hn::PromoteTo(d, hn::LoadN(df, x + i, n - i));
    hn::StoreN(demote(f(d, rest)), df, y + i, n - i);
  }
}

// The attribute: a call for two elements would cost as much as the function.
#define XQ_MAP(name)                                                               \
  HWY_NOINLINE void name(const float* x, float* y, size_t n) {                     \
    map(x, y, n, [](DoubleTag d, auto v) HWY_ATTR __attribute__((always_inline)) { \
      return name##_double(d, v);                                                  \
    });                                                                            \
  }
XQ_MAP(exp)
XQ_MAP(expm1)
XQ_MAP(log)
XQ_MAP(tanh)
XQ_MAP(softplus)
XQ_MAP(erf)
#undef XQ_MAP

/// The same in float.
template <class Function>
HWY_INLINE void map_floats(const float* x, float* y, size_t n, Function f) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(f(d, hn::LoadU(d, x + i)), d, y + i);
  if (i < n) hn::StoreN(f(d, hn::LoadN(d, x + i, n - i)), d, y + i, n - i);
}

#define XQ_MAP(name)                                                           \
  HWY_NOINLINE void name(const float* x, float* y, size_t n) {                 \
    map_floats(x, y, n,                                                        \
               [](hn::ScalableTag<float> d, auto v) HWY_ATTR                   \
               __attribute__((always_inline)) { return name##_float(d, v); }); \
  }
XQ_MAP(sigmoid)
#undef XQ_MAP

HWY_NOINLINE void pow(const float* x, const float* y, float* z, size_t n) {
  const DoubleTag d;
  const FloatTag df;
  const size_t lanes = hn::Lanes(d);
  for (size_t i = 0; i < n; i += lanes) {
    const size_t count = n - i < lanes ? n - i : lanes;
    const auto base = hn::PromoteTo(d, hn::LoadN(df, x + i, count));
    const auto exponent = hn::PromoteTo(d, hn::LoadN(df, y + i, count));
    hn::StoreN(demote(pow_double(d, base, exponent)), df, z + i, count);
  }
}

}  // namespace xquant::runtime::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xquant::runtime::math {

#define XQ_EXPORT(name) \
  HWY_EXPORT(name);     \
  void name(const float* x, float* y, std::size_t n) { HWY_DYNAMIC_DISPATCH(name)(x, y, n); }
XQ_EXPORT(exp)
XQ_EXPORT(expm1)
XQ_EXPORT(log)
XQ_EXPORT(tanh)
XQ_EXPORT(sigmoid)
XQ_EXPORT(softplus)
XQ_EXPORT(erf)
#undef XQ_EXPORT

HWY_EXPORT(pow);
void pow(const float* x, const float* y, float* z, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(pow)(x, y, z, n);
}

}  // namespace xquant::runtime::math
#endif

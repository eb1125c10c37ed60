// Bounds of vectors. Included once for each Highway target, hence no ordinary include guard.
#if defined(XQUANT_RUNTIME_BOUNDED) == defined(HWY_TARGET_TOGGLE)
#ifdef XQUANT_RUNTIME_BOUNDED
#undef XQUANT_RUNTIME_BOUNDED
#else
#define XQUANT_RUNTIME_BOUNDED
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::HWY_NAMESPACE {

/// z = v < low ? low : v; z > high ? high : z.
template <class V>
HWY_INLINE V bounded(V v, V low, V high) {
  namespace hn = hwy::HWY_NAMESPACE;
#if HWY_ARCH_X86 || HWY_ARCH_WASM
  // a > b ? a : b and a < b ? a : b there, as they are one instruction.
  return hn::Min(high, hn::Max(low, v));
#else
  const auto z = hn::IfThenElse(hn::Lt(v, low), low, v);
  return hn::IfThenElse(hn::Gt(z, high), high, z);
#endif
}

}  // namespace xquant::runtime::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

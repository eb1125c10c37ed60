// Constants of elementary functions. Included once for each Highway target, hence no ordinary
// include guard.
#if defined(XQUANT_RUNTIME_MATH_CONSTANTS) == defined(HWY_TARGET_TOGGLE)
#ifdef XQUANT_RUNTIME_MATH_CONSTANTS
#undef XQUANT_RUNTIME_MATH_CONSTANTS
#else
#define XQUANT_RUNTIME_MATH_CONSTANTS
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xquant::runtime::math::HWY_NAMESPACE {

/// A table of constants that is read where they are needed: V8 builds a constant vector in four
/// instructions each time, and loads one in a single one.
template <typename T>
HWY_INLINE const T* read_when_needed(const T* table) {
#if HWY_ARCH_WASM
  asm("" : "+r"(table));
#endif
  return table;
}

}  // namespace xquant::runtime::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#pragma once

#include <cstddef>
#include <type_traits>

namespace xquant::runtime::ops {

// Loops over elements whose result may lie where an operand lies, and else nowhere near it. The
// compiler cannot tell the cases apart: without them it checks for an overlap, finds one where a
// result is made in place, and goes on one element at a time.

/// y[i] = f(x[i]); y may be x.
template <typename T, typename R, typename Function>
void map_elements(const T* x, R* y, std::size_t n, Function f) {
  if constexpr (std::is_same_v<T, R>) {
    if (x == y) {
      for (std::size_t i = 0; i < n; ++i) y[i] = f(y[i]);
      return;
    }
  }
  const T* __restrict from = x;
  R* __restrict to = y;
  for (std::size_t i = 0; i < n; ++i) to[i] = f(from[i]);
}

/// y[i] = f(a[i], b[i]); y may be a or b.
template <typename T, typename U, typename R, typename Function>
void combine_elements(const T* a, const U* b, R* y, std::size_t n, Function f) {
  R* __restrict to = y;
  if constexpr (std::is_same_v<T, R>) {
    if (a == y && static_cast<const void*>(b) != y) {
      const U* __restrict right = b;
      for (std::size_t i = 0; i < n; ++i) to[i] = f(to[i], right[i]);
      return;
    }
  }
  if constexpr (std::is_same_v<U, R>) {
    if (b == y) {
      if (static_cast<const void*>(a) == y) {
        for (std::size_t i = 0; i < n; ++i) to[i] = f(to[i], to[i]);
        return;
      }
      const T* __restrict left = a;
      for (std::size_t i = 0; i < n; ++i) to[i] = f(left[i], to[i]);
      return;
    }
  }
  const T* __restrict left = a;
  const U* __restrict right = b;
  for (std::size_t i = 0; i < n; ++i) to[i] = f(left[i], right[i]);
}

}  // namespace xquant::runtime::ops

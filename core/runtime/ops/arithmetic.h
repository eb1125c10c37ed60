#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/error.h"

namespace xquant::runtime::ops {

// Arithmetic of one element type. Integers wrap modulo 2^bits instead of overflowing.

/// The value as T: floats round toward zero and saturate, NaN gives 0; integers wrap; bool is "not
/// zero".
template <typename T, typename S>
T convert(S value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value != S(0);
  } else if constexpr (std::is_floating_point_v<S> && std::is_integral_v<T>) {
    // Limits as powers of two, which every floating type holds exactly.
    constexpr S kEnd =
        static_cast<S>(std::uint64_t{1} << (std::numeric_limits<T>::digits - 1)) * S(2);
    if (value != value) return T(0);
    if (value >= kEnd) return std::numeric_limits<T>::max();
    if (std::is_signed_v<T> ? value < -kEnd : value <= S(-1)) return std::numeric_limits<T>::min();
    return static_cast<T>(value);
  } else {
    return static_cast<T>(value);
  }
}

template <typename T, typename Op>
T wrapping(T a, T b, Op op) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    return static_cast<T>(op(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
  } else {
    return static_cast<T>(op(a, b));
  }
}

template <typename T>
T add(T a, T b) {
  return wrapping(a, b, [](auto x, auto y) { return x + y; });
}
template <typename T>
T subtract(T a, T b) {
  return wrapping(a, b, [](auto x, auto y) { return x - y; });
}
template <typename T>
T multiply(T a, T b) {
  return wrapping(a, b, [](auto x, auto y) { return x * y; });
}

template <typename T>
void require_divisor(T divisor) {
  if constexpr (std::is_integral_v<T>) {
    if (divisor == T(0))
      throw Error(ErrorKind::kModel, "XQ-RT-005", "Integer division by zero.", {},
                  "Use data with which no divisor is 0.");
  }
}

/// Integers truncate toward zero.
template <typename T>
T divide(T a, T b) {
  require_divisor(b);
  if constexpr (std::is_signed_v<T> && std::is_integral_v<T>) {
    if (b == T(-1)) return subtract(T(0), a);
  }
  return static_cast<T>(a / b);
}

/// NaN when one of them is, as IEEE 754-2019 minimum and maximum.
template <typename T>
T minimum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a) return a;
  }
  return a < b ? a : b;
}
template <typename T>
T maximum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a) return a;
  }
  return a > b ? a : b;
}

/// Integer exponents by squaring.
template <typename T>
T integer_power(T base, std::int64_t exponent) {
  if (exponent < 0) {
    if (base == T(1)) return base;
    if (std::is_signed_v<T> && base == static_cast<T>(-1)) return exponent % 2 == 0 ? T(1) : base;
    require_divisor(base);
    return T(0);
  }
  T result = T(1);
  for (; exponent > 0; exponent /= 2, base = multiply(base, base)) {
    if (exponent % 2 != 0) result = multiply(result, base);
  }
  return result;
}

/// Remainder with the divisor's sign (integers), as Python's %.
template <typename T>
T floor_modulo(T a, T b) {
  require_divisor(b);
  if constexpr (std::is_signed_v<T>) {
    if (b == T(-1)) return T(0);
  }
  const T rest = static_cast<T>(a % b);
  return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
}

}  // namespace xquant::runtime::ops

#pragma once

#include <cstddef>
#include <cstdint>

namespace xquant::runtime::math {

// Trigonometric and hyperbolic functions of arrays, the same bits on every platform: float results
// are within 0.51 ulp of the exact value, double results are correctly rounded but for near ties.
// Arguments may be of any size; special values as IEEE 754-2019 section 9.2 says. x and y may be
// the same array.

void sin(const float* x, float* y, std::size_t n);
void cos(const float* x, float* y, std::size_t n);
void tan(const float* x, float* y, std::size_t n);
void asin(const float* x, float* y, std::size_t n);
void acos(const float* x, float* y, std::size_t n);
void atan(const float* x, float* y, std::size_t n);
void sinh(const float* x, float* y, std::size_t n);
void cosh(const float* x, float* y, std::size_t n);
void asinh(const float* x, float* y, std::size_t n);
void acosh(const float* x, float* y, std::size_t n);
void atanh(const float* x, float* y, std::size_t n);

void sin(const double* x, double* y, std::size_t n);
void cos(const double* x, double* y, std::size_t n);
void tan(const double* x, double* y, std::size_t n);
void asin(const double* x, double* y, std::size_t n);
void acos(const double* x, double* y, std::size_t n);
void atan(const double* x, double* y, std::size_t n);
void sinh(const double* x, double* y, std::size_t n);
void cosh(const double* x, double* y, std::size_t n);
void asinh(const double* x, double* y, std::size_t n);
void acosh(const double* x, double* y, std::size_t n);
void atanh(const double* x, double* y, std::size_t n);

/// exp(2 pi i k / n), each part within 1 ulp or 2^-53.
struct UnitRoot {
  double cosine, sine;
};
/// For n > 0 and any k.
UnitRoot unit_root(std::int64_t k, std::int64_t n);

}  // namespace xquant::runtime::math

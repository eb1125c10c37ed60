#pragma once

#include <cstddef>

namespace xquant::runtime::math {

// Elementary functions of float arrays, the same bits on every platform. sigmoid computes in float
// (float_functions.inc.h). The others compute in double with polynomials of their own and round
// once, so that the error stays below 0.51 ulp (math_test). Infinities, signed zeros and
// denormals as IEEE 754-2019 section 9.2 says; NaN in, NaN out. x and y may be the same array.

void exp(const float* x, float* y, std::size_t n);
/// exp(x) - 1.
void expm1(const float* x, float* y, std::size_t n);
/// Natural logarithm; NaN below zero, -Inf at +-0.
void log(const float* x, float* y, std::size_t n);
void tanh(const float* x, float* y, std::size_t n);
/// 1 / (1 + exp(-x)); error below 2 ulp.
void sigmoid(const float* x, float* y, std::size_t n);
/// log(1 + exp(x)).
void softplus(const float* x, float* y, std::size_t n);
void erf(const float* x, float* y, std::size_t n);
/// z = x to the power of y.
void pow(const float* x, const float* y, float* z, std::size_t n);

// The same of double arrays, correctly rounded but for ties within 2^-95; slow (double_math.cc).

void exp(const double* x, double* y, std::size_t n);
void expm1(const double* x, double* y, std::size_t n);
void log(const double* x, double* y, std::size_t n);
void tanh(const double* x, double* y, std::size_t n);
void sigmoid(const double* x, double* y, std::size_t n);
void softplus(const double* x, double* y, std::size_t n);
void erf(const double* x, double* y, std::size_t n);
void pow(const double* x, const double* y, double* z, std::size_t n);

}  // namespace xquant::runtime::math

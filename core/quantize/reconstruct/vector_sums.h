#pragma once

#include <cstddef>
#include <span>

/// Inner loops of the second-order model, in double. The sums have eight interleaved chains that
/// are added pairwise at the end: an order that any vector width can follow, so the bits do not
/// depend on it.
namespace xquant::quantize {

/// sum of a[i] b[i].
double dot(const double* a, const double* b, std::size_t n);
double dot(const double* a, const float* b, std::size_t n);

/// result[r] = dot(rows[r], b, n), so that b is read once for all of them.
void dots(std::span<const double* const> rows, const double* b, std::size_t n, double* result);

/// y[i] += factor * x[i].
void add_scaled(double* y, double factor, const double* x, std::size_t n);
void add_scaled(double* y, double factor, const float* x, std::size_t n);

}  // namespace xquant::quantize

#pragma once

#include <array>
#include <cstddef>

#include "runtime/conv/winograd_line_matrices.h"

namespace xquant::runtime::conv::line {

/// B^T d of n tiles side by side: tap k of tile t is taps[k][t], element e goes to v[e * step + t].
/// Up to a vector beyond tile n is read and overwritten.
void transform_input(const std::array<const float*, kElements>& taps, std::size_t n, float* v,
                     std::size_t step);

/// A^T m, + *bias when given, of n tiles side by side: element e of tile t is m[e * step + t].
/// Output j of tile t goes to to[outputs * t + j]; only the first `columns` of all.
void transform_output_across(std::size_t outputs, const float* m, std::size_t step, std::size_t n,
                             const float* bias, float* to, std::size_t columns);
/// The same with output j of tile t in to[j * pitch + t], of which `rows` rows exist.
void transform_output_down(std::size_t outputs, const float* m, std::size_t step, std::size_t n,
                           const float* bias, float* to, std::size_t pitch, std::size_t rows);

}  // namespace xquant::runtime::conv::line

#pragma once

#include <cstddef>

namespace xquant::runtime::conv {

/// B^T d B of n tiles side by side: tile t is the 4x4 floats at d + 2 t, in rows that are pitch
/// apart. Element e = 4 row + column of tile t goes to v + e * step + t; up to transform_slack()
/// floats beyond tile n are overwritten. d may be read up to 2 * transform_slack() floats beyond.
void transform_input(const float* d, std::size_t pitch, std::size_t n, float* v, std::size_t step);

/// A^T m A, + *bias when given, of n tiles side by side: element e of tile t is m[e * step + t].
/// Writes rows of 2 n outputs: columns of them of top, and of bottom unless that is nullptr.
void transform_output(const float* m, std::size_t step, std::size_t n, const float* bias,
                      float* top, float* bottom, std::size_t columns);

std::size_t transform_slack();

}  // namespace xquant::runtime::conv

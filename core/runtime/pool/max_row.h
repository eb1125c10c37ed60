#pragma once

#include <cstddef>

namespace xquant::runtime::pool {

/// One row of a MaxPool: y[i] is the largest of taps[t][i * step] over the taps in their order; the
/// first among equals, NaN where one is. step is 1 or 2. Nothing is read that is not needed.
void max_row(const float* const* taps, std::size_t tap_count, std::size_t step, float* y,
             std::size_t n);

}  // namespace xquant::runtime::pool

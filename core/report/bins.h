#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace xquant::report {

/// Counts of values in 32 bins of equal width.
using Bins = std::array<std::uint64_t, 32>;

/// Adds the finite values; those outside [low, high] go to the outermost bins. Everything goes to
/// the first when high is not above low.
void count_into(Bins& bins, std::span<const float> values, float low, float high);

}  // namespace xquant::report

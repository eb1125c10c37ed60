#pragma once

#include <cstdint>
#include <vector>

namespace xquant::quantize {

/// `wanted` of `positions` indices, ascending and different, one from each of `wanted` equal
/// stretches; all of them when there are no more. The choice within a stretch is a hash of key and
/// stretch: the same everywhere, and without the period that strided picking shares with strided
/// operators.
std::vector<std::int64_t> sampled_positions(std::int64_t positions, std::int64_t wanted,
                                            std::uint64_t key);

}  // namespace xquant::quantize

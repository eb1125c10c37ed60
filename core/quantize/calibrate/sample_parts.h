#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace xquant::quantize {

/// Stages look at some of the samples only. Of `count` among all that are `available`, evenly
/// spread, the one at a place; it leaves the same remainder when divided by four. So every stage
/// that asks for a part of the samples (SampleParts) gets it, however many it looks at: none learns
/// from what another one judges by. place < count <= available.
std::int64_t spread_sample(std::int64_t place, std::int64_t count, std::int64_t available);
/// The way back: the place of a sample; nullopt when it is none of the `count`.
std::optional<std::size_t> evenly_spread(std::int64_t sample, std::int64_t count,
                                         std::int64_t available);

/// How samples are shared out: those that layers learn from at once; those that tell which way of
/// fitting a layer is the best, from which the way chosen then learns too; and those that judge the
/// whole, from which nothing is learned.
struct SampleParts {
  std::vector<std::size_t> fit{}, ways{}, whole{};

  /// Half, a quarter and a quarter, taking turns. Of fewer than four samples one half learns and
  /// the other judges all. places: of those that could be read among `count`, ascending; the parts
  /// are indices into it.
  static SampleParts of(const std::vector<std::size_t>& places, std::size_t count);

  static bool judges_whole(std::size_t place, std::size_t count) {
    return count < 4 ? place % 2 == 1 : place % 4 == 3;
  }
};

}  // namespace xquant::quantize

#include "quantize/calibrate/sample_parts.h"

#include <algorithm>

namespace xquant::quantize {
namespace {

constexpr std::int64_t kSampleParts = 4;

}  // namespace

std::int64_t spread_sample(std::int64_t place, std::int64_t count, std::int64_t available) {
  const std::int64_t remainder = place % kSampleParts;
  // The last one with that remainder up to where the place falls: two places with the same one are
  // at least kSampleParts samples apart.
  return (place * available / count - remainder) / kSampleParts * kSampleParts + remainder;
}

std::optional<std::size_t> evenly_spread(std::int64_t sample, std::int64_t count,
                                         std::int64_t available) {
  const std::int64_t first = (sample * count + available - 1) / available;
  for (std::int64_t place = first; place < std::min(first + kSampleParts, count); ++place) {
    if (spread_sample(place, count, available) == sample) return static_cast<std::size_t>(place);
  }
  return std::nullopt;
}

SampleParts SampleParts::of(const std::vector<std::size_t>& places, std::size_t count) {
  SampleParts parts;
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::vector<std::size_t>& later = judges_whole(places[i], count) ? parts.whole : parts.ways;
    (places[i] % 2 == 0 ? parts.fit : later).push_back(i);
  }
  return parts;
}

}  // namespace xquant::quantize

#pragma once

#include <cstddef>
#include <vector>

namespace xquant::quantize {

/// How samples are shared out: those that layers learn from at once; those that tell which way of
/// fitting a layer is the best, from which the way chosen then learns too; and those that judge the
/// whole, from which nothing is learned.
struct SampleParts {
  std::vector<std::size_t> fit{}, ways{}, whole{};

  /// Half, a quarter and a quarter, taking turns. Of fewer than four samples one half learns and
  /// the other judges all.
  static SampleParts of(std::size_t count) {
    SampleParts parts;
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<std::size_t>& later = judges_whole(i, count) ? parts.whole : parts.ways;
      (i % 2 == 0 ? parts.fit : later).push_back(i);
    }
    return parts;
  }

  /// The samples that judge the whole: every step-th from first on.
  struct Every {
    std::size_t first, step;
  };
  static Every whole_of(std::size_t count) { return count < 4 ? Every{1, 2} : Every{3, 4}; }
  static bool judges_whole(std::size_t sample, std::size_t count) {
    const auto [first, step] = whole_of(count);
    return sample % step == first;
  }
};

}  // namespace xquant::quantize

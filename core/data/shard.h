#pragma once

#include <cstdint>

namespace xquant::data {

/// One of several equal parts of the samples, for machines that share the work: every of-th sample,
/// beginning with the number-th.
struct Shard {
  int number = 1;  ///< 1 .. of
  int of = 1;

  bool takes(std::int64_t sample) const { return sample % of == number - 1; }
};

}  // namespace xquant::data

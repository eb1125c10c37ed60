#include "quantize/reconstruct/sampling.h"

namespace xquant::quantize {
namespace {

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

}  // namespace

std::vector<std::int64_t> sampled_positions(std::int64_t positions, std::int64_t wanted,
                                            std::uint64_t key) {
  std::vector<std::int64_t> chosen;
  if (wanted >= positions) {
    for (std::int64_t i = 0; i < positions; ++i) chosen.push_back(i);
    return chosen;
  }
  for (std::int64_t i = 0; i < wanted; ++i) {
    const std::int64_t begin = i * positions / wanted;
    const std::int64_t end = (i + 1) * positions / wanted;
    const std::uint64_t hash = mixed(mixed(key) + static_cast<std::uint64_t>(i));
    chosen.push_back(begin +
                     static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(end - begin)));
  }
  return chosen;
}

}  // namespace xquant::quantize

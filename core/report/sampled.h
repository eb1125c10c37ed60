#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace xquant::report {

/// Which elements of a tensor are compared in one sample: all of a small one; of a larger one runs
/// of neighbours, one in each of many equal parts, elsewhere in every sample.
class Sampled {
 public:
  static constexpr std::size_t kRun = 64;

  /// most: elements to compare, whole runs.
  Sampled(std::size_t size, std::size_t most, std::int64_t sample)
      : size_(size),
        parts_(size <= most ? 0 : most / kRun),
        offset_(static_cast<std::uint64_t>(sample) * kGolden >> 16U & 0xffffU) {}

  std::size_t count() const { return parts_ == 0 ? size_ : parts_ * kRun; }

  /// use(first, count) for each run, in ascending order.
  template <typename Use>
  void for_each_run(const Use& use) const {
    if (parts_ == 0) {
      use(std::size_t{0}, size_);
      return;
    }
    for (std::size_t part = 0; part < parts_; ++part) {
      const std::size_t begin = part * size_ / parts_, end = (part + 1) * size_ / parts_;
      use(begin + static_cast<std::size_t>((end - begin - kRun + 1) * offset_ >> 16U), kRun);
    }
  }

 private:
  /// 2^32 over the golden ratio: multiples of it, modulo 2^32, spread evenly however many there are
  /// (Knuth, The Art of Computer Programming 3, 6.4).
  static constexpr std::uint64_t kGolden = 2654435769U;

  std::size_t size_;
  std::size_t parts_;     ///< 0: all elements
  std::uint64_t offset_;  ///< of a run within its part, in 65536ths of the places that it can take
};

}  // namespace xquant::report

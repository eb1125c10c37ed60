#pragma once

#include <cstddef>
#include <cstdint>

namespace xquant::report {

/// Which elements of a tensor are compared in one sample: all of a small one; of a larger one runs
/// of neighbours, one in each of many equal parts, elsewhere in every sample.
class Sampled {
 public:
  static constexpr std::size_t kMost = std::size_t{1} << 14U;  ///< elements
  static constexpr std::size_t kRun = 64;

  Sampled(std::size_t size, std::int64_t sample)
      : size_(size), offset_(static_cast<std::uint64_t>(sample) * kGolden >> 16U & 0xffffU) {}
  static Sampled all(std::size_t size) {
    Sampled sampled(size, 0);
    sampled.all_ = true;
    return sampled;
  }

  std::size_t count() const { return takes_all() ? size_ : kMost; }

  /// use(first, count) for each run, in ascending order.
  template <typename Use>
  void for_each_run(const Use& use) const {
    if (takes_all()) {
      use(std::size_t{0}, size_);
      return;
    }
    constexpr std::size_t kParts = kMost / kRun;
    for (std::size_t part = 0; part < kParts; ++part) {
      const std::size_t begin = part * size_ / kParts, end = (part + 1) * size_ / kParts;
      use(begin + static_cast<std::size_t>((end - begin - kRun) * offset_ >> 16U), kRun);
    }
  }

 private:
  /// 2^32 over the golden ratio: multiples of it, modulo 2^32, spread evenly however many there are
  /// (Knuth, The Art of Computer Programming 3, 6.4).
  static constexpr std::uint64_t kGolden = 2654435769U;

  bool takes_all() const { return all_ || size_ <= kMost; }

  std::size_t size_;
  std::uint64_t offset_;  ///< of a run within its part, in 65536ths of the room that it has
  bool all_ = false;
};

}  // namespace xquant::report

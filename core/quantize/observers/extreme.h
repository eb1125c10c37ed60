#pragma once

#include <cstdint>
#include <limits>

namespace xquant::quantize {

/// The largest value over all samples, the sample that has it, and the largest value of the other
/// samples: enough to tell what the range would be without that sample. Two of disjoint samples
/// merge exactly, in any order.
class Extreme {
 public:
  static constexpr float kNothing = -std::numeric_limits<float>::infinity();

  void observe(float largest, std::int64_t sample);
  void merge(const Extreme& other);

  bool any() const { return value_ > kNothing; }
  float value() const { return value_; }
  std::int64_t sample() const { return sample_; }  ///< the first with the value; -1: none
  float others() const { return others_; }         ///< kNothing when there is one sample

  bool operator==(const Extreme&) const = default;

  /// From its parts, as a file has them.
  static Extreme of(float value, std::int64_t sample, float others);

 private:
  float value_ = kNothing;
  float others_ = kNothing;
  std::int64_t sample_ = -1;
};

}  // namespace xquant::quantize

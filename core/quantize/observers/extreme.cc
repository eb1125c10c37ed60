#include "quantize/observers/extreme.h"

#include <algorithm>

namespace xquant::quantize {

void Extreme::observe(float largest, std::int64_t sample) { merge(of(largest, sample, kNothing)); }

void Extreme::merge(const Extreme& other) {
  if (!other.any()) return;
  if (other.sample_ == sample_) {  // parts of one sample
    value_ = std::max(value_, other.value_);
    others_ = std::max(others_, other.others_);
    return;
  }
  const bool other_wins =
      other.value_ > value_ || (other.value_ == value_ && other.sample_ < sample_);
  if (other_wins) {
    others_ = std::max(value_, other.others_);
    value_ = other.value_;
    sample_ = other.sample_;
  } else {
    others_ = std::max(others_, other.value_);
  }
}

Extreme Extreme::of(float value, std::int64_t sample, float others) {
  Extreme extreme;
  extreme.value_ = value;
  extreme.sample_ = sample;
  extreme.others_ = others;
  return extreme;
}

}  // namespace xquant::quantize

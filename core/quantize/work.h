#pragma once

#include <cstdint>

#include "quantize/subject.h"

namespace xquant::quantize {

/// Of a value's tensor; 0 where the trace does not have it.
double elements(const Trace& trace, ValueId value);

/// Multiplications of Conv, ConvTranspose, Gemm and MatMul for one sample.
double multiplications(const Subject& subject);

/// What a stage may take, in multiplications. Each part is asked for before it starts, in the order
/// of what it promises.
class WorkBudget {
 public:
  explicit WorkBudget(double work) : left_(work) {}

  /// Whether there is so much left, beside what is to be kept for later; takes it.
  bool affords(double work, double kept = 0) {
    if (work + kept > left_) return false;
    left_ -= work;
    return true;
  }

 private:
  double left_;
};

/// How many samples a pass of the float model may take for that many multiplications, at least
/// fewest (or all there are), at most `most`.
std::int64_t affordable_samples(const Subject& subject, double work, std::int64_t fewest,
                                std::int64_t most);

}  // namespace xquant::quantize

#pragma once

#include <cstddef>
#include <vector>

#include "quantize/observers/tensor_stats.h"

namespace xquant::quantize {

/// A histogram as prefix sums, so that sums over any interval cost two look-ups. Within a bin
/// values count as evenly spread; the outermost bins end at the smallest and largest value seen.
/// Zeros are left out: every quantizer represents them exactly.
class Distribution {
 public:
  /// Sums over the values below a point.
  struct Sums {
    double count = 0;
    double sum = 0;      ///< of x
    double squares = 0;  ///< of x^2
    double support = 0;  ///< width of the bins that are not empty, in bins
    double entropy = 0;  ///< of n * log(n / width in bins), n the count of a bin

    Sums operator-(const Sums& other) const {
      return {count - other.count, sum - other.sum, squares - other.squares,
              support - other.support, entropy - other.entropy};
    }
  };

  explicit Distribution(const TensorStats& stats);

  bool empty() const { return prefix_.size() < 2; }
  double bin_width() const { return width_; }
  const Sums& total() const { return prefix_.back(); }
  Sums below(double x) const;

 private:
  /// Of bin i, lower and upper.
  double edge(std::size_t i) const;
  Sums bin(std::size_t i, double upto) const;

  double width_ = 1;
  double origin_ = 0;  ///< bins below zero
  double first_ = 0;   ///< outermost edges
  double last_ = 0;
  std::vector<double> counts_;
  std::vector<double> logs_;  ///< log(count / width in bins) of every bin; 0 for empty ones
  std::vector<Sums> prefix_;  ///< of bins before i; one more than there are bins
};

}  // namespace xquant::quantize

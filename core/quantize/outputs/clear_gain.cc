#include "quantize/outputs/clear_gain.h"

#include <algorithm>
#include <cstddef>

namespace xquant::quantize {

double mean(const std::vector<double>& losses) {
  double sum = 0;
  for (const double loss : losses) sum += loss;
  return sum / static_cast<double>(losses.size());
}

bool is_clear_gain(const std::vector<double>& before, const std::vector<double>& after,
                   double errors) {
  const double gain = mean(before) - mean(after);
  double squares = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double deviation = before[i] - after[i] - gain;
    squares += deviation * deviation;
  }
  const auto count = static_cast<double>(before.size());
  return gain > 0 && gain * gain * count * std::max(count - 1, 1.0) > errors * errors * squares;
}

bool takes_over(const std::vector<double>& start, const std::vector<double>& best,
                const std::vector<double>& candidate, double errors) {
  return mean(candidate) < mean(best) && is_clear_gain(start, candidate, errors);
}

}  // namespace xquant::quantize

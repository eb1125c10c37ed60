#pragma once

#include <vector>

namespace xquant::quantize {

double mean(const std::vector<double>& losses);

/// Standard errors that a gain by chance exceeds once in twenty times. Where many candidates
/// compete, a single one is exceeded by one of them as a rule.
inline constexpr double kErrorsOfMany = 1.645;

/// Whether the losses of the same samples fall by more than so many standard errors of their mean
/// difference: less could be the choice of samples.
bool is_clear_gain(const std::vector<double>& before, const std::vector<double>& after,
                   double errors = 1);

/// Whether a candidate takes the place of the best so far: its mean loss is smaller, and it gains
/// clearly over the start that both go from.
bool takes_over(const std::vector<double>& start, const std::vector<double>& best,
                const std::vector<double>& candidate, double errors = 1);

}  // namespace xquant::quantize

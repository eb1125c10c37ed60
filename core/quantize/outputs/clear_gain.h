#pragma once

#include <vector>

namespace xquant::quantize {

double mean(const std::vector<double>& losses);

/// Whether the losses of the same samples fall by more than the standard error of their mean
/// difference: less could be the choice of samples.
bool is_clear_gain(const std::vector<double>& before, const std::vector<double>& after);

/// Whether a candidate takes the place of the best so far: its mean loss is smaller, and it gains
/// clearly over the start that both go from.
bool takes_over(const std::vector<double>& start, const std::vector<double>& best,
                const std::vector<double>& candidate);

}  // namespace xquant::quantize

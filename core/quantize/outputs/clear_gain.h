#pragma once

#include <vector>

namespace xquant::quantize {

double mean(const std::vector<double>& losses);

/// Whether the losses of the same samples fall by more than the standard error of their mean
/// difference: less could be the choice of samples.
bool is_clear_gain(const std::vector<double>& before, const std::vector<double>& after);

}  // namespace xquant::quantize

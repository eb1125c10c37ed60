#pragma once

#include <cstdint>
#include <vector>

namespace xquant::quantize {

/// How much reconstruction looks at and tries.
struct Effort {
  double work = 16e9;  ///< multiplications of one pass over the samples
  std::int64_t most_samples = 128;
  std::int64_t rows_per_input = 32;  ///< of a layer, over all samples
  std::int64_t fewest_rows = 8192;
  std::int64_t most_rows = 32768;
  /// Strengths of the ridge, as shares of the mean variance of the inputs.
  std::vector<double> ridges{0.003, 0.03, 0.3};
  /// Whether weights that make up for the inputs' error are tried. Where inputs are mostly error,
  /// they shrink the results, which each layer by itself takes for a gain and the whole model does
  /// not.
  bool compensates = true;
  int sweeps = 0;  ///< of coordinate descent over the integers, after second-order rounding
  /// Of coordinate descent for what is read of the results (learning/); 0: none.
  int learning_sweeps = 0;
  /// What a change of the integers costs there, as shares of the mean second moment of the inputs.
  std::vector<double> learning_ridges{0.1, 1, 10};
  double learning_work = 100e9;  ///< multiplications of all layers' learned rounding
};

/// What finetune_level 3 tries beside the default.
inline Effort thorough_effort() {
  return {.work = 64e9,
          .most_samples = 256,
          .rows_per_input = 48,
          .fewest_rows = 16384,
          .most_rows = 65536,
          .ridges = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3},
          .sweeps = 8,
          .learning_sweeps = 4};
}

/// The default with learned rounding on top.
inline Effort learning_effort() { return {.learning_sweeps = 4}; }

}  // namespace xquant::quantize

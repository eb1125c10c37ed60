#pragma once

#include <limits>
#include <string>
#include <vector>

#include "config/config.h"
#include "report/analysis.h"

namespace xquant::report {

/// Why an operator loses accuracy, and what to do about it.
struct Advice {
  std::string op;      ///< "<node name>[<type>]"
  std::string tensor;  ///< its result
  double isolated_snr =
      0;  ///< noise over signal that the operator adds by itself, or adds to its worst part
  double accumulated_snr = 0;  ///< noise over signal of its result in the quantized model
  std::string cause;           ///< a sentence
  std::string action;          ///< a sentence
  std::string json;  ///< what to put into the configuration, one line; "" when nothing there helps
  /// Signal over noise of the model's outputs as it is, and with this operator float: dB on a few
  /// calibration samples (what_if.h). NaN: not measured.
  double outputs_db = std::numeric_limits<double>::quiet_NaN();
  double float_outputs_db = std::numeric_limits<double>::quiet_NaN();
};

/// Operators that get advice at most.
inline constexpr std::size_t kMostAdvice = 10;
/// Below this share of noise an operator needs no advice: 30 dB.
inline constexpr double kHarmlessSnr = 1e-3;

/// The operators whose isolated error is the largest, worst first. A Concat with a part too small
/// for the common step counts by the error of that part.
std::vector<Advice> advise(const Subject& subject, const Analysis& analysis,
                           const config::QuantizationParameters& wishes);

}  // namespace xquant::report

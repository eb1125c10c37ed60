#pragma once

#include <span>
#include <string>

#include "base/diagnostics.h"
#include "report/analysis.h"

namespace xquant::report {

/// What stands above the table.
struct Heading {
  std::string model{};
  std::string settings{};  ///< "target spacemit, minmax, finetune_level 0"
  std::int64_t operators = 0;
  std::int64_t quantized_operators = 0;
  std::int64_t float_bytes = 0;
  std::int64_t quantized_bytes = 0;
  std::span<const Diagnostic> notes{};
  std::span<const std::string> float_islands{};  ///< "name[Type]: reason"
};

/// The analysis as markdown: summary, notes, and one table row for each tensor. Operators come
/// worst first, by the largest SNR of their results; SNR > 0.1 and Cosine < 0.99 are marked red.
std::string markdown(const Heading& heading, const Analysis& analysis);

/// Fixed notation with `digits` decimals, the same on every platform: "0.0123"; "inf", "-inf",
/// "nan".
std::string fixed(double value, int digits);

}  // namespace xquant::report

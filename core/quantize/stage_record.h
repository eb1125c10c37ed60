#pragma once

#include <string>

namespace xquant::quantize {

/// What one stage of fine-tuning did to one tensor, measured on held-back calibration samples.
struct StageRecord {
  std::string stage;   ///< "reconstruction", "equalization", "ranges", ...
  std::string node;    ///< whose operand or result it is
  std::string tensor;  ///< in the float model
  std::string choice;  ///< what was kept, in words
  /// 10 log10(signal / noise) of what the stage looks at, before and after; equal when nothing was
  /// kept.
  double before_db = 0;
  double after_db = 0;
};

}  // namespace xquant::quantize

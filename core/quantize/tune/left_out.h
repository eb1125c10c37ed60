#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.h"

namespace xquant::quantize {

/// What tuning leaves out because the model is too large for it.
struct LeftOut {
  std::vector<std::string> parts;        ///< of the stage: "learned rounding"
  std::vector<std::string> not_learned;  ///< nodes whose layers keep their rounding

  /// XQ-TUN-005 names the parts, XQ-TUN-006 the layers; nothing where nothing is left out.
  void report(int level, Diagnostics& diagnostics) const;
};

}  // namespace xquant::quantize

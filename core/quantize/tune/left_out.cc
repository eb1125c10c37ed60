#include "quantize/tune/left_out.h"

#include <algorithm>
#include <cstddef>

namespace xquant::quantize {
namespace {

/// "a, b, c and 4 more"
std::string listed(const std::vector<std::string>& names, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
    text.append(i == 0 ? "" : ", ").append(names[i]);
  }
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

}  // namespace

void LeftOut::report(int level, Diagnostics& diagnostics) const {
  if (!parts.empty()) {
    diagnostics.info("XQ-TUN-005",
                     "finetune_level " + std::to_string(level) +
                         " leaves out what would take too long on a model of this size: " +
                         listed(parts, parts.size()) + ".");
  }
  if (!not_learned.empty()) {
    constexpr std::size_t kMost = 5;
    diagnostics.info("XQ-TUN-006",
                     "The largest layers keep their rounding as reconstruction found it, learning "
                     "it would take too long: " +
                         listed(not_learned, kMost) + ".");
  }
}

}  // namespace xquant::quantize

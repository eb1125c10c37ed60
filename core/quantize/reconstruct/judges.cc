#include "quantize/reconstruct/judges.h"

#include <algorithm>
#include <numeric>

namespace xquant::quantize {
namespace {

constexpr std::size_t kWidest = 8;

}  // namespace

Judges judges_of(std::size_t outputs, bool one_scale,
                 const std::function<float(std::size_t)>& widest) {
  const std::size_t step = std::max<std::size_t>(outputs / kJudges, 1);
  std::vector<bool> is_wide(outputs, false);
  if (one_scale && step > 1) {
    std::vector<float> widths;
    for (std::size_t o = 0; o < outputs; ++o) widths.push_back(widest(o));
    std::vector<std::size_t> order(outputs);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto is_before = [&](std::size_t a, std::size_t b) {
      return widths[a] != widths[b] ? widths[a] > widths[b] : a < b;
    };
    std::ranges::sort(order, is_before);
    for (std::size_t i = 0; i < std::min(kWidest, outputs); ++i) is_wide[order[i]] = true;
  }
  Judges judges;
  std::size_t spread = 0, wide = 0;
  for (std::size_t o = 0; o < outputs; ++o) {
    if (!is_wide[o] && o % step != 0) continue;
    judges.outputs.push_back(o);
    (is_wide[o] ? wide : spread) += 1;
  }
  const double share = static_cast<double>(outputs - wide) / static_cast<double>(spread);
  for (const std::size_t o : judges.outputs) judges.shares.push_back(is_wide[o] ? 1.0 : share);
  return judges;
}

}  // namespace xquant::quantize

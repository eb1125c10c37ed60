#include "config/suggest.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace xquant::config {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Insertions, deletions, substitutions and swaps of neighbours that lead from a to b (optimal
/// string alignment), upper and lower case alike.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool equal = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (equal ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view written, std::span<const std::string> candidates) {
  std::string best;
  // A third of the letters may be wrong, at least one.
  std::size_t limit = std::max<std::size_t>(1, written.size() / 3);
  for (const std::string& candidate : candidates) {
    // So many letters are missing at least.
    const std::size_t longer = std::max(written.size(), candidate.size());
    if (longer - std::min(written.size(), candidate.size()) > limit) continue;
    const std::size_t distance = edit_distance(written, candidate);
    if (distance < limit || (distance == limit && best.empty())) {
      best = candidate;
      limit = distance;
    }
  }
  return best;
}

}  // namespace xquant::config

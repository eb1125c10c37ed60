#include "conformance/exclusions.h"

#include <sstream>
#include <string_view>

#include "base/files.h"

namespace xquant::conformance {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] != '*')
    return !text.empty() && pattern[0] == text[0] && matches(pattern.substr(1), text.substr(1));
  for (std::size_t skip = 0; skip <= text.size(); ++skip) {
    if (matches(pattern.substr(1), text.substr(skip))) return true;
  }
  return false;
}

}  // namespace

std::vector<Exclusion> load_exclusions(const std::string& path) {
  DiskFiles files;
  std::istringstream lines(files.read(path));
  std::vector<Exclusion> exclusions;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t space = line.find(' ');
    exclusions.push_back(
        {line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1)});
  }
  return exclusions;
}

const Exclusion* find_exclusion(std::vector<Exclusion>& exclusions, const std::string& name) {
  for (Exclusion& exclusion : exclusions) {
    if (!matches(exclusion.pattern, name)) continue;
    ++exclusion.matches;
    return &exclusion;
  }
  return nullptr;
}

}  // namespace xquant::conformance

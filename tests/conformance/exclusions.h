#pragma once

#include <string>
#include <vector>

namespace xquant::conformance {

/// A line of excluded.txt: cases that need not pass, and why.
struct Exclusion {
  std::string pattern;  ///< a case's name; '*' stands for any characters
  std::string reason;
  int matches = 0;
};

/// Lines "<pattern> <reason>"; those that are empty or start with # are comments.
std::vector<Exclusion> load_exclusions(const std::string& path);

/// The first that matches, counted; nullptr when none does.
const Exclusion* find_exclusion(std::vector<Exclusion>& exclusions, const std::string& name);

}  // namespace xquant::conformance

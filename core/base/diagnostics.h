#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace xquant {

enum class Severity { kInfo, kWarning };

/// Something the user should know that does not stop the run: a fallback, an ignored key, a float
/// island.
struct Diagnostic {
  Severity severity = Severity::kInfo;
  std::string code;  ///< stable, "XQ-CFG-101"
  std::string message;
  Place place;
  std::string fix;

  std::string to_string() const;
};

/// Collects diagnostics in the order in which they arise. Not thread-safe: one collector, one
/// thread.
class Diagnostics {
 public:
  void info(std::string code, std::string message, Place place = {}, std::string fix = {});
  void warn(std::string code, std::string message, Place place = {}, std::string fix = {});
  void add(Diagnostic diagnostic) { items_.push_back(std::move(diagnostic)); }
  std::span<const Diagnostic> items() const { return items_; }

 private:
  std::vector<Diagnostic> items_;
};

std::string_view name(Severity severity);

}  // namespace xquant

#include "base/diagnostics.h"

#include <utility>

#include "base/printable.h"

namespace xquant {

std::string Diagnostic::to_string() const {
  std::string text = std::string(name(severity)) + ": " + message + " [" + code + "]";
  if (!place.empty()) text += " (" + place.to_string() + ")";
  if (!fix.empty()) text += " " + fix;
  return printable(text);
}

void Diagnostics::info(std::string code, std::string message, Place place, std::string fix) {
  add({Severity::kInfo, std::move(code), std::move(message), std::move(place), std::move(fix)});
}

void Diagnostics::warn(std::string code, std::string message, Place place, std::string fix) {
  add({Severity::kWarning, std::move(code), std::move(message), std::move(place), std::move(fix)});
}

std::string_view name(Severity severity) {
  return severity == Severity::kInfo ? "info" : "warning";
}

}  // namespace xquant

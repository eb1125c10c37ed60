#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/command_line.h"

namespace xquant::cli {

/// A flag, what it does with its value (flags without a value get ""), and which commands know it.
struct Flag {
  std::string_view name;
  std::string_view letter;
  bool takes_value;
  unsigned commands;  ///< bits 1 << Action
  void (*set)(CommandLine&, const std::string&);
};

std::span<const Flag> all_flags();
/// The flag of that name or letter, or nullptr.
const Flag* find_flag(std::string_view name);

/// Throws Error(kUsage) when the command does not know the flag.
void require_known(const Flag& flag, Action command);

Error usage(const std::string& message, const std::string& fix);

}  // namespace xquant::cli

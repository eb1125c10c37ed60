#pragma once

#include <string>
#include <string_view>

#include "base/diagnostics.h"
#include "config/config.h"

namespace xquant::config {

struct ParseOptions {
  bool strict = false;  ///< an unknown or duplicate key is an error instead of a warning
};

/// Reads a configuration: JSON with comments and trailing commas, validated against schema().
/// file_name is used in places only. Throws Error(kConfig) with pointer, line and column.
Config parse(std::string_view text, const std::string& file_name, Diagnostics& diagnostics,
             ParseOptions options = {});

/// The JSON Schema (draft 2020-12) of the configuration, as text.
std::string_view schema();

}  // namespace xquant::config

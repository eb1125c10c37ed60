#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace xquant::config {

/// Line and column of a byte offset.
Position position_at(std::string_view text, std::size_t offset);

/// The text with comments, trailing commas and a byte order mark replaced by spaces, so that
/// offsets, lines and columns stay the same. Throws Error(kConfig) for an unclosed comment or
/// absurdly deep nesting.
std::string to_plain_json(std::string_view text, const std::string& file_name);

/// Where everything stands in a document.
struct Outline {
  Positions values;  ///< pointer -> position of the value; of equal keys the last one
  Positions keys;    ///< pointer -> position of the key that leads to it
  struct Duplicate {
    std::string pointer;
    Position position;
  };
  std::vector<Duplicate> duplicates;  ///< second and later occurrences of a key
};

/// Walks plain, well-formed JSON.
Outline outline(std::string_view json);

/// pointer + "/" + the key with ~ and / escaped (RFC 6901).
std::string child(const std::string& pointer, std::string_view key);
std::string child(const std::string& pointer, std::size_t index);

}  // namespace xquant::config

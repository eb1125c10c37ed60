#pragma once

#include <string>
#include <string_view>

namespace xquant {

/// The text with control characters, but for new lines and tabs, written as \x1b: names of a model
/// or a path may hold any, and must neither end a message nor steer a terminal.
std::string printable(std::string_view text);

}  // namespace xquant

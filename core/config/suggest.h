#pragma once

#include <span>
#include <string>
#include <string_view>

namespace xquant::config {

/// The candidate that is nearest to what was written, when it is near enough to be a slip of the
/// pen; else "".
std::string nearest(std::string_view written, std::span<const std::string> candidates);

}  // namespace xquant::config

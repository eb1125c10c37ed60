#pragma once

#include <string>
#include <string_view>

namespace xquant::data {

/// What the structure of a JPEG, PNG, BMP or WebP file says of its being damaged or cut off: "" or
/// the reason, to stand behind a colon. The decoder of the first three accepts such files and fills
/// in what is missing.
std::string image_damage(std::string_view file);

}  // namespace xquant::data

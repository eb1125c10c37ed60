#pragma once

#include <cstddef>
#include <string_view>

namespace xquant::config {

/// Bytes up to the first that is no UTF-8 (RFC 3629: shortest forms, no surrogates, nothing above
/// U+10FFFF); text.size() when all is.
std::size_t valid_utf8(std::string_view text);

}  // namespace xquant::config

#pragma once

#include <span>

namespace xquant::data {

/// The orientation (1..8, Exif 2.3 section 4.6.4 tag 0x0112) that a JPEG, PNG or WebP file asks
/// for; 1 when it says nothing or something unreadable.
int exif_orientation(std::span<const char> file);

}  // namespace xquant::data

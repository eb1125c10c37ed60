#pragma once

#include <string>
#include <string_view>

#include "data/image.h"

namespace xquant::data {

/// Whether the file begins as a WebP file does.
bool is_webp(std::string_view file);

/// Why the structure of a WebP file says that it is cut off, to stand behind a colon, or "".
std::string webp_damage(std::string_view file);

/// The Exif data of a WebP file, which begins as TIFF; "" when there is none, or the header of the
/// file does not announce it.
std::string_view webp_exif(std::string_view file);

/// Decodes a WebP file, lossy or lossless, as decode_image says, in the orientation in which it is
/// stored. file names it in errors. Throws Error(kData), for an animation too.
Image decode_webp(std::string_view bytes, const std::string& file);

}  // namespace xquant::data

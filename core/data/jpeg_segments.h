#pragma once

#include <string_view>

namespace xquant::data {

/// Whether every Huffman table of the JPEG file has at most 256 codes, as the standard says. The
/// decoder does not look and would write beyond the end of its own tables.
bool has_sound_huffman_tables(std::string_view jpeg);

/// Whether it is said what the components mean: of four, which may be CMYK as it is or inverted,
/// only Adobe's segment tells, and the decoder would drop the fourth.
bool has_known_colors(std::string_view jpeg);

}  // namespace xquant::data

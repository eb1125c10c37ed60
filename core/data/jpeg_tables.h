#pragma once

#include <string_view>

namespace xquant::data {

/// Whether every Huffman table of the JPEG file has at most 256 codes, as the standard says. The
/// decoder does not look and would write beyond the end of its own tables.
bool has_sound_huffman_tables(std::string_view jpeg);

}  // namespace xquant::data

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/image.h"

namespace xquant::data {

/// The lines of a file of golden/, each split at blanks. make_golden.py writes them.
std::vector<std::vector<std::string>> golden_lines(const std::string& file);
/// What a failed comparison with a golden file should say.
std::string how_to_regenerate();

std::string from_hex(std::string_view hex);
/// 64-bit FNV-1a, 16 hexadecimal digits.
std::string hash(std::string_view bytes);
std::string_view as_text(std::span<const std::uint8_t> bytes);

/// The picture that make_golden.py calls picture(seed, width, height, channels).
Image picture(std::uint32_t seed, int width, int height, int channels);

}  // namespace xquant::data

#include "data/image_damage.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "data/jpeg_segments.h"
#include "data/webp.h"

namespace xquant::data {
namespace {

std::uint32_t stored(std::string_view file, std::size_t at, std::size_t size, bool big_endian) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t from = big_endian ? at + i : at + size - 1 - i;
    value = value << 8U | (from < file.size() ? static_cast<unsigned char>(file[from]) : 0U);
  }
  return value;
}

// ---- JPEG

std::string jpeg_damage(std::string_view file) {
  if (file.rfind("\xFF\xD9") == std::string_view::npos) return "the JPEG data ends early";
  if (!has_sound_huffman_tables(file)) return "a Huffman table of it is damaged";
  if (!has_known_colors(file)) return "it has four components and does not say which colors";
  return "";
}

// ---- PNG

constexpr std::array<std::uint32_t, 256> crc_table() {
  constexpr std::uint32_t kPolynomial = 0xEDB88320;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit)
      table[i] = table[i] >> 1U ^ ((table[i] & 1U) != 0 ? kPolynomial : 0U);
  }
  return table;
}

std::uint32_t crc(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = crc_table();
  std::uint32_t value = 0xFFFFFFFF;
  for (const char c : bytes)
    value = value >> 8U ^ kTable[(value ^ static_cast<unsigned char>(c)) & 0xFFU];
  return ~value;
}

/// Every chunk is length, name, data and the checksum of name and data. A name in a small letter
/// belongs to what pixels do not depend on.
std::string png_damage(std::string_view file) {
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = stored(file, at, 4, true);
    const std::string_view name = file.substr(at + 4, 4);
    if (length > file.size() - at - 12) break;
    const bool is_needed = name[0] >= 'A' && name[0] <= 'Z';
    if (is_needed && crc(file.substr(at + 4, length + 4)) != stored(file, at + 8 + length, 4, true))
      return "a checksum in it is wrong";
    if (name == "IEND") return "";
    at += 12 + length;
  }
  return "the PNG data ends early";
}

// ---- BMP

std::string bmp_damage(std::string_view file) {
  constexpr std::uint32_t kOldHeader = 12;
  const std::uint64_t pixels = stored(file, 10, 4, false);
  const bool is_old = stored(file, 14, 4, false) == kOldHeader;
  const std::size_t wide = is_old ? 2 : 4;
  const auto extent = [&](std::size_t index) {
    const std::uint32_t value = stored(file, 18 + index * wide, wide, false);
    const std::int64_t side =
        is_old ? std::int64_t{value} : std::int64_t{static_cast<std::int32_t>(value)};
    return static_cast<std::uint64_t>(std::abs(side));  // negative: rows from top to bottom
  };
  const std::uint64_t width = extent(0);
  const std::uint64_t height = extent(1);
  const std::uint64_t bits = stored(file, 20 + 2 * wide, 2, false);
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 32;  // leaves room for the products
  if (height == 0 || width == 0 || width * bits > kLargest) return "";  // the decoder's to refuse
  const std::uint64_t row = (width * bits + 31) / 32 * 4;
  // The last row may lack its filling.
  const std::uint64_t end = pixels + (height - 1) * row + (width * bits + 7) / 8;
  const bool is_packed = !is_old && stored(file, 30, 4, false) == 1;
  return file.size() < end && !is_packed ? "the BMP data ends early" : "";
}

}  // namespace

std::string image_damage(std::string_view file) {
  if (file.starts_with("\xFF\xD8")) return jpeg_damage(file);
  if (file.starts_with("\x89PNG\r\n\x1A\n")) return png_damage(file);
  if (file.starts_with("BM")) return bmp_damage(file);
  return is_webp(file) ? webp_damage(file) : "";
}

}  // namespace xquant::data

#include "data/exif.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "data/webp.h"

namespace xquant::data {
namespace {

using Bytes = std::span<const char>;

std::uint32_t number(Bytes bytes, std::size_t at, std::size_t size, bool big_endian) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t from = big_endian ? at + i : at + size - 1 - i;
    value = value << 8 | static_cast<unsigned char>(bytes[from]);
  }
  return value;
}

bool starts_with(Bytes bytes, std::string_view text) {
  return std::string_view(bytes.data(), bytes.size()).starts_with(text);
}

/// Reads the first image file directory of a TIFF structure.
int tiff_orientation(Bytes tiff) {
  constexpr std::uint32_t kOrientation = 0x0112;
  constexpr std::uint32_t kShort = 3;
  if (tiff.size() < 8) return 1;
  const bool big_endian = tiff[0] == 'M';
  if (number(tiff, 2, 2, big_endian) != 42) return 1;
  const std::size_t directory = number(tiff, 4, 4, big_endian);
  if (directory > tiff.size() - 2) return 1;
  const std::size_t entries = number(tiff, directory, 2, big_endian);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.size()) return 1;
    if (number(tiff, entry, 2, big_endian) != kOrientation) continue;
    if (number(tiff, entry + 2, 2, big_endian) != kShort) return 1;
    const std::uint32_t value = number(tiff, entry + 8, 2, big_endian);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

/// Walks the marker segments before the first scan to the APP1 segment that holds Exif data.
int jpeg_orientation(Bytes file) {
  std::size_t at = 2;
  while (at + 4 <= file.size()) {
    if (static_cast<unsigned char>(file[at]) != 0xFF) return 1;
    const auto marker = static_cast<unsigned char>(file[at + 1]);
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9) return 1;
    const std::size_t size = number(file, at + 2, 2, true);
    if (size < 2 || at + 2 + size > file.size()) return 1;
    const Bytes body = file.subspan(at + 4, size - 2);
    if (marker == 0xE1 && starts_with(body, std::string_view("Exif\0\0", 6))) {
      return tiff_orientation(body.subspan(6));
    }
    at += 2 + size;
  }
  return 1;
}

/// Walks the chunks to eXIf, which may stand before or behind the pixels.
int png_orientation(Bytes file) {
  std::size_t at = 8;
  while (at + 12 <= file.size()) {
    const std::size_t size = number(file, at, 4, true);
    if (size > file.size() - at - 12) return 1;
    if (starts_with(file.subspan(at + 4), "eXIf"))
      return tiff_orientation(file.subspan(at + 8, size));
    at += 12 + size;
  }
  return 1;
}

}  // namespace

int exif_orientation(std::span<const char> file) {
  if (starts_with(file, "\xFF\xD8")) return jpeg_orientation(file);
  if (starts_with(file, "\x89PNG\r\n\x1A\n")) return png_orientation(file);
  const std::string_view content(file.data(), file.size());
  return is_webp(content) ? tiff_orientation(webp_exif(content)) : 1;
}

}  // namespace xquant::data

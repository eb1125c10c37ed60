#include "data/jpeg_tables.h"

#include <algorithm>
#include <cstddef>

namespace xquant::data {
namespace {

constexpr unsigned kRestart = 0xD0, kEnd = 0xD9, kTables = 0xC4, kTemporary = 0x01;

unsigned byte(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// at: the first table of a segment, of which size bytes are left. As the decoder does, the last
/// table is read to its end wherever the segment ends.
bool are_sound(std::string_view jpeg, std::size_t at, std::size_t size) {
  constexpr std::size_t kLengths = 16;
  for (const std::size_t end = at + size; at < end;) {
    std::size_t codes = 0;
    for (std::size_t i = 1; i <= kLengths; ++i) codes += byte(jpeg, at + i);
    if (codes > 256) return false;
    at += 1 + kLengths + codes;
  }
  return true;
}

}  // namespace

bool has_sound_huffman_tables(std::string_view jpeg) {
  // Between segments, coded data included, the next marker is a byte 255 before one that is neither
  // 0 (a coded 255) nor 255 (filling).
  for (std::size_t at = jpeg.find('\xFF'); at < jpeg.size(); at = jpeg.find('\xFF', at)) {
    const unsigned marker = byte(jpeg, at + 1);
    if (marker == 0 || marker == 0xFF || marker == kTemporary ||
        (marker >= kRestart && marker <= kEnd)) {
      at += marker == 0xFF ? 1 : 2;
      continue;
    }
    const std::size_t size = std::max(2U, byte(jpeg, at + 2) << 8U | byte(jpeg, at + 3));
    if (marker == kTables && !are_sound(jpeg, at + 4, size - 2)) return false;
    at += 2 + size;
  }
  return true;
}

}  // namespace xquant::data

#include "data/jpeg_segments.h"

#include <algorithm>
#include <cstddef>

namespace xquant::data {
namespace {

constexpr unsigned kRestart = 0xD0, kEnd = 0xD9, kTables = 0xC4, kTemporary = 0x01, kAdobe = 0xEE;

unsigned byte(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// Calls visit(marker, begin of the content, its size) for each segment until that returns false;
/// whether it never did.
template <typename Visit>
bool all_segments(std::string_view jpeg, Visit&& visit) {
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
    if (!visit(marker, at + 4, size - 2)) return false;
    at += 2 + size;
  }
  return true;
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

/// Baseline, extended or progressive: what the decoder knows.
bool begins_frame(unsigned marker) { return marker >= 0xC0 && marker <= 0xC2; }

}  // namespace

bool has_sound_huffman_tables(std::string_view jpeg) {
  return all_segments(jpeg, [&](unsigned marker, std::size_t at, std::size_t size) {
    return marker != kTables || are_sound(jpeg, at, size);
  });
}

bool has_known_colors(std::string_view jpeg) {
  bool has_four = false;
  bool is_adobe = false;
  all_segments(jpeg, [&](unsigned marker, std::size_t at, std::size_t) {
    if (begins_frame(marker)) has_four = byte(jpeg, at + 5) == 4;
    if (marker == kAdobe)
      is_adobe = is_adobe || jpeg.substr(std::min(at, jpeg.size())).starts_with("Adobe");
    return true;
  });
  return is_adobe || !has_four;
}

}  // namespace xquant::data

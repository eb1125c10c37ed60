#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xquant::data {

/// Pixels of 8 bits, interleaved, row by row, without padding. Three channels are in the order R,
/// G, B.
struct Image {
  int width = 0;
  int height = 0;
  int channels = 3;
  std::vector<std::uint8_t> pixels{};  ///< height * width * channels

  bool operator==(const Image&) const = default;
};

/// Decodes a JPEG, PNG, BMP or WebP file to three channels: grey is repeated, palettes looked up,
/// alpha is dropped without blending, 16 bits keep their upper 8, the EXIF orientation is applied.
/// file names the image in errors. Throws Error(kData).
Image decode_image(std::span<const char> bytes, const std::string& file);

/// Swaps the first and the third channel: R, G, B <-> B, G, R.
Image swap_red_blue(Image image);

/// Luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, in 15-bit fixed point, of an R, G, B image.
Image to_grey(const Image& rgb);

}  // namespace xquant::data

#include "data/webp.h"

#include <webp/decode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "data/image_error.h"

namespace xquant::data {
namespace {

constexpr std::size_t kRiffHeader = 12;  // "RIFF", the size of what follows it, "WEBP"
constexpr std::size_t kChunkHeader = 8;  // name and size

std::size_t size_at(std::string_view file, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8U | static_cast<unsigned char>(file[at + i]);
  return value;
}

/// What the file says of its own end.
std::uint64_t claimed_size(std::string_view file) {
  return std::uint64_t{size_at(file, 4)} + kChunkHeader;
}

const std::uint8_t* unsigned_data(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

std::string reason(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
      return "the memory does not suffice for it";
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return "the WebP data ends early";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return "it has parts that the decoder does not know";
    default:
      return "the WebP data is damaged";
  }
}

}  // namespace

bool is_webp(std::string_view file) {
  return file.size() >= kRiffHeader && file.starts_with("RIFF") && file.substr(8, 4) == "WEBP";
}

std::string webp_damage(std::string_view file) {
  return file.size() < claimed_size(file) ? "the WebP data ends early" : "";
}

std::string_view webp_exif(std::string_view file) {
  constexpr unsigned kHasExif = 0x08;
  constexpr std::string_view kJpegPrefix("Exif\0\0", 6);
  const std::uint64_t end = std::min<std::uint64_t>(file.size(), claimed_size(file));
  if (end < kRiffHeader) return {};
  const std::string_view chunks =
      file.substr(kRiffHeader, static_cast<std::size_t>(end) - kRiffHeader);
  if (!chunks.starts_with("VP8X") || chunks.size() <= kChunkHeader) return {};
  if ((static_cast<unsigned char>(chunks[kChunkHeader]) & kHasExif) == 0) return {};
  for (std::size_t at = 0; at + kChunkHeader <= chunks.size();) {
    const std::size_t size = size_at(chunks, at + 4);
    const std::string_view content = chunks.substr(at + kChunkHeader);
    if (size > content.size()) break;
    if (chunks.substr(at, 4) == "EXIF") {
      std::string_view exif = content.substr(0, size);
      // Not as the format has it, but some programs write what a JPEG holds.
      if (exif.starts_with(kJpegPrefix)) exif.remove_prefix(kJpegPrefix.size());
      return exif;
    }
    at += kChunkHeader + size + size % 2;
  }
  return {};
}

Image decode_webp(std::string_view bytes, const std::string& file) {
  WebPDecoderConfig config;
  WebPInitDecoderConfig(&config);
  VP8StatusCode status = WebPGetFeatures(unsigned_data(bytes), bytes.size(), &config.input);
  if (status != VP8_STATUS_OK) throw cannot_decode(file, reason(status));
  if (config.input.has_animation != 0)
    throw cannot_decode(file, "it is an animation", "Save one picture of it as a still image.");
  check_size(config.input.width, config.input.height, file);

  Image image{.width = config.input.width, .height = config.input.height, .channels = 3};
  const std::size_t row = static_cast<std::size_t>(image.width) * 3;
  image.pixels.resize(row * static_cast<std::size_t>(image.height));
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {
      .rgba = image.pixels.data(), .stride = static_cast<int>(row), .size = image.pixels.size()};
  status = WebPDecode(unsigned_data(bytes), bytes.size(), &config);
  if (status != VP8_STATUS_OK) throw cannot_decode(file, reason(status));
  return image;
}

}  // namespace xquant::data

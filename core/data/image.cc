#include "data/image.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "data/exif.h"
#include "data/image_damage.h"
#include "data/image_error.h"
#include "data/stb_image_options.h"
#include "data/webp.h"

namespace xquant::data {
namespace {

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xFF\xD8"); }

void check_format(std::string_view bytes, const std::string& file) {
  if (bytes.empty()) throw cannot_decode(file, "the file is empty");
  if (!is_jpeg(bytes) && !bytes.starts_with("\x89PNG") && !bytes.starts_with("BM") &&
      !is_webp(bytes)) {
    throw cannot_decode(file, "it is neither JPEG, PNG, BMP nor WebP",
                        "Convert it, or prepare the data as .npy files (file_type npy).");
  }
  const std::string damage = image_damage(bytes);
  if (!damage.empty()) throw cannot_decode(file, damage);
}

/// The source position of a pixel of the upright image, for each value of the Exif orientation tag.
std::pair<int, int> upright(int orientation, int x, int y, int width, int height) {
  switch (orientation) {
    case 2:
      return {width - 1 - x, y};
    case 3:
      return {width - 1 - x, height - 1 - y};
    case 4:
      return {x, height - 1 - y};
    case 5:
      return {y, x};
    case 6:
      return {y, height - 1 - x};
    case 7:
      return {width - 1 - y, height - 1 - x};
    case 8:
      return {width - 1 - y, x};
    default:
      return {x, y};
  }
}

Image orient(Image image, int orientation) {
  if (orientation == 1) return image;
  Image result = image;
  if (orientation >= 5) std::swap(result.width, result.height);
  std::size_t at = 0;
  for (int y = 0; y < result.height; ++y) {
    for (int x = 0; x < result.width; ++x) {
      const auto [from_x, from_y] = upright(orientation, x, y, image.width, image.height);
      const std::size_t from =
          (static_cast<std::size_t>(from_y) * static_cast<std::size_t>(image.width) +
           static_cast<std::size_t>(from_x)) *
          3;
      for (std::size_t c = 0; c < 3; ++c) result.pixels[at++] = image.pixels[from + c];
    }
  }
  return result;
}

/// JPEG, PNG and BMP.
Image decode_with_stb(std::string_view bytes, const std::string& file) {
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  int width = 0;
  int height = 0;
  int channels = 0;
  // Without a header there is nothing to allocate, and only the attempt to decode tells the reason.
  const bool has_header = stbi_info_from_memory(data, size, &width, &height, &channels) != 0;
  // A BMP with rows from top to bottom has a negative height.
  if (has_header) check_size(width, std::abs(std::int64_t{height}), file);
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_from_memory(data, size, &width, &height, &channels, 3), &stbi_image_free);
  if (!pixels) throw cannot_decode(file, stbi_failure_reason());
  Image image{.width = width, .height = height, .channels = 3};
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
  image.pixels.assign(pixels.get(), pixels.get() + count);
  return image;
}

}  // namespace

Image decode_image(std::span<const char> bytes, const std::string& file) {
  const std::string_view content(bytes.data(), bytes.size());
  check_format(content, file);
  if (bytes.size() > static_cast<std::size_t>(INT32_MAX))
    throw cannot_decode(file, "the file is larger than 2 GB");
  Image image = is_webp(content) ? decode_webp(content, file) : decode_with_stb(content, file);
  return orient(std::move(image), exif_orientation(bytes));
}

Image swap_red_blue(Image image) {
  for (std::size_t i = 0; i + 2 < image.pixels.size(); i += 3) {
    std::swap(image.pixels[i], image.pixels[i + 2]);
  }
  return image;
}

Image to_grey(const Image& rgb) {
  constexpr int kBits = 15;
  constexpr std::array<int, 3> kWeights{9798, 19235, 3735};  // sum to 1 << kBits
  Image grey{.width = rgb.width, .height = rgb.height, .channels = 1};
  grey.pixels.reserve(rgb.pixels.size() / 3);
  for (std::size_t i = 0; i + 2 < rgb.pixels.size(); i += 3) {
    const int luma = rgb.pixels[i] * kWeights[0] + rgb.pixels[i + 1] * kWeights[1] +
                     rgb.pixels[i + 2] * kWeights[2];
    grey.pixels.push_back(static_cast<std::uint8_t>((luma + (1 << (kBits - 1))) >> kBits));
  }
  return grey;
}

}  // namespace xquant::data

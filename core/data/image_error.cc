#include "data/image_error.h"

namespace xquant::data {

Error cannot_decode(const std::string& file, const std::string& why, const std::string& fix) {
  return Error(ErrorKind::kData, "XQ-DAT-001",
               "Cannot decode the image '" + file + "': " + why + ".", {.file = file}, fix);
}

void check_size(std::int64_t width, std::int64_t height, const std::string& file) {
  constexpr std::int64_t kMaxPixels = std::int64_t{1} << 27;  // 400 MB decoded
  if (width <= 0 || height <= 0) throw cannot_decode(file, "it has no pixels");
  if (width * height > kMaxPixels) {
    throw cannot_decode(file,
                        std::to_string(width) + " x " + std::to_string(height) +
                            " pixels are more than " + std::to_string(kMaxPixels),
                        "Scale it down first.");
  }
}

}  // namespace xquant::data

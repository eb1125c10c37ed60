// Runs image functions on jobs from standard input, so that another program can compare the pixels.
//
// A job is one line "decode <bytes>", "area|bilinear <width> <height> <channels> <new width> <new
// height>" or "grey <width> <height>", followed by the file or the pixels. The answer is a line
// "<width> <height> <channels>" and the pixels, or a line "error <text>".
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include "base/error.h"
#include "data/image.h"
#include "data/resize.h"

namespace {

using xquant::data::Image;

std::string take(std::size_t size) {
  std::string bytes(size, '\0');
  std::cin.read(bytes.data(), static_cast<std::streamsize>(size));
  return bytes;
}

Image take_image(int width, int height, int channels) {
  Image image{.width = width, .height = height, .channels = channels};
  const std::string bytes = take(static_cast<std::size_t>(width * height * channels));
  image.pixels.assign(bytes.begin(), bytes.end());
  return image;
}

Image run(const std::string& line) {
  std::istringstream words(line);
  std::string job;
  words >> job;
  if (job == "decode") {
    std::size_t size = 0;
    words >> size;
    return xquant::data::decode_image(take(size), "(input)");
  }
  int width = 0;
  int height = 0;
  if (job == "grey") {
    words >> width >> height;
    return xquant::data::to_grey(take_image(width, height, 3));
  }
  int channels = 0;
  int new_width = 0;
  int new_height = 0;
  words >> width >> height >> channels >> new_width >> new_height;
  const Image image = take_image(width, height, channels);
  return job == "area" ? xquant::data::resize_area(image, new_width, new_height)
                       : xquant::data::resize_bilinear(image, new_width, new_height);
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      const Image image = run(line);
      std::cout << image.width << ' ' << image.height << ' ' << image.channels << '\n';
      std::cout.write(reinterpret_cast<const char*>(image.pixels.data()),
                      static_cast<std::streamsize>(image.pixels.size()));
    } catch (const xquant::Error& error) {
      std::cout << "error " << error.what() << '\n';
    }
    std::cout.flush();
  }
  return 0;
}

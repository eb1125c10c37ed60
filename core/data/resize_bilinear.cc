#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "data/resize.h"

namespace xquant::data {
namespace {

// 8 bits of a pixel and 2 bits of headroom leave 22 fractional bits of a 32-bit sum.
constexpr int kFractionBits = 22;
constexpr int kHalf = 1 << (kFractionBits - 1);

/// The source pixels [first, first + weights.size()) that one target pixel is made of.
struct Window {
  int first;
  std::vector<int> weights;  ///< sum to about 1 << kFractionBits
};

double triangle(double x) {
  const double distance = std::abs(x);
  return distance < 1.0 ? 1.0 - distance : 0.0;
}

int to_fixed(double weight) {
  const double scaled = weight * (1 << kFractionBits);
  return static_cast<int>(weight < 0.0 ? scaled - 0.5 : scaled + 0.5);
}

/// The triangle is stretched by the shrink factor, so that every source pixel is seen
/// (antialiasing).
std::vector<Window> windows(int source, int target) {
  const double scale = static_cast<double>(source) / target;
  const double stretch = std::max(scale, 1.0);
  const double inverse = 1.0 / stretch;
  std::vector<Window> result;
  result.reserve(static_cast<std::size_t>(target));
  for (int i = 0; i < target; ++i) {
    const double centre = (i + 0.5) * scale;
    // Rounded as Pillow does, whose pixels these are: NOLINTBEGIN(bugprone-incorrect-roundings)
    const int first = std::max(static_cast<int>(centre - stretch + 0.5), 0);
    const int end = std::min(static_cast<int>(centre + stretch + 0.5), source);
    // NOLINTEND(bugprone-incorrect-roundings)
    std::vector<double> weights(static_cast<std::size_t>(end - first));
    double sum = 0.0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      weights[k] = triangle((static_cast<double>(k) + first - centre + 0.5) * inverse);
      sum += weights[k];
    }
    Window window{first, {}};
    for (const double weight : weights) {
      window.weights.push_back(to_fixed(sum != 0.0 ? weight / sum : weight));
    }
    result.push_back(std::move(window));
  }
  return result;
}

/// One target value from pixels that are stride bytes apart.
std::uint8_t weigh(const std::uint8_t* in, std::ptrdiff_t stride, const Window& window) {
  int sum = kHalf;
  const std::uint8_t* pixel = in + window.first * stride;
  for (const int weight : window.weights) {
    sum += *pixel * weight;
    pixel += stride;
  }
  return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

Image resize_rows(const Image& image, int width) {
  Image result{.width = width, .height = image.height, .channels = image.channels};
  const std::vector<Window> columns = windows(image.width, width);
  result.pixels.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(image.height) *
                        static_cast<std::size_t>(image.channels));
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(image.width) * image.channels;
  for (int y = 0; y < image.height; ++y) {
    for (const Window& window : columns) {
      for (int c = 0; c < image.channels; ++c) {
        result.pixels.push_back(weigh(image.pixels.data() + y * row + c, image.channels, window));
      }
    }
  }
  return result;
}

Image resize_columns(const Image& image, int height) {
  Image result{.width = image.width, .height = height, .channels = image.channels};
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(image.width) * image.channels;
  result.pixels.reserve(static_cast<std::size_t>(row) * static_cast<std::size_t>(height));
  for (const Window& window : windows(image.height, height)) {
    for (std::ptrdiff_t i = 0; i < row; ++i) {
      result.pixels.push_back(weigh(image.pixels.data() + i, row, window));
    }
  }
  return result;
}

}  // namespace

Image resize_bilinear(const Image& image, int width, int height) {
  if (width < 1 || height < 1 || image.width < 1 || image.height < 1) {
    throw Error(ErrorKind::kInternal, "XQ-INT-020",
                "An image cannot be resized to or from nothing.");
  }
  // Rows first: the 8-bit intermediate image makes the order of the passes visible.
  Image result = width == image.width ? image : resize_rows(image, width);
  return height == result.height ? result : resize_columns(result, height);
}

Image crop(const Image& image, int left, int top, int width, int height) {
  if (left < 0 || top < 0 || width < 1 || height < 1 || left + width > image.width ||
      top + height > image.height) {
    throw Error(ErrorKind::kInternal, "XQ-INT-021", "The crop does not lie inside the image.");
  }
  Image result{.width = width, .height = height, .channels = image.channels};
  const std::size_t row =
      static_cast<std::size_t>(width) * static_cast<std::size_t>(image.channels);
  for (int y = 0; y < height; ++y) {
    const std::size_t begin =
        (static_cast<std::size_t>(top + y) * static_cast<std::size_t>(image.width) +
         static_cast<std::size_t>(left)) *
        static_cast<std::size_t>(image.channels);
    const auto from = image.pixels.begin() + static_cast<std::ptrdiff_t>(begin);
    result.pixels.insert(result.pixels.end(), from, from + static_cast<std::ptrdiff_t>(row));
  }
  return result;
}

}  // namespace xquant::data

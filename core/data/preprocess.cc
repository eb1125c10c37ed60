#include "data/preprocess.h"

#include <cmath>
#include <cstddef>
#include <utility>

#include "data/resize.h"

namespace xquant::data {
namespace {

/// size * numerator / denominator, rounded down.
int scaled(int size, int numerator, int denominator) {
  return static_cast<int>(static_cast<double>(std::int64_t{size} * numerator) / denominator);
}

Image shorter_side(const Image& image, int height) {
  const int side = static_cast<int>(height / 0.875);
  const bool upright = image.height > image.width;
  const int width_now = upright ? side : scaled(side, image.width, image.height);
  const int height_now = upright ? scaled(side, image.height, image.width) : side;
  const Image resized = resize_bilinear(image, width_now, height_now);
  // An odd margin is split with halves going to even.
  const int left = static_cast<int>(std::nearbyint((width_now - height) / 2.0));
  const int top = static_cast<int>(std::nearbyint((height_now - height) / 2.0));
  return crop(resized, left, top, height, height);
}

Image area_crop(const Image& image, int height, int width) {
  int height_now = static_cast<int>(100.0 * height / 87.5);
  int width_now = static_cast<int>(100.0 * width / 87.5);
  if (image.height > image.width) {
    height_now = scaled(height_now, image.height, image.width);
  } else {
    width_now = scaled(width_now, image.width, image.height);
  }
  const Image resized = resize_area(image, width_now, height_now);
  return crop(resized, (width_now - width) / 2, (height_now - height) / 2, width, height);
}

double or_else(const std::vector<double>& values, std::size_t index, double fallback) {
  return values.empty() ? fallback : values[index];
}

/// IMAGENET calculates in float, everything else in double rounded to float once.
float normalized(Fit fit, int pixel, double mean, double std) {
  if (fit == Fit::kAreaCrop) {
    return (static_cast<float>(pixel) - static_cast<float>(mean)) / static_cast<float>(std);
  }
  return static_cast<float>((pixel - mean) / std);
}

}  // namespace

Image fitted(const Image& image, Fit fit, int height, int width) {
  switch (fit) {
    case Fit::kShorterSide:
      return shorter_side(image, height);
    case Fit::kAreaCrop:
      return area_crop(image, height, width);
    case Fit::kStretch:
      break;
  }
  return resize_area(image, width, height);
}

Preprocess::Preprocess(Settings settings) : settings_(std::move(settings)) {
  for (const auto& [mean, std] : channels()) {
    auto& table = tables_.emplace_back();
    for (int pixel = 0; pixel < 256; ++pixel) {
      table[static_cast<std::size_t>(pixel)] = normalized(settings_.fit, pixel, mean, std);
    }
  }
}

std::vector<Preprocess::Channel> Preprocess::channels() const {
  std::vector<Channel> channels(static_cast<std::size_t>(settings_.channels));
  for (std::size_t c = 0; c < channels.size(); ++c) {
    channels[c] = {or_else(settings_.mean, c, 0.0), or_else(settings_.std, c, 1.0)};
  }
  return channels;
}

void Preprocess::append(const Image& rgb, std::vector<float>& out) const {
  const Image source = settings_.channels == 1 ? to_grey(rgb) : rgb;
  const Image image = fitted(source, settings_.fit, settings_.height, settings_.width);
  const std::size_t step = tables_.size();
  const bool reversed = step == 3 && settings_.order == config::ColorFormat::kBgr;
  out.reserve(out.size() + image.pixels.size());
  if (settings_.channels_last) {
    for (std::size_t i = 0; i < image.pixels.size(); i += step) {
      for (std::size_t c = 0; c < step; ++c) {
        out.push_back(tables_[c][image.pixels[i + (reversed ? step - 1 - c : c)]]);
      }
    }
    return;
  }
  for (std::size_t c = 0; c < step; ++c) {
    for (std::size_t i = reversed ? step - 1 - c : c; i < image.pixels.size(); i += step) {
      out.push_back(tables_[c][image.pixels[i]]);
    }
  }
}

}  // namespace xquant::data

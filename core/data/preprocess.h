#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "config/config.h"
#include "data/image.h"

namespace xquant::data {

/// How an image gets the height and width of the model's input.
enum class Fit {
  kStretch,      ///< area resize to height x width, aspect ratio not kept
  kShorterSide,  ///< PT_IMAGENET: bilinear, shorter side to height / 0.875, centre crop to height x
                 ///< height
  kAreaCrop      ///< IMAGENET: area resize, shorter side to 100 / 87.5 of the input, centre crop
};

/// Turns pixels into the elements of a tensor: fit, order of channels, (pixel - mean) / std, and
/// planes where the channels do not come last.
class Preprocess {
 public:
  struct Settings {
    Fit fit = Fit::kStretch;
    int channels = 3;  ///< 3, or 1: grey
    int height = 0;
    int width = 0;
    bool channels_last = false;
    config::ColorFormat order = config::ColorFormat::kBgr;
    std::vector<double> mean{};  ///< empty: 0; else one for each channel in the order given
    std::vector<double> std{};   ///< empty: 1
  };
  explicit Preprocess(Settings settings);

  /// Appends channels * height * width elements, channel by channel or, with the channels last,
  /// pixel by pixel.
  void append(const Image& rgb, std::vector<float>& out) const;
  const Settings& settings() const { return settings_; }

  /// element = (pixel - mean) / std.
  struct Channel {
    double mean = 0;
    double std = 1;
    bool operator==(const Channel&) const = default;
  };
  /// In the order of the tensor.
  std::vector<Channel> channels() const;

 private:
  Settings settings_;
  std::vector<std::array<float, 256>>
      tables_;  ///< for each channel, the element of each pixel value
};

/// An image at the size that fit gives it.
Image fitted(const Image& image, Fit fit, int height, int width);

}  // namespace xquant::data

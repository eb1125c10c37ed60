#include "data/preprocess.h"

#include <gtest/gtest.h>

#include "data/golden.h"

namespace xquant::data {
namespace {

std::string bytes_of(const std::vector<float>& elements) {
  return {reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(float)};
}

Fit fit_named(const std::string& preset) {
  if (preset == "PT_IMAGENET") return Fit::kShorterSide;
  return preset == "IMAGENET" ? Fit::kAreaCrop : Fit::kStretch;
}

TEST(Preprocess, GivesTheBitsOfTheDocumentedSteps) {
  // Lines: preset seed source-width source-height width height order hash.
  for (const std::vector<std::string>& line : golden_lines("preprocess.txt")) {
    const auto number = [&](std::size_t i) { return std::stoi(line.at(i)); };
    const Preprocess preprocess(
        {.fit = fit_named(line.at(0)),
         .channels = 3,
         .height = number(5),
         .width = number(4),
         .order = line.at(6) == "rgb" ? config::ColorFormat::kRgb : config::ColorFormat::kBgr,
         .mean = {123.675, 116.28, 103.53},
         .std = {58.395, 57.12, 57.375}});
    std::vector<float> elements;
    preprocess.append(picture(static_cast<std::uint32_t>(number(1)), number(2), number(3), 3),
                      elements);
    EXPECT_EQ(hash(bytes_of(elements)), line.at(7))
        << line.at(0) << " " << line.at(2) << "x" << line.at(3) << " -> " << line.at(4) << "x"
        << line.at(5) << " " << line.at(6) << "; " << how_to_regenerate();
  }
}

TEST(Preprocess, KeepsPixelValuesWithoutMeanAndStd) {
  const Image image{.width = 2, .height = 1, .channels = 3, .pixels = {1, 2, 3, 4, 5, 6}};
  std::vector<float> bgr;
  Preprocess({.height = 1, .width = 2}).append(image, bgr);
  EXPECT_EQ(bgr, (std::vector<float>{3, 6, 2, 5, 1, 4}));
  std::vector<float> rgb;
  Preprocess({.height = 1, .width = 2, .order = config::ColorFormat::kRgb}).append(image, rgb);
  EXPECT_EQ(rgb, (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

TEST(Preprocess, GoesPixelByPixelWithTheChannelsLast) {
  const Image image{.width = 2, .height = 1, .channels = 3, .pixels = {1, 2, 3, 4, 5, 6}};
  Preprocess::Settings settings{
      .height = 1, .width = 2, .channels_last = true, .mean = {1, 2, 3}, .std = {1, 1, 2}};
  std::vector<float> bgr;
  Preprocess(settings).append(image, bgr);
  EXPECT_EQ(bgr, (std::vector<float>{2, 0, -1, 5, 3, 0.5F}));
  settings.order = config::ColorFormat::kRgb;
  std::vector<float> rgb;
  Preprocess(settings).append(image, rgb);
  EXPECT_EQ(rgb, (std::vector<float>{0, 0, 0, 3, 3, 1.5F}));
}

TEST(Preprocess, TurnsImagesIntoGreyForOneChannel) {
  const Image image{.width = 2, .height = 1, .channels = 3, .pixels = {255, 255, 255, 255, 0, 0}};
  std::vector<float> grey;
  Preprocess({.channels = 1, .height = 1, .width = 2, .mean = {1}, .std = {2}}).append(image, grey);
  EXPECT_EQ(grey, (std::vector<float>{127, 37.5}));
}

}  // namespace
}  // namespace xquant::data

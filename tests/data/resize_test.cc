#include "data/resize.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/golden.h"

namespace xquant::data {
namespace {

/// Lines: method seed width height channels new-width new-height hash.
void compare_with(const std::string& method) {
  int count = 0;
  for (const std::vector<std::string>& line : golden_lines("resize.txt")) {
    if (line.at(0) != method) continue;
    std::vector<int> n;
    for (std::size_t i = 1; i < 7; ++i) n.push_back(std::stoi(line.at(i)));
    const Image image = picture(static_cast<std::uint32_t>(n[0]), n[1], n[2], n[3]);
    const Image resized =
        method == "area" ? resize_area(image, n[4], n[5]) : resize_bilinear(image, n[4], n[5]);
    EXPECT_EQ(hash(as_text(resized.pixels)), line.at(7))
        << method << " " << n[1] << "x" << n[2] << "x" << n[3] << " -> " << n[4] << "x" << n[5]
        << " of picture " << n[0] << "; " << how_to_regenerate()
        << ", tests/data/check_pixels.py shows the differences";
    ++count;
  }
  EXPECT_GT(count, 40);
}

TEST(ResizeArea, GivesThePixelsOfOpenCv) { compare_with("area"); }

TEST(ResizeBilinear, GivesThePixelsOfPillow) { compare_with("bilinear"); }

TEST(Resize, LeavesAnImageOfTheRightSizeAlone) {
  const Image image = picture(2, 9, 7, 3);
  EXPECT_EQ(resize_area(image, 9, 7), image);
  EXPECT_EQ(resize_bilinear(image, 9, 7), image);
}

TEST(Resize, KeepsAConstantImageConstant) {
  Image image{.width = 37, .height = 29, .channels = 3};
  image.pixels.assign(37 * 29 * 3, 201);
  for (const auto& [width, height] : {std::pair{11, 13}, {60, 10}, {10, 60}, {80, 90}}) {
    for (const Image& resized :
         {resize_area(image, width, height), resize_bilinear(image, width, height)}) {
      EXPECT_EQ(resized.pixels,
                std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3), 201));
    }
  }
}

TEST(Crop, TakesTheRectangle) {
  const Image image = picture(4, 6, 5, 1);
  const Image part = crop(image, 2, 1, 3, 2);
  EXPECT_EQ(part.pixels,
            (std::vector<std::uint8_t>{image.pixels[8], image.pixels[9], image.pixels[10],
                                       image.pixels[14], image.pixels[15], image.pixels[16]}));
  EXPECT_THROW(crop(image, 4, 0, 3, 2), Error);
}

}  // namespace
}  // namespace xquant::data

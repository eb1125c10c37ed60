#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "data/golden.h"
#include "data/image.h"

namespace xquant::data {

/// What decode_image says against an image, or "decoded".
inline std::string message_of(const std::string& bytes) {
  try {
    decode_image(bytes, "a/b.img");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_EQ(error.code(), "XQ-DAT-001");
    EXPECT_EQ(error.place().file, "a/b.img");
    EXPECT_NE(error.fix(), "");
    return error.message();
  }
  return "decoded";
}

/// The bytes of the first file of golden/ whose name begins so.
inline std::string encoded(const std::string& file, const std::string& name) {
  for (const std::vector<std::string>& line : golden_lines(file)) {
    if (line.at(0).starts_with(name)) return from_hex(line.at(3));
  }
  ADD_FAILURE() << name;
  return "";
}

/// Every image of such a file: the pixels of OpenCV, byte for byte.
inline void expect_pixels_of_opencv(const std::string& file) {
  for (const std::vector<std::string>& line : golden_lines(file)) {
    const Image image = decode_image(from_hex(line.at(3)), line.at(0));
    EXPECT_EQ(image.width, std::stoi(line.at(1))) << line.at(0);
    EXPECT_EQ(image.height, std::stoi(line.at(2))) << line.at(0);
    EXPECT_EQ(image.channels, 3);
    EXPECT_EQ(as_text(image.pixels), from_hex(line.at(4)))
        << line.at(0) << "; " << how_to_regenerate();
  }
}

}  // namespace xquant::data

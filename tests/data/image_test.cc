#include "data/image.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "data/decoding.h"
#include "data/golden.h"

namespace xquant::data {
namespace {

TEST(DecodeImage, GivesThePixelsOfOpenCvForPngAndBmp) { expect_pixels_of_opencv("images.txt"); }

TEST(DecodeImage, ComesCloseToOpenCvForJpeg) {
  for (const std::vector<std::string>& line : golden_lines("jpegs.txt")) {
    const Image image = decode_image(from_hex(line.at(3)), line.at(0));
    ASSERT_EQ(image.width, std::stoi(line.at(1))) << line.at(0);
    ASSERT_EQ(image.height, std::stoi(line.at(2))) << line.at(0);
    const std::string expected = from_hex(line.at(4));
    int largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const int other = static_cast<unsigned char>(expected[i]);
      largest = std::max(largest, std::abs(image.pixels[i] - other));
    }
    EXPECT_LE(largest, 4) << line.at(0) << "; " << how_to_regenerate();
  }
}

TEST(DecodeImage, GivesTheSameJpegPixelsOnEveryMachine) {
  std::string all;
  for (const std::vector<std::string>& line : golden_lines("jpegs.txt")) {
    all += as_text(decode_image(from_hex(line.at(3)), line.at(0)).pixels);
  }
  EXPECT_EQ(hash(all), "26b1361b639cd6c5") << "what x86-64 gives";
}

TEST(DecodeImage, NamesWhatIsNoImage) {
  EXPECT_EQ(message_of(""), "Cannot decode the image 'a/b.img': the file is empty.");
  EXPECT_EQ(message_of("GIF89a..."),
            "Cannot decode the image 'a/b.img': it is neither JPEG, PNG, BMP nor WebP.");
}

TEST(DecodeImage, NoticesThatAFileEndsEarly) {
  const std::string jpeg = encoded("jpegs.txt", "grey");
  EXPECT_EQ(message_of(jpeg.substr(0, jpeg.size() / 2)),
            "Cannot decode the image 'a/b.img': the JPEG data ends early.");
  const std::string png = encoded("images.txt", "rgb.png");
  for (std::size_t size = 8; size < png.size(); ++size) {
    EXPECT_EQ(message_of(png.substr(0, size)),
              "Cannot decode the image 'a/b.img': the PNG data ends early.");
  }
  for (const char* name : {"rgb.bmp", "top_down.bmp", "palette.bmp"}) {
    const std::string bmp = encoded("images.txt", name);
    // The last row may lack its filling: 3 bytes behind 19 pixels of 3 bytes, 1 behind 19 of one.
    for (std::size_t size = 54; size + 3 < bmp.size(); ++size) {
      EXPECT_EQ(message_of(bmp.substr(0, size)),
                "Cannot decode the image 'a/b.img': the BMP data ends early.")
          << name;
    }
    EXPECT_NE(message_of(bmp.substr(0, 20)), "decoded");
  }
}

TEST(DecodeImage, NoticesChangedPixelsOfPng) {
  std::string png = encoded("images.txt", "rgb.png");
  const std::size_t data = png.find("IDAT");
  ASSERT_NE(data, std::string::npos);
  png[data + 40] = static_cast<char>(png[data + 40] ^ 1);
  EXPECT_EQ(message_of(png), "Cannot decode the image 'a/b.img': a checksum in it is wrong.");
}

TEST(DecodeImage, RefusesFourComponentsOfUnknownColors) {
  // OpenCV takes them as inverted, Pillow as they are.
  std::string jpeg = encoded("jpegs.txt", "cmyk");
  const std::size_t name = jpeg.find("Adobe");
  ASSERT_NE(name, std::string::npos);
  EXPECT_EQ(message_of(jpeg), "decoded");
  jpeg[name] = 'a';
  EXPECT_EQ(message_of(jpeg),
            "Cannot decode the image 'a/b.img': it has four components and does not say which "
            "colors.");
}

TEST(DecodeImage, SurvivesDamage) {
  for (const std::string& name : {std::string("rgb.png"), std::string("palette.bmp")}) {
    std::string bytes = encoded("images.txt", name);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
      message_of(damaged);
    }
  }
  const std::string jpeg = encoded("jpegs.txt", "progressive");
  for (std::size_t i = 0; i < jpeg.size(); i += 3) {
    std::string damaged = jpeg;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    message_of(damaged);
  }
}

TEST(DecodeImage, RefusesSizesThatNoMemoryHolds) {
  std::string png = encoded("images.txt", "rgb.png");
  png.replace(16, 8, std::string("\0\0\x40\0\0\0\x40\0", 8));  // width and height
  png.replace(29, 4, "\x26\xAA\x87\xD3");                      // their checksum
  EXPECT_EQ(message_of(png),
            "Cannot decode the image 'a/b.img': 16384 x 16384 pixels are more than 134217728.");
  png.replace(16, 8, std::string("\0\0\xFF\xFF\0\0\xFF\xFF", 8));
  png.replace(29, 4, "\x39\x67\x4E\x07");
  EXPECT_EQ(message_of(png), "Cannot decode the image 'a/b.img': Image too large to decode.");
}

TEST(DecodeImage, RefusesHuffmanTablesThatTheDecoderHasNoRoomFor) {
  // Found by flipping bytes, with a sanitizer: 16 lengths of 255 codes each.
  for (const std::string& name : {std::string("grey"), std::string("progressive")}) {
    std::string jpeg = encoded("jpegs.txt", name);
    const std::size_t table = jpeg.find("\xFF\xC4");
    ASSERT_NE(table, std::string::npos);
    jpeg.replace(table + 5, 16, std::string(16, '\xFF'));
    EXPECT_EQ(message_of(jpeg),
              "Cannot decode the image 'a/b.img': a Huffman table of it is damaged.");
  }
}

TEST(DecodeImage, RefusesAnImageWithoutPixels) {
  std::string bmp = encoded("images.txt", "rgb.bmp");
  bmp.replace(18, 8, std::string(8, '\0'));  // width and height
  EXPECT_EQ(message_of(bmp), "Cannot decode the image 'a/b.img': it has no pixels.");
}

TEST(ToGrey, GivesThePixelsOfOpenCv) {
  const std::vector<std::string> line = golden_lines("grey.txt").at(0);
  EXPECT_EQ(hash(as_text(to_grey(picture(2, 61, 53, 3)).pixels)), line.at(3))
      << how_to_regenerate();
}

TEST(SwapRedBlue, SwapsTheOuterChannels) {
  const Image image{.width = 2, .height = 1, .channels = 3, .pixels = {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(swap_red_blue(image).pixels, (std::vector<std::uint8_t>{3, 2, 1, 6, 5, 4}));
}

}  // namespace
}  // namespace xquant::data

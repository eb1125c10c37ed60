#include "data/webp.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "data/decoding.h"
#include "data/golden.h"

namespace xquant::data {
namespace {

constexpr const char* kFile = "webps.txt";
constexpr const char* kEndsEarly = "Cannot decode the image 'a/b.img': the WebP data ends early.";
constexpr const char* kDamaged = "Cannot decode the image 'a/b.img': the WebP data is damaged.";

std::string little_endian(std::size_t value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> 8 * i & 0xFF);
  return bytes;
}

std::string chunk(const std::string& name, const std::string& content) {
  return name + little_endian(content.size()) + content + std::string(content.size() % 2, '\0');
}

/// With the size of the whole as the header says it.
std::string riff(const std::string& chunks) { return chunk("RIFF", "WEBP" + chunks); }

TEST(DecodeWebp, GivesThePixelsOfOpenCv) { expect_pixels_of_opencv(kFile); }

TEST(DecodeWebp, NoticesThatAFileEndsEarly) {
  for (const char* name : {"lossy60", "lossy_alpha", "lossless_palette", "exif_before_pixels"}) {
    const std::string webp = encoded(kFile, name);
    for (std::size_t size = 12; size < webp.size(); ++size)
      EXPECT_EQ(message_of(webp.substr(0, size)), kEndsEarly) << name;
  }
  EXPECT_EQ(message_of(encoded(kFile, "lossy60").substr(0, 11)),
            "Cannot decode the image 'a/b.img': it is neither JPEG, PNG, BMP nor WebP.");
}

TEST(DecodeWebp, NoticesThatPixelsEndEarlyInAWholeFile) {
  for (const char* name : {"lossy60", "lossless_palette"}) {
    const std::string webp = encoded(kFile, name);
    const std::string kind = webp.substr(12, 4);
    for (std::size_t size = 0; size + 24 < webp.size(); ++size) {
      const std::string message = message_of(riff(chunk(kind, webp.substr(20, size))));
      EXPECT_TRUE(message == kEndsEarly || message == kDamaged) << name << " " << message;
    }
  }
}

TEST(DecodeWebp, RefusesAnAnimation) {
  const std::string webp = from_hex(golden_lines("webp_animation.txt").at(0).at(0));
  EXPECT_EQ(message_of(webp), "Cannot decode the image 'a/b.img': it is an animation.");
}

TEST(DecodeWebp, RefusesSizesThatNoMemoryHolds) {
  std::string webp = encoded(kFile, "lossless_palette");
  webp.replace(21, 4, little_endian(16382U | 16381U << 14U));  // width and height less 1, 14 bits
  EXPECT_EQ(message_of(webp),
            "Cannot decode the image 'a/b.img': 16383 x 16382 pixels are more than 134217728.");
}

TEST(DecodeWebp, SurvivesDamage) {
  for (const char* name :
       {"lossy60", "lossy_alpha", "lossless_smooth", "lossless_palette", "exif_before_pixels"}) {
    const std::string webp = encoded(kFile, name);
    for (std::size_t i = 0; i < webp.size(); ++i) {
      std::string damaged = webp;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
      message_of(damaged);
    }
  }
}

TEST(DecodeWebp, GivesTheSamePixelsToThreadsThatBeginTogether) {
  const std::string webp = encoded(kFile, "lossy_alpha");
  std::vector<Image> images(4);
  {
    std::vector<std::jthread> threads;
    for (Image& image : images) threads.emplace_back([&] { image = decode_webp(webp, "a.webp"); });
  }
  for (const Image& image : images) EXPECT_EQ(image, decode_webp(webp, "a.webp"));
}

TEST(WebpExif, IsReadWithThePrefixThatItHasInJpeg) {
  // OpenCV does not, Pillow does; some programs write it so.
  const std::string tiff("II*\0\x08\0\0\0\0\0", 10);
  const std::string header = chunk("VP8X", std::string("\x08\0\0\0", 4) + std::string(6, '\0'));
  EXPECT_EQ(webp_exif(riff(header + chunk("EXIF", tiff))), tiff);
  EXPECT_EQ(webp_exif(riff(header + chunk("EXIF", std::string("Exif\0\0", 6) + tiff))), tiff);
}

TEST(WebpExif, IsNothingInDamagedFiles) {
  const std::string header = chunk("VP8X", std::string("\x08\0\0\0", 4) + std::string(6, '\0'));
  EXPECT_EQ(webp_exif(riff("")), "");
  EXPECT_EQ(webp_exif(riff(header)), "");
  EXPECT_EQ(webp_exif(riff("VP8X")), "");
  EXPECT_EQ(webp_exif(riff(header + "EXIF" + little_endian(UINT32_MAX) + "II*")), "");
  EXPECT_EQ(webp_exif("RIFF" + little_endian(0) + "WEBP" + header), "");
}

}  // namespace
}  // namespace xquant::data

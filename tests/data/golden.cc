#include "data/golden.h"

#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace xquant::data {

std::vector<std::vector<std::string>> golden_lines(const std::string& file) {
  std::ifstream in(std::string(XQUANT_TESTS_DIR) + "/data/golden/" + file);
  std::vector<std::vector<std::string>> lines;
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::vector<std::string> split;
    for (std::string word; words >> word;) split.push_back(word);
    lines.push_back(split);
  }
  EXPECT_FALSE(lines.empty()) << "golden/" << file << " is missing";
  return lines;
}

std::string how_to_regenerate() { return "tests/data/make_golden.py makes the expected values"; }

std::string from_hex(std::string_view hex) {
  if (hex == "-") return "";
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    int value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    bytes += static_cast<char>(value);
  }
  return bytes;
}

std::string hash(std::string_view bytes) {
  std::uint64_t value = 0xCBF29CE484222325;
  for (const char byte : bytes) {
    value = (value ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
  }
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Image picture(std::uint32_t seed, int width, int height, int channels) {
  Image image{.width = width, .height = height, .channels = channels};
  std::uint32_t state = seed;
  for (int i = 0; i < width * height * channels; ++i) {
    state = state * 1664525 + 1013904223;
    const auto byte = static_cast<std::uint8_t>(state >> 24);
    image.pixels.push_back(seed % 2 == 0 ? byte : byte < 128 ? 0 : 255);
  }
  return image;
}

}  // namespace xquant::data

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace xquant {

/// SHA-256 (FIPS 180-4), to tell files and models apart.
class Sha256 {
 public:
  void update(std::string_view bytes);
  /// The digest of all bytes so far, as 64 lower-case hexadecimal digits. update() must not follow.
  std::string hex();

 private:
  void block(const unsigned char* bytes);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> open_{};  ///< bytes of the block that is not full yet
  std::uint64_t length_ = 0;
};

std::string sha256(std::string_view bytes);

}  // namespace xquant

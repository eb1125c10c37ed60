#include "runtime/math/quarter_turns.h"

#include <algorithm>
#include <array>

namespace xquant::runtime::math {
namespace {

/// 2 / pi: word i holds the bits of weight 2^(-32 i - 1) to 2^(-32 i - 32).
constexpr std::uint32_t kTwoOverPi[] = {
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
    0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484,
    0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
    0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b,
    0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab, 0xf0cfbc20, 0x9af4361d};

constexpr std::size_t kWindow = 8;               ///< words of 2 / pi that are used
constexpr std::size_t kWords = kWindow + 2;      ///< of a product with a 64-bit number
using Wide = std::array<std::uint32_t, kWords>;  ///< lowest word first

Wide multiply(std::uint64_t m, std::size_t first) {
  Wide product{};
  const std::uint64_t halves[2] = {m & 0xffffffffu, m >> 32};
  for (std::size_t h = 0; h < 2; ++h) {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < kWindow; ++i) {
      const std::uint64_t word = kTwoOverPi[first + kWindow - 1 - i];
      const std::uint64_t sum = halves[h] * word + product[i + h] + carry;
      product[i + h] = static_cast<std::uint32_t>(sum);
      carry = sum >> 32;
    }
    product[kWindow + h] = static_cast<std::uint32_t>(carry);
  }
  return product;
}

/// Bits [from, from + 32), zero above the end.
std::uint32_t word_at(const Wide& bits, int from) {
  const auto at = [&](int i) -> std::uint64_t {
    return i >= 0 && i < static_cast<int>(kWords) ? bits[static_cast<std::size_t>(i)] : 0;
  };
  const int word = (from + 3200) / 32 - 100, shift = (from + 3200) % 32;
  return static_cast<std::uint32_t>((at(word) | at(word + 1) << 32) >> shift);
}

}  // namespace

QuarterTurns quarter_turns(double angle) {
  const double magnitude = std::fabs(angle);
  if (magnitude <= 0x1.921fb54442d18p-1) return {0, angle};
  const auto bits = std::bit_cast<std::uint64_t>(magnitude);
  const std::uint64_t mantissa = (bits & ((std::uint64_t{1} << 52) - 1)) | std::uint64_t{1} << 52;
  const int exponent = static_cast<int>(bits >> 52) - 1075;  // magnitude = mantissa * 2^exponent
  // Words whose bits all give multiples of 4 are left out.
  const int first = std::max(0, exponent - 2) / 32;
  const Wide product = multiply(mantissa, static_cast<std::size_t>(first));
  const int point = static_cast<int>(32 * kWindow) - (exponent - 32 * first);  // of the fraction
  int count = static_cast<int>(word_at(product, point) & 3);
  // The fraction from its highest word on; above one half it is taken from 1.
  const bool above = (word_at(product, point - 32) >> 31) != 0;
  DoubleDouble fraction = 0.0;
  constexpr int kFractionWords = 7;  // 224 bits: 61 may cancel
  for (int i = kFractionWords; i >= 1; --i) {
    const std::uint32_t word = word_at(product, point - 32 * i);
    const double part = scaled(static_cast<double>(above ? ~word : word), -32 * i);
    fraction = DoubleDouble(part) + fraction;
  }
  if (above) {
    count = (count + 1) & 3;
    fraction = -fraction;
  }
  const DoubleDouble rest = fraction * kHalfPi;
  return angle < 0 ? QuarterTurns{(4 - count) & 3, -rest} : QuarterTurns{count, rest};
}

}  // namespace xquant::runtime::math

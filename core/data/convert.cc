#include "data/convert.h"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace xquant::data {
namespace {

/// An element of any type without loss.
struct Number {
  bool is_integer;
  std::int64_t integer;
  double real;
};

Number whole(std::int64_t value) { return {true, value, static_cast<double>(value)}; }
Number real(double value) { return {false, 0, value}; }

Error does_not_fit(const std::string& value, DataType type) {
  return Error(ErrorKind::kData, "XQ-DAT-008",
               "The value " + value + " cannot be stored as " + std::string(name(type)) + ".", {},
               "Save the data in the type of the model's input.");
}

std::string text(const Number& number) {
  return number.is_integer ? std::to_string(number.integer) : std::to_string(number.real);
}

// ---- 16-bit floating types

double from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F;
  const double fraction = bits & 0x3FF;
  double magnitude = 0.0;
  if (exponent == 0x1F) {
    magnitude = fraction == 0.0 ? std::numeric_limits<double>::infinity()
                                : std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(fraction, -24);
  } else {
    magnitude = std::ldexp(fraction + 1024.0, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

std::uint16_t to_half(double value) {
  const int sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) return 0x7E00;
  if (std::isinf(value)) return static_cast<std::uint16_t>(sign | 0x7C00);
  const double magnitude = std::abs(value);
  // 10 fractional bits below the leading one; subnormals share the exponent of the smallest normal
  // number.
  const int exponent = magnitude < 0x1p-14 ? -14 : std::ilogb(magnitude);
  const int significand =
      exponent > 15 ? 1 << 20
                    : static_cast<int>(std::nearbyint(std::ldexp(magnitude, 10 - exponent)));
  const int bits = ((exponent + 14) << 10) + significand;  // a significand of 2048 carries over
  if (bits >= 0x7C00) throw does_not_fit(text(real(value)), DataType::kFloat16);
  return static_cast<std::uint16_t>(sign | bits);
}

double from_bfloat(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

std::uint16_t to_bfloat(float value) {
  if (std::isnan(value)) return 0x7FC0;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

// ---- one element

template <typename T>
T load(std::span<const char> bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

Number load_number(std::span<const char> bytes, DataType type, std::size_t index) {
  switch (type) {
    case DataType::kBool:
      return whole(load<std::uint8_t>(bytes, index) != 0 ? 1 : 0);
    case DataType::kInt8:
      return whole(load<std::int8_t>(bytes, index));
    case DataType::kUint8:
      return whole(load<std::uint8_t>(bytes, index));
    case DataType::kInt16:
      return whole(load<std::int16_t>(bytes, index));
    case DataType::kUint16:
      return whole(load<std::uint16_t>(bytes, index));
    case DataType::kInt32:
      return whole(load<std::int32_t>(bytes, index));
    case DataType::kUint32:
      return whole(load<std::uint32_t>(bytes, index));
    case DataType::kInt64:
      return whole(load<std::int64_t>(bytes, index));
    case DataType::kUint64: {
      const auto value = load<std::uint64_t>(bytes, index);
      if (!std::in_range<std::int64_t>(value)) {
        throw does_not_fit(std::to_string(value), DataType::kInt64);
      }
      return whole(static_cast<std::int64_t>(value));
    }
    case DataType::kFloat16:
      return real(from_half(load<std::uint16_t>(bytes, index)));
    case DataType::kBfloat16:
      return real(from_bfloat(load<std::uint16_t>(bytes, index)));
    case DataType::kFloat:
      return real(load<float>(bytes, index));
    default:
      return real(load<double>(bytes, index));
  }
}

template <typename T>
void append(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

template <typename T>
T to_integer(const Number& number, DataType type) {
  std::int64_t value = number.integer;
  if (!number.is_integer) {
    // 2^63 is exact as a double, and NaN fails every comparison.
    const bool fits = number.real >= -0x1p63 && number.real < 0x1p63;
    if (!fits || std::floor(number.real) != number.real) throw does_not_fit(text(number), type);
    value = static_cast<std::int64_t>(number.real);
  }
  if (!std::in_range<T>(value)) throw does_not_fit(text(number), type);
  return static_cast<T>(value);
}

/// significand_bits: how large an integer the floating type holds exactly for sure.
double to_real(const Number& number, int significand_bits, DataType type) {
  if (!number.is_integer) return number.real;
  const std::int64_t limit = std::int64_t{1} << significand_bits;
  if (number.integer > limit || number.integer < -limit) throw does_not_fit(text(number), type);
  return number.real;
}

void store(std::string& out, DataType type, const Number& number) {
  switch (type) {
    case DataType::kBool: {
      const auto value = to_integer<std::uint8_t>(number, type);
      if (value > 1) throw does_not_fit(text(number), type);
      return append(out, value);
    }
    case DataType::kInt8:
      return append(out, to_integer<std::int8_t>(number, type));
    case DataType::kUint8:
      return append(out, to_integer<std::uint8_t>(number, type));
    case DataType::kInt16:
      return append(out, to_integer<std::int16_t>(number, type));
    case DataType::kUint16:
      return append(out, to_integer<std::uint16_t>(number, type));
    case DataType::kInt32:
      return append(out, to_integer<std::int32_t>(number, type));
    case DataType::kUint32:
      return append(out, to_integer<std::uint32_t>(number, type));
    case DataType::kInt64:
      return append(out, to_integer<std::int64_t>(number, type));
    case DataType::kUint64:
      return append(out, to_integer<std::uint64_t>(number, type));
    case DataType::kFloat16:
      return append(out, to_half(to_real(number, 11, type)));
    case DataType::kBfloat16:
      return append(out, to_bfloat(static_cast<float>(to_real(number, 8, type))));
    case DataType::kFloat:
      return append(out, static_cast<float>(to_real(number, 24, type)));
    default:
      return append(out, to_real(number, 53, type));
  }
}

}  // namespace

bool is_convertible(DataType type) {
  switch (type) {
    case DataType::kBool:
    case DataType::kInt8:
    case DataType::kUint8:
    case DataType::kInt16:
    case DataType::kUint16:
    case DataType::kInt32:
    case DataType::kUint32:
    case DataType::kInt64:
    case DataType::kUint64:
    case DataType::kFloat16:
    case DataType::kBfloat16:
    case DataType::kFloat:
    case DataType::kDouble:
      return true;
    default:
      return false;
  }
}

Tensor convert(const Tensor& tensor, DataType type) {
  if (tensor.type() == type) return tensor;
  if (!is_convertible(type) || !is_convertible(tensor.type())) {
    throw Error(ErrorKind::kData, "XQ-DAT-008",
                "Data of type " + std::string(name(tensor.type())) + " cannot be used as " +
                    std::string(name(type)) + ".");
  }
  const auto count = static_cast<std::size_t>(tensor.size());
  const std::span<const char> bytes = tensor.bytes();
  std::string converted;
  converted.reserve(byte_size(type, count));
  for (std::size_t i = 0; i < count; ++i) {
    store(converted, type, load_number(bytes, tensor.type(), i));
  }
  return Tensor(type, tensor.shape(), std::move(converted));
}

}  // namespace xquant::data

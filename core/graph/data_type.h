#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace xquant {

static_assert(std::endian::native == std::endian::little, "ONNX raw data is little-endian");

/// Element types with the numbers of onnx.TensorProto.DataType.
enum class DataType : std::int32_t {
  kUndefined = 0,
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kComplex64 = 14,
  kComplex128 = 15,
  kBfloat16 = 16,
  kFloat8E4M3FN = 17,
  kFloat8E4M3FNUZ = 18,
  kFloat8E5M2 = 19,
  kFloat8E5M2FNUZ = 20,
  kUint4 = 21,
  kInt4 = 22,
  kFloat4E2M1 = 23,
  kFloat8E8M0 = 24,
  kUint2 = 25,
  kInt2 = 26,
};

/// Bits of one element; 0 for kUndefined and kString.
int bit_width(DataType type);
/// Bytes of count densely packed elements (4-bit and 2-bit types share bytes, low bits first).
std::size_t byte_size(DataType type, std::size_t count);
/// The name as ONNX writes it in lower case: "float", "int8", "float8e4m3fn".
std::string_view name(DataType type);
bool is_floating(DataType type);
bool is_integer(DataType type);

/// DataType of a C++ element type: data_type_of<float>.
template <typename T>
inline constexpr DataType data_type_of = DataType::kUndefined;
template <>
inline constexpr DataType data_type_of<float> = DataType::kFloat;
template <>
inline constexpr DataType data_type_of<double> = DataType::kDouble;
template <>
inline constexpr DataType data_type_of<std::int8_t> = DataType::kInt8;
template <>
inline constexpr DataType data_type_of<std::uint8_t> = DataType::kUint8;
template <>
inline constexpr DataType data_type_of<std::int16_t> = DataType::kInt16;
template <>
inline constexpr DataType data_type_of<std::uint16_t> = DataType::kUint16;
template <>
inline constexpr DataType data_type_of<std::int32_t> = DataType::kInt32;
template <>
inline constexpr DataType data_type_of<std::uint32_t> = DataType::kUint32;
template <>
inline constexpr DataType data_type_of<std::int64_t> = DataType::kInt64;
template <>
inline constexpr DataType data_type_of<std::uint64_t> = DataType::kUint64;
template <>
inline constexpr DataType data_type_of<bool> = DataType::kBool;

}  // namespace xquant

#include "graph/data_type.h"

#include <array>

namespace xquant {
namespace {

enum class Family { kOther, kFloating, kInteger };

struct Info {
  std::string_view name;
  int bits;
  Family family;
};

constexpr std::array<Info, 27> kTypes = {{
    {"undefined", 0, Family::kOther},
    {"float", 32, Family::kFloating},
    {"uint8", 8, Family::kInteger},
    {"int8", 8, Family::kInteger},
    {"uint16", 16, Family::kInteger},
    {"int16", 16, Family::kInteger},
    {"int32", 32, Family::kInteger},
    {"int64", 64, Family::kInteger},
    {"string", 0, Family::kOther},
    {"bool", 8, Family::kOther},
    {"float16", 16, Family::kFloating},
    {"double", 64, Family::kFloating},
    {"uint32", 32, Family::kInteger},
    {"uint64", 64, Family::kInteger},
    {"complex64", 64, Family::kOther},
    {"complex128", 128, Family::kOther},
    {"bfloat16", 16, Family::kFloating},
    {"float8e4m3fn", 8, Family::kFloating},
    {"float8e4m3fnuz", 8, Family::kFloating},
    {"float8e5m2", 8, Family::kFloating},
    {"float8e5m2fnuz", 8, Family::kFloating},
    {"uint4", 4, Family::kInteger},
    {"int4", 4, Family::kInteger},
    {"float4e2m1", 4, Family::kFloating},
    {"float8e8m0", 8, Family::kFloating},
    {"uint2", 2, Family::kInteger},
    {"int2", 2, Family::kInteger},
}};

const Info& info(DataType type) {
  const auto index = static_cast<std::size_t>(type);
  return kTypes[index < kTypes.size() ? index : 0];
}

}  // namespace

int bit_width(DataType type) { return info(type).bits; }

std::size_t byte_size(DataType type, std::size_t count) {
  const auto bits = static_cast<std::size_t>(bit_width(type));
  return bits >= 8 ? count * (bits / 8) : (count * bits + 7) / 8;
}

std::string_view name(DataType type) { return info(type).name; }
bool is_floating(DataType type) { return info(type).family == Family::kFloating; }
bool is_integer(DataType type) { return info(type).family == Family::kInteger; }

}  // namespace xquant

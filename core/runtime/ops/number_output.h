#pragma once

#include "runtime/ops/common.h"
#include "runtime/ops/half.h"

namespace xquant::runtime::ops {

/// The element type that an attribute output_datatype names; refuses what holds no numbers.
inline DataType number_type(std::int64_t attribute) {
  const auto type = static_cast<DataType>(attribute);
  if (type != DataType::kFloat16 && type != DataType::kBfloat16) with_type(type, [](auto) {});
  return type;
}

/// Writes element i of a result of any such type, rounded once.
inline void write_number(const MutableView& out, std::int64_t i, double value) {
  if (out.type == DataType::kFloat16) {
    raw<std::uint16_t>(out)[i] = to_half(static_cast<float>(value));
  } else if (out.type == DataType::kBfloat16) {
    raw<std::uint16_t>(out)[i] = to_bfloat16(static_cast<float>(value));
  } else {
    with_type(out.type, [&]<typename T>(T) { raw<T>(out)[i] = static_cast<T>(value); });
  }
}

}  // namespace xquant::runtime::ops

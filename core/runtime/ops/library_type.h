#pragma once

#include <optional>

#include "graph/tensor.h"
#include "int8/xq_types.h"

namespace xquant::runtime::ops {

/// What the int8 library calls a type of quantized elements; nothing for others.
inline std::optional<xq_type> library_type(DataType type) {
  switch (type) {
    case DataType::kInt8:
      return XQ_S8;
    case DataType::kUint8:
      return XQ_U8;
    case DataType::kInt16:
      return XQ_S16;
    case DataType::kUint16:
      return XQ_U16;
    default:
      return {};
  }
}

}  // namespace xquant::runtime::ops

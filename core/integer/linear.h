#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "int8/xq_types.h"

namespace xquant::integer {

/// 8 and 16 bits: what integer kernels take.
inline bool is_coded(DataType type) {
  return type == DataType::kInt8 || type == DataType::kUint8 || type == DataType::kInt16 ||
         type == DataType::kUint16;
}

/// How a tensor is quantized, as its QuantizeLinear or DequantizeLinear says: real = (q - zero
/// point) * scale.
struct Linear {
  DataType type = DataType::kUndefined;     ///< of q
  std::vector<float> scales{};              ///< one, or one for each index of axis
  std::vector<std::int32_t> zero_points{};  ///< as many
  std::int64_t axis = -1;                   ///< -1: per tensor

  bool per_tensor() const { return axis < 0; }
  /// The zero point of all; nullopt where they differ.
  std::optional<std::int32_t> one_zero_point() const;
  bool is_eight_bit() const { return type == DataType::kInt8 || type == DataType::kUint8; }
  bool is_coded() const { return integer::is_coded(type); }
  bool operator==(const Linear&) const = default;
};

/// The library's name of a coded type.
xq_type type_of(DataType type);
/// Smallest and largest q of such a type.
std::int32_t lowest(DataType type);
std::int32_t highest(DataType type);

/// Element i of a tensor of such a type.
std::int32_t code_at(const Tensor& tensor, std::size_t i);

/// Every element of the result is an element of operand 0, or of the others that Concat and Scatter
/// take (for MaxPool because a positive scale
/// keeps the order, as for the values of TopK): Reshape, Transpose, Slice, Gather, MaxPool, Pad,
/// Concat, ...
bool is_movement(const Node& node);

/// Element type of a quantized value: of the constant, of the QuantizeLinear that writes it
/// (looking through operators that only move elements), or as declared.
DataType quantized_type(const Graph& graph, ValueId value);

/// What a QuantizeLinear or DequantizeLinear says; nullopt when its scale or zero point is computed
/// at run time, when it has blocks, or when its scale is no scale or its zero point that of another
/// type: in float its run says so. A tensor with one scale has no axis, wherever it says so.
std::optional<Linear> read_linear(const Graph& graph, const Node& node);

/// How many products with these weights, or this second operand, the integer kernels add up: what
/// int32 holds whatever the other operand is. Of 16 bits these are products of bytes, the lower of
/// which have no sign.
std::size_t deepest_sum(const Linear& weights);

}  // namespace xquant::integer

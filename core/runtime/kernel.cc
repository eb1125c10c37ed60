#include "runtime/kernel.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string_view>

namespace xquant::runtime {

TensorView Operands::required(std::size_t position) const {
  if (!has(position)) refuse("Operand " + std::to_string(position) + " is missing.");
  return views_[position];
}

namespace {

[[noreturn]] void refuse_shape(const Shape& shape, std::string_view why, std::string_view fix) {
  throw Error(ErrorKind::kModel, "XQ-RT-003",
              "The result would have the shape " + to_string(shape) + std::string(why), {},
              std::string(fix));
}

}  // namespace

void require_possible(const TensorType& type) {
  // Of 64 bits; and a limit at which a damaged shape is told from a large model before memory runs
  // out: 16 GiB of floats.
  constexpr std::int64_t kMostElements = std::min<std::int64_t>(
      std::numeric_limits<std::ptrdiff_t>::max() / 8, std::int64_t{1} << 32U);
  std::int64_t count = 1;
  for (const std::int64_t dim : type.shape) {
    if (dim < 0) {
      refuse_shape(type.shape, ": a dimension is negative.",
                   "Check input_shape; if it is right, export the model again.");
    }
    if (dim > 0 && count > kMostElements / dim) {
      refuse_shape(
          type.shape, ", more than memory holds.",
          sizeof(void*) == 4
              ? "Give a smaller input_shape or calibration_batch_size; WebAssembly has 4 GB "
                "of memory, the native program takes more."
              : "Give a smaller input_shape or calibration_batch_size; if they are right, "
                "export the model again.");
    }
    count *= dim;
  }
}

void refuse(std::string message) {
  throw Error(ErrorKind::kModel, "XQ-RT-003", std::move(message), {},
              "Export it again if ONNX Runtime refuses it too; else cut it off before the node "
              "with truncate_var_names.");
}

std::string describe(const Node& node) {
  return (node.domain.empty() ? "" : node.domain + ".") + node.op_type + " '" + node.name + "'";
}

}  // namespace xquant::runtime

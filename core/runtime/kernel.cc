#include "runtime/kernel.h"

namespace xquant::runtime {

TensorView Operands::required(std::size_t position) const {
  if (!has(position)) refuse("Operand " + std::to_string(position) + " is missing.");
  return views_[position];
}

void refuse(std::string message) {
  throw Error(ErrorKind::kModel, "XQ-RT-003", std::move(message));
}

std::string describe(const Node& node) {
  return (node.domain.empty() ? "" : node.domain + ".") + node.op_type + " '" + node.name + "'";
}

}  // namespace xquant::runtime

// com.microsoft's operators on codes: dequantize, compute in float, quantize. That is how ONNX
// Runtime defines them; its kernels may differ by one code where they round early.

#include "runtime/ops/composite.h"

namespace xquant::runtime::ops {
namespace {

using Slot = Composite::Slot;

/// Codes, scale and zero point are the operands from `at` on.
Slot real(Composite& made, std::size_t at) {
  return made.add("DequantizeLinear",
                  {made.operand(at), made.operand(at + 1), made.operand(at + 2)});
}

/// Gives y as codes; scale and zero point are the operands from `at` on.
std::unique_ptr<Kernel> coded(std::unique_ptr<Composite> made, Slot y, std::size_t at) {
  made->give(0, made->add("QuantizeLinear", {y, made->operand(at), made->operand(at + 1)}));
  return made;
}

std::unique_ptr<Kernel> of_two(const Setup& setup, const char* op_type) {
  auto made = std::make_unique<Composite>(setup);
  const Slot a = real(*made, 0), b = real(*made, 3);
  const Slot y = made->add(op_type, {a, b});
  return coded(std::move(made), y, 6);
}

std::unique_ptr<Kernel> of_one(const Setup& setup, const char* op_type, Attributes attributes) {
  if (setup.node.int_or("channels_last", 0) != 0) refuse("channels_last is not supported.");
  attributes.erase("channels_last");
  auto made = std::make_unique<Composite>(setup);
  const Slot x = real(*made, 0);
  const Slot y = made->add(op_type, {x}, std::move(attributes));
  return coded(std::move(made), y, 3);
}

}  // namespace

std::unique_ptr<Kernel> qlinear_add(const Setup& setup) { return of_two(setup, "Add"); }
std::unique_ptr<Kernel> qlinear_multiply(const Setup& setup) { return of_two(setup, "Mul"); }
std::unique_ptr<Kernel> qlinear_sigmoid(const Setup& setup) { return of_one(setup, "Sigmoid", {}); }
std::unique_ptr<Kernel> qlinear_leaky_relu(const Setup& setup) {
  return of_one(setup, "LeakyRelu", setup.node.attributes);
}
std::unique_ptr<Kernel> qlinear_average_pool(const Setup& setup) {
  return of_one(setup, "AveragePool", setup.node.attributes);
}
std::unique_ptr<Kernel> qlinear_global_average_pool(const Setup& setup) {
  return of_one(setup, "GlobalAveragePool", {});
}
std::unique_ptr<Kernel> qlinear_softmax(const Setup& setup) {
  if (setup.node.int_or("opset", 13) < 13)
    refuse("QLinearSoftmax before opset 13 is not supported.");
  return of_one(setup, "Softmax", {{"axis", setup.node.int_or("axis", -1)}});
}

/// Scale and zero point of the result come first, then three operands for each part.
std::unique_ptr<Kernel> qlinear_concat(const Setup& setup) {
  auto made = std::make_unique<Composite>(setup);
  std::vector<Slot> parts;
  for (std::size_t at = 2; at + 1 < setup.node.inputs.size(); at += 3)
    parts.push_back(real(*made, at));
  const Slot y = made->add("Concat", parts, {{"axis", setup.node.int_or("axis", 0)}});
  return coded(std::move(made), y, 0);
}

}  // namespace xquant::runtime::ops

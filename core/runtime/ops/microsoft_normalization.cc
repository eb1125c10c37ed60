// Layer normalizations that ONNX Runtime added: with a skip connection, and without a mean.

#include "runtime/ops/composite.h"

namespace xquant::runtime::ops {
namespace {

using Slot = Composite::Slot;

/// input + skip + bias: the operands at these places, as far as they are there.
Slot add_skip(Composite& made, std::size_t bias) {
  const Slot sum = made.add("Add", {made.operand(0), made.operand(1)});
  if (made.operand(bias) == Composite::kAbsent) return sum;
  return made.add("Add", {sum, made.operand(bias)});
}

Attributes normalization(const Setup& setup) {
  return {{"axis", setup.node.int_or("axis", -1)},
          {"epsilon", setup.node.float_or("epsilon", 1e-12f)}};
}

}  // namespace

/// Operands input, skip, gamma, beta, bias; results output, mean, inverse deviation, sum.
std::unique_ptr<Kernel> skip_layer_normalization(const Setup& setup) {
  auto made = std::make_unique<Composite>(setup);
  const Slot sum = add_skip(*made, 4);
  const auto results = made->add_all(
      "LayerNormalization", {sum, made->operand(2), made->operand(3)}, 3, normalization(setup));
  for (std::size_t i = 0; i < 3; ++i) made->give(i, results[i]);
  made->give(3, sum);
  return made;
}

/// Operands input, skip, gamma, bias; results output, -, -, sum.
std::unique_ptr<Kernel> skip_simplified_layer_normalization(const Setup& setup) {
  auto made = std::make_unique<Composite>(setup);
  const Slot sum = add_skip(*made, 3);
  made->give(0, made->add("RMSNormalization", {sum, made->operand(2)}, normalization(setup)));
  made->give(3, sum);
  return made;
}

std::unique_ptr<Kernel> simplified_layer_normalization(const Setup& setup) {
  auto made = std::make_unique<Composite>(setup);
  Attributes attributes = normalization(setup);
  attributes["epsilon"] = setup.node.float_or("epsilon", 1e-5f);
  made->give(0, made->add("RMSNormalization", {made->operand(0), made->operand(1)},
                          std::move(attributes)));
  return made;
}

}  // namespace xquant::runtime::ops

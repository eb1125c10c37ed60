#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "runtime/program.h"
#include "runtime/tensor_view.h"

namespace xquant::quantize {

/// A node in one run of the float model, and the derivatives of some scalar by what it computed.
struct BackwardCall {
  std::span<const runtime::TensorView> operands;  ///< as the node read them
  std::span<const runtime::TensorView> results;
  /// By result: the scalar's derivatives, in the result's layout; empty: all zero.
  std::span<const std::span<const float>> result_gradients;
  /// By operand: the derivatives are added here; empty where nobody wants them.
  std::span<const std::span<float>> operand_gradients;
};

/// Reverse-mode derivative of one operator by its data operands. Immutable; threads share it. Sums
/// run in a fixed order.
class Backward {
 public:
  virtual ~Backward() = default;
  virtual void run(const BackwardCall& call) const = 0;
};

struct BackwardSetup {
  const Node& node;
  const runtime::OpsetImports& opsets;
  /// By operand: the constant, or nullptr.
  std::span<const Tensor* const> constants;
};

/// The derivative of the node's operator; nullptr when it has none here.
std::unique_ptr<Backward> make_backward(const BackwardSetup& setup);

// By family; nullptr for nodes of other families. One file each.
std::unique_ptr<Backward> convolution_backward(const BackwardSetup& setup);
std::unique_ptr<Backward> product_backward(const BackwardSetup& setup);
std::unique_ptr<Backward> activation_backward(const BackwardSetup& setup);
std::unique_ptr<Backward> arithmetic_backward(const BackwardSetup& setup);
std::unique_ptr<Backward> movement_backward(const BackwardSetup& setup);
std::unique_ptr<Backward> pooling_backward(const BackwardSetup& setup);
std::unique_ptr<Backward> reduction_backward(const BackwardSetup& setup);
std::unique_ptr<Backward> normalization_backward(const BackwardSetup& setup);

}  // namespace xquant::quantize

// com.microsoft's fusions of one operator with what follows it, as the operators that they are.

#include "runtime/ops/common.h"
#include "runtime/ops/composite.h"
#include "runtime/ops/strided_copy.h"

namespace xquant::runtime::ops {
namespace {

using Slot = Composite::Slot;

/// The matrices in the last two dimensions, transposed.
class TransposeMatrices final : public Kernel {
 public:
  std::vector<TensorType> infer(const Operands& in) const override {
    TensorType type = same_type(in.required(0));
    if (type.shape.size() > 1) std::swap(type.shape.back(), type.shape[type.shape.size() - 2]);
    return {type};
  }
  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    Dims shape(call.outputs[0].shape), strides = strides_of(Dims(x.shape));
    if (shape.rank > 1) std::swap(strides[shape.rank - 1], strides[shape.rank - 2]);
    strided_copy(x.type, x.data, 0, shape, strides, call.outputs[0].data);
  }
};

/// An activation by name; parameters in the order alpha, beta of its attributes.
Slot add_activation(Composite& made, const std::string& name, const std::vector<float>& parameters,
                    Slot x) {
  if (name.empty()) return x;
  if (name == "Clip") {
    if (parameters.size() != 2) refuse("Clip takes two activation_params.");
    return made.add("Clip", {x, made.constant(Tensor::scalar(parameters[0])),
                             made.constant(Tensor::scalar(parameters[1]))});
  }
  Attributes attributes;
  const char* const names[] = {"alpha", name == "Selu" ? "gamma" : "beta"};
  for (std::size_t i = 0; i < parameters.size() && i < 2; ++i) attributes[names[i]] = parameters[i];
  return made.add(name, {x}, std::move(attributes));
}

Attributes without(Attributes attributes, std::initializer_list<const char*> names) {
  for (const char* name : names) attributes.erase(name);
  return attributes;
}

std::unique_ptr<Kernel> gelu_of(const Setup& setup, const char* approximation) {
  auto made = std::make_unique<Composite>(setup);
  Slot x = made->operand(0);
  if (made->operand(1) != Composite::kAbsent) x = made->add("Add", {x, made->operand(1)});
  made->give(0, made->add("Gelu", {x}, {{"approximate", std::string(approximation)}}));
  return made;
}

}  // namespace

/// activation(Conv(X, W, B) + Z).
std::unique_ptr<Kernel> fused_conv(const Setup& setup) {
  auto made = std::make_unique<Composite>(setup);
  Slot y = made->add("Conv", {made->operand(0), made->operand(1), made->operand(2)},
                     without(setup.node.attributes, {"activation", "activation_params"}));
  if (made->operand(3) != Composite::kAbsent) y = made->add("Add", {y, made->operand(3)});
  made->give(0, add_activation(*made, setup.node.string_or("activation", ""),
                               setup.node.floats_or("activation_params", {}), y));
  return made;
}

std::unique_ptr<Kernel> fused_gemm(const Setup& setup) {
  auto made = std::make_unique<Composite>(setup);
  const Slot y = made->add("Gemm", {made->operand(0), made->operand(1), made->operand(2)},
                           without(setup.node.attributes, {"activation", "activation_alpha",
                                                           "activation_beta", "activation_gamma"}));
  const std::string activation = setup.node.string_or("activation", "");
  const char* const second = activation == "Selu" ? "activation_gamma" : "activation_beta";
  std::vector<float> parameters;
  if (setup.node.has("activation_alpha")) {
    parameters.push_back(setup.node.float_or("activation_alpha", 0.0f));
    if (setup.node.has(second)) parameters.push_back(setup.node.float_or(second, 0.0f));
  }
  made->give(0, add_activation(*made, activation, parameters, y));
  return made;
}

/// alpha * A' * B'.
std::unique_ptr<Kernel> fused_matmul(const Setup& setup) {
  const Node& node = setup.node;
  if (node.int_or("transBatchA", 0) != 0 || node.int_or("transBatchB", 0) != 0)
    refuse("Transposed batch dimensions are not supported.");
  auto made = std::make_unique<Composite>(setup);
  const auto matrices = [&](std::size_t position, const char* transposed) {
    const Slot x = made->operand(position);
    if (node.int_or(transposed, 0) == 0) return x;
    return made->add_kernel(std::make_unique<TransposeMatrices>(), {x}, 1).at(0);
  };
  Slot y = made->add("MatMul", {matrices(0, "transA"), matrices(1, "transB")});
  const float alpha = node.float_or("alpha", 1.0f);
  if (alpha != 1.0f) y = made->add("Mul", {y, made->constant(Tensor::scalar(alpha))});
  made->give(0, y);
  return made;
}

std::unique_ptr<Kernel> microsoft_gelu(const Setup& setup) { return gelu_of(setup, "none"); }
std::unique_ptr<Kernel> fast_gelu(const Setup& setup) { return gelu_of(setup, "tanh"); }

/// x * sigmoid(alpha * x).
std::unique_ptr<Kernel> quick_gelu(const Setup& setup) {
  auto made = std::make_unique<Composite>(setup);
  made->give(
      0, made->add("Swish", {made->operand(0)}, {{"alpha", setup.node.float_or("alpha", 1.702f)}}));
  return made;
}

}  // namespace xquant::runtime::ops

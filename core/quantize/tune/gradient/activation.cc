// Element-wise functions of one operand: dx += f'(x) dy. A function of the result y where that is
// shorter.

#include <cmath>
#include <functional>

#include "quantize/tune/gradient/backward.h"
#include "runtime/math/math.h"

namespace xquant::quantize {
namespace {

/// f'(x), given x and y = f(x).
using Derivative = std::function<float(float x, float y)>;

float sigmoid(float x) {
  runtime::math::sigmoid(&x, &x, 1);
  return x;
}

/// The density of the standard normal distribution.
float normal_density(float x) {
  float e = -0.5F * x * x;
  runtime::math::exp(&e, &e, 1);
  return e * 0.3989422804014327F;
}

float normal_distribution(float x) {
  float e = x * 0.7071067811865476F;
  runtime::math::erf(&e, &e, 1);
  return 0.5F * (1.0F + e);
}

float gelu_tanh(float x) {
  constexpr float kScale = 0.7978845608028654F, kCube = 0.044715F;
  float t = kScale * (x + kCube * x * x * x);
  runtime::math::tanh(&t, &t, 1);
  return 0.5F * (1.0F + t) + 0.5F * x * (1.0F - t * t) * kScale * (1.0F + 3.0F * kCube * x * x);
}

/// A bound of Clip: an attribute before opset 11, a constant operand later.
float bound(const BackwardSetup& setup, const char* attribute, std::size_t position,
            float fallback) {
  if (position < setup.constants.size() && setup.constants[position] != nullptr &&
      setup.constants[position]->type() == DataType::kFloat) {
    return setup.constants[position]->data<float>()[0];
  }
  return setup.node.float_or(attribute, fallback);
}

Derivative derivative_of(const BackwardSetup& setup) {
  const Node& node = setup.node;
  if (node.is("Relu")) return [](float x, float) { return x > 0 ? 1.0F : 0.0F; };
  if (node.is("LeakyRelu")) {
    const float slope = node.float_or("alpha", 0.01F);
    return [slope](float x, float) { return x >= 0 ? 1.0F : slope; };
  }
  if (node.is("Clip")) {
    const float low = bound(setup, "min", 1, -HUGE_VALF), high = bound(setup, "max", 2, HUGE_VALF);
    return [low, high](float x, float) { return x > low && x < high ? 1.0F : 0.0F; };
  }
  if (node.is("Sigmoid")) return [](float, float y) { return y * (1.0F - y); };
  if (node.is("Tanh")) return [](float, float y) { return 1.0F - y * y; };
  if (node.is("HardSigmoid")) {
    const float slope = node.float_or("alpha", 0.2F);
    return [slope](float, float y) { return y > 0 && y < 1 ? slope : 0.0F; };
  }
  if (node.is("HardSwish")) {
    return [](float x, float) { return x <= -3 ? 0.0F : x >= 3 ? 1.0F : (2.0F * x + 3.0F) / 6.0F; };
  }
  if (node.is("Gelu")) {
    if (node.string_or("approximate", "none") == "tanh") {
      return [](float x, float) { return gelu_tanh(x); };
    }
    return [](float x, float) { return normal_distribution(x) + x * normal_density(x); };
  }
  if (node.is("Erf")) {
    return [](float x, float) {
      return 2.8284271247461903F * normal_density(1.4142135623730951F * x);
    };
  }
  if (node.is("Elu")) {
    const float alpha = node.float_or("alpha", 1.0F);
    return [alpha](float x, float y) { return x > 0 ? 1.0F : y + alpha; };
  }
  if (node.is("Softplus")) return [](float x, float) { return sigmoid(x); };
  if (node.is("Exp")) return [](float, float y) { return y; };
  if (node.is("Log")) return [](float x, float) { return 1.0F / x; };
  if (node.is("Sqrt")) return [](float, float y) { return y > 0 ? 0.5F / y : 0.0F; };
  if (node.is("Reciprocal")) return [](float, float y) { return -y * y; };
  if (node.is("Neg")) return [](float, float) { return -1.0F; };
  if (node.is("Abs")) return [](float x, float) { return x > 0 ? 1.0F : x < 0 ? -1.0F : 0.0F; };
  if (node.is("Pow") && setup.constants.size() > 1 && setup.constants[1] != nullptr &&
      setup.constants[1]->type() == DataType::kFloat && setup.constants[1]->size() == 1) {
    const float power = setup.constants[1]->data<float>()[0];
    if (power == 2.0F) return [](float x, float) { return 2.0F * x; };
    return [power](float x, float y) { return x != 0 ? power * y / x : 0.0F; };
  }
  return nullptr;
}

class ActivationBackward final : public Backward {
 public:
  explicit ActivationBackward(Derivative derivative) : derivative_(std::move(derivative)) {}

  void run(const BackwardCall& call) const override {
    const std::span<float> dx = call.operand_gradients[0];
    const std::span<const float> dy = call.result_gradients[0];
    const auto x = call.operands[0].as<float>(), y = call.results[0].as<float>();
    for (std::size_t i = 0; i < dx.size(); ++i) {
      if (dy[i] != 0) dx[i] += derivative_(x[i], y[i]) * dy[i];
    }
  }

 private:
  Derivative derivative_;
};

/// PRelu with constant slopes that are one for each channel, or one for all.
class PReluBackward final : public Backward {
 public:
  explicit PReluBackward(const Tensor& slopes) : slopes_(slopes) {}

  void run(const BackwardCall& call) const override {
    const std::span<float> dx = call.operand_gradients[0];
    const std::span<const float> dy = call.result_gradients[0];
    const runtime::TensorView& view = call.operands[0];
    const auto x = view.as<float>();
    const auto slopes = slopes_.data<float>();
    const std::size_t channels = view.rank() > 1 ? static_cast<std::size_t>(view.shape[1]) : 1;
    const std::size_t images = view.rank() > 1 ? static_cast<std::size_t>(view.shape[0]) : 1;
    const std::size_t inner = x.size() / (channels * images);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float slope = slopes.size() == 1 ? slopes[0] : slopes[i / inner % channels];
      dx[i] += x[i] >= 0 ? dy[i] : slope * dy[i];
    }
  }

 private:
  const Tensor& slopes_;
};

}  // namespace

std::unique_ptr<Backward> activation_backward(const BackwardSetup& setup) {
  if (setup.node.is("PRelu") && setup.constants.size() > 1 && setup.constants[1] != nullptr) {
    return std::make_unique<PReluBackward>(*setup.constants[1]);
  }
  Derivative derivative = derivative_of(setup);
  if (!derivative) return nullptr;
  return std::make_unique<ActivationBackward>(std::move(derivative));
}

}  // namespace xquant::quantize

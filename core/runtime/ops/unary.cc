// Element-wise operators of one operand, activations among them.

#include <algorithm>
#include <cmath>
#include <functional>

#include "runtime/math/math.h"
#include "runtime/ops/arithmetic.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

/// A function of a float array; x and y may be the same.
using FloatFunction = std::function<void(const float* x, float* y, std::size_t n)>;

class FloatUnary final : public Kernel {
 public:
  explicit FloatUnary(FloatFunction function) : function_(std::move(function)) {}
  bool may_overwrite_operands() const override { return true; }
  std::vector<TensorType> infer(const Operands& in) const override {
    require_type(in.required(0), DataType::kFloat);
    return {same_type(in[0])};
  }
  void run(const Call& call) const override {
    const auto y = call.outputs[0].as<float>();
    function_(raw<float>(call.inputs[0]), y.data(), y.size());
  }

 private:
  FloatFunction function_;
};

std::unique_ptr<Kernel> float_unary(FloatFunction function) {
  return std::make_unique<FloatUnary>(std::move(function));
}

/// The array function of an operation on one element.
template <typename Operation>
FloatFunction each(Operation operation) {
  return [operation](const float* x, float* y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = operation(x[i]);
  };
}

/// y[i] = combine(x[i], f(x[i])), in pieces that fit the stack; f is an array function.
template <typename Function, typename Combine>
FloatFunction with(Function f, Combine combine) {
  return [f, combine](const float* x, float* y, std::size_t n) {
    constexpr std::size_t kChunk = 256;
    float values[kChunk];
    for (std::size_t i = 0; i < n; i += kChunk) {
      const std::size_t count = std::min(kChunk, n - i);
      f(x + i, values, count);
      for (std::size_t k = 0; k < count; ++k) y[i + k] = combine(x[i + k], values[k]);
    }
  };
}

/// An array function of a scaled argument.
template <typename Function, typename Prepare>
auto of(Function f, Prepare prepare) {
  return [f, prepare](const float* x, float* y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = prepare(x[i]);
    f(y, y, n);
  };
}

/// An operator for all arithmetic types; operation(T) -> T.
template <typename Operation>
class TypedUnary final : public Kernel {
 public:
  bool may_overwrite_operands() const override { return true; }
  std::vector<TensorType> infer(const Operands& in) const override {
    with_type(in.required(0).type, [](auto) {});
    return {same_type(in[0])};
  }
  void run(const Call& call) const override {
    const MutableView y = call.outputs[0];
    with_type(y.type, [&]<typename T>(T) {
      const T* x = raw<T>(call.inputs[0]);
      T* out = raw<T>(y);
      const std::int64_t n = y.size();
      for (std::int64_t i = 0; i < n; ++i) out[i] = Operation{}(x[i]);
    });
  }
};

struct Negate {
  template <typename T>
  T operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) return -x;
    return subtract(T(0), x);
  }
};
struct Absolute {
  template <typename T>
  T operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) return std::fabs(x);
    return x < T(0) ? subtract(T(0), x) : x;
  }
};
struct Sign {
  template <typename T>
  T operator()(T x) const {
    return x > T(0) ? T(1) : x < T(0) ? static_cast<T>(-1) : x;
  }
};
struct Relu {
  template <typename T>
  T operator()(T x) const {
    return x < T(0) ? T(0) : x;
  }
};
struct BitwiseNot {
  template <typename T>
  T operator()(T x) const {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) return static_cast<T>(~x);
    refuse("BitwiseNot takes integers.");
  }
};

/// Tests one element: bool results.
template <typename Test>
class Predicate final : public Kernel {
 public:
  explicit Predicate(Test test) : test_(test) {}
  std::vector<TensorType> infer(const Operands& in) const override {
    return {{DataType::kBool, in.required(0).shape_copy()}};
  }
  void run(const Call& call) const override {
    bool* y = raw<bool>(call.outputs[0]);
    with_type(call.inputs[0].type, [&]<typename T>(T) {
      for (const T x : call.inputs[0].as<T>()) *y++ = test_(x);
    });
  }

 private:
  Test test_;
};

constexpr auto kTanh = [](const float* x, float* y, std::size_t n) { math::tanh(x, y, n); };
constexpr auto kErf = [](const float* x, float* y, std::size_t n) { math::erf(x, y, n); };
constexpr auto kSigmoid = [](const float* x, float* y, std::size_t n) { math::sigmoid(x, y, n); };
constexpr auto kExpm1 = [](const float* x, float* y, std::size_t n) { math::expm1(x, y, n); };

}  // namespace

std::unique_ptr<Kernel> negate(const Setup&) { return std::make_unique<TypedUnary<Negate>>(); }
std::unique_ptr<Kernel> absolute(const Setup&) { return std::make_unique<TypedUnary<Absolute>>(); }
std::unique_ptr<Kernel> sign(const Setup&) { return std::make_unique<TypedUnary<Sign>>(); }
std::unique_ptr<Kernel> relu(const Setup&) { return std::make_unique<TypedUnary<Relu>>(); }
std::unique_ptr<Kernel> bitwise_not(const Setup&) {
  return std::make_unique<TypedUnary<BitwiseNot>>();
}

std::unique_ptr<Kernel> logical_not(const Setup&) {
  const auto test = [](auto x) { return x == decltype(x)(0); };
  return std::make_unique<Predicate<decltype(test)>>(test);
}
std::unique_ptr<Kernel> is_nan(const Setup&) {
  const auto test = [](auto x) { return x != x; };
  return std::make_unique<Predicate<decltype(test)>>(test);
}
std::unique_ptr<Kernel> is_infinite(const Setup& setup) {
  const bool positive = setup.node.int_or("detect_positive", 1) != 0;
  const bool negative = setup.node.int_or("detect_negative", 1) != 0;
  const auto test = [positive, negative](auto x) {
    if constexpr (std::is_floating_point_v<decltype(x)>) {
      return std::isinf(x) && (x > 0 ? positive : negative);
    }
    return false;
  };
  return std::make_unique<Predicate<decltype(test)>>(test);
}

std::unique_ptr<Kernel> square_root(const Setup&) {
  return float_unary(each([](float x) { return std::sqrt(x); }));
}
std::unique_ptr<Kernel> reciprocal(const Setup&) {
  return float_unary(each([](float x) { return 1.0f / x; }));
}
std::unique_ptr<Kernel> floor(const Setup&) {
  return float_unary(each([](float x) { return std::floor(x); }));
}
std::unique_ptr<Kernel> ceil(const Setup&) {
  return float_unary(each([](float x) { return std::ceil(x); }));
}
/// Halves to even.
std::unique_ptr<Kernel> round(const Setup&) {
  return float_unary(each([](float x) { return std::nearbyint(x); }));
}

std::unique_ptr<Kernel> exp(const Setup&) { return float_unary(math::exp); }
std::unique_ptr<Kernel> log(const Setup&) { return float_unary(math::log); }
std::unique_ptr<Kernel> tanh(const Setup&) { return float_unary(math::tanh); }
std::unique_ptr<Kernel> erf(const Setup&) { return float_unary(math::erf); }
std::unique_ptr<Kernel> sigmoid(const Setup&) { return float_unary(math::sigmoid); }
std::unique_ptr<Kernel> softplus(const Setup&) { return float_unary(math::softplus); }

std::unique_ptr<Kernel> softsign(const Setup&) {
  return float_unary(each([](float x) { return x / (1.0f + std::fabs(x)); }));
}
std::unique_ptr<Kernel> leaky_relu(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 0.01f);
  return float_unary(each([alpha](float x) { return x < 0.0f ? alpha * x : x; }));
}
std::unique_ptr<Kernel> thresholded_relu(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 1.0f);
  return float_unary(each([alpha](float x) { return x > alpha ? x : 0.0f; }));
}
std::unique_ptr<Kernel> shrink(const Setup& setup) {
  const float bias = setup.node.float_or("bias", 0.0f), lambda = setup.node.float_or("lambd", 0.5f);
  return float_unary(each([bias, lambda](float x) {
    return x < -lambda ? x + bias : x > lambda ? x - bias : 0.0f;
  }));
}
std::unique_ptr<Kernel> hard_sigmoid(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 0.2f), beta = setup.node.float_or("beta", 0.5f);
  return float_unary(
      each([alpha, beta](float x) { return maximum(0.0f, minimum(1.0f, alpha * x + beta)); }));
}
/// x * max(0, min(1, x / 6 + 1/2)).
std::unique_ptr<Kernel> hard_swish(const Setup&) {
  return float_unary(
      each([](float x) { return x * maximum(0.0f, minimum(1.0f, (1.0f / 6.0f) * x + 0.5f)); }));
}

std::unique_ptr<Kernel> elu(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 1.0f);
  return float_unary(with(kExpm1, [alpha](float x, float e) { return x < 0.0f ? alpha * e : x; }));
}
std::unique_ptr<Kernel> selu(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 1.67326319217681884765625f);
  const float gamma = setup.node.float_or("gamma", 1.05070102214813232421875f);
  return float_unary(with(
      kExpm1, [alpha, gamma](float x, float e) { return gamma * (x < 0.0f ? alpha * e : x); }));
}
/// max(0, x) + min(0, alpha * (exp(x / alpha) - 1)).
std::unique_ptr<Kernel> celu(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 1.0f);
  return float_unary(
      with(of(kExpm1, [alpha](float x) { return x / alpha; }),
           [alpha](float x, float e) { return maximum(0.0f, x) + minimum(0.0f, alpha * e); }));
}
std::unique_ptr<Kernel> mish(const Setup&) {
  const auto tanh_of_softplus = [](const float* x, float* y, std::size_t n) {
    math::softplus(x, y, n);
    math::tanh(y, y, n);
  };
  return float_unary(with(tanh_of_softplus, [](float x, float t) { return x * t; }));
}
std::unique_ptr<Kernel> swish(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 1.0f);
  return float_unary(with(of(kSigmoid, [alpha](float x) { return alpha * x; }),
                          [](float x, float s) { return x * s; }));
}

/// x * (1 + erf(x / sqrt(2))) / 2, or its approximation by tanh (Hendrycks & Gimpel 2016).
std::unique_ptr<Kernel> gelu(const Setup& setup) {
  const auto combine = [](float x, float t) { return 0.5f * x * (1.0f + t); };
  if (setup.node.string_or("approximate", "none") == "tanh") {
    return float_unary(
        with(of(kTanh, [](float x) { return 0.797884560802865f * (x + 0.044715f * (x * x * x)); }),
             combine));
  }
  return float_unary(with(of(kErf, [](float x) { return x * 0.70710678118654752f; }), combine));
}

}  // namespace xquant::runtime::ops

// Element-wise operators of one operand, activations among them.

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "runtime/activation/activation.h"
#include "runtime/math/math.h"
#include "runtime/ops/arithmetic.h"
#include "runtime/ops/common.h"
#include "runtime/ops/element_loops.h"

namespace xquant::runtime::ops {
namespace {

/// An operator for float and double out of an array function f(const T* x, T* y, n), in which x and
/// y may be the same.
template <typename Function>
class RealUnary final : public Kernel {
 public:
  explicit RealUnary(Function function) : function_(function) {}
  bool may_overwrite_operands() const override { return true; }
  std::vector<TensorType> infer(const Operands& in) const override {
    with_real_type(in.required(0).type, [](auto) {});
    return {same_type(in[0])};
  }
  void run(const Call& call) const override {
    const MutableView y = call.outputs[0];
    with_real_type(y.type, [&]<typename T>(T) {
      const T* x = raw<T>(call.inputs[0]);
      for_each_range(
          call, y.size(), kLeastElements, [&](std::int64_t begin, std::int64_t end, std::byte*) {
            function_(x + begin, raw<T>(y) + begin, static_cast<std::size_t>(end - begin));
          });
    });
  }
  bool maps_floats() const override { return true; }
  void map_floats(std::size_t, const float* x, float* y, std::size_t n) const override {
    function_(x, y, n);
  }

 private:
  Function function_;
};

template <typename Function>
std::unique_ptr<Kernel> real_unary(Function function) {
  return std::make_unique<RealUnary<Function>>(function);
}

/// The array function of an operation on one element.
template <typename Operation>
auto each(Operation operation) {
  return [operation]<typename T>(const T* x, T* y, std::size_t n) {
    map_elements(x, y, n, operation);
  };
}

/// y[i] = combine(x[i], f(x[i])), in pieces that fit the stack; f is an array function.
template <typename Function, typename Combine>
auto with(Function f, Combine combine) {
  return [f, combine]<typename T>(const T* x, T* y, std::size_t n) {
    constexpr std::size_t kChunk = 256;
    T values[kChunk];
    for (std::size_t i = 0; i < n; i += kChunk) {
      const std::size_t count = std::min(kChunk, n - i);
      f(x + i, values, count);
      combine_elements(x + i, values, y + i, count, combine);
    }
  };
}

/// An array function of a scaled argument.
template <typename Function, typename Prepare>
auto of(Function f, Prepare prepare) {
  return [f, prepare]<typename T>(const T* x, T* y, std::size_t n) {
    map_elements(x, y, n, prepare);
    f(y, y, n);
  };
}

/// An operator for all arithmetic types; operation(T) -> T.
template <typename Operation>
class TypedUnary final : public Kernel {
 public:
  explicit TypedUnary(Operation operation = {}) : operation_(operation) {}
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
      map_elements(x, out, static_cast<std::size_t>(y.size()), operation_);
    });
  }

 private:
  Operation operation_;
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
class Relu final : public Kernel {
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
      const auto n = static_cast<std::size_t>(y.size());
      if constexpr (std::is_same_v<T, float>) return map_floats(0, x, raw<T>(y), n);
      for (std::size_t i = 0; i < n; ++i) raw<T>(y)[i] = x[i] < T(0) ? T(0) : x[i];
    });
  }
  bool maps_floats() const override { return true; }
  void map_floats(std::size_t, const float* x, float* y, std::size_t n) const override {
    activation::relu(x, y, n);
  }
  const Bounds* bounds() const override { return &kBounds; }

 private:
  static constexpr Bounds kBounds{.low = 0.0f};
};
struct Shrink {
  float bias = 0, lambda = 0;
  template <typename T>
  T operator()(T x) const {
    using Real = std::conditional_t<std::is_same_v<T, double>, double, float>;
    const Real value = static_cast<Real>(x), shift = static_cast<Real>(bias);
    if (value < -static_cast<Real>(lambda)) return static_cast<T>(value + shift);
    return value > static_cast<Real>(lambda) ? static_cast<T>(value - shift) : T(0);
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

#define XQ_ELEMENTARY(constant, function)                                     \
  constexpr auto constant = []<typename T>(const T* x, T* y, std::size_t n) { \
    math::function(x, y, n);                                                  \
  };
XQ_ELEMENTARY(kExp, exp)
XQ_ELEMENTARY(kExpm1, expm1)
XQ_ELEMENTARY(kLog, log)
XQ_ELEMENTARY(kTanh, tanh)
XQ_ELEMENTARY(kErf, erf)
XQ_ELEMENTARY(kSigmoid, sigmoid)
XQ_ELEMENTARY(kSoftplus, softplus)
#undef XQ_ELEMENTARY

}  // namespace

std::unique_ptr<Kernel> negate(const Setup&) { return std::make_unique<TypedUnary<Negate>>(); }
std::unique_ptr<Kernel> absolute(const Setup&) { return std::make_unique<TypedUnary<Absolute>>(); }
std::unique_ptr<Kernel> sign(const Setup&) { return std::make_unique<TypedUnary<Sign>>(); }
std::unique_ptr<Kernel> relu(const Setup&) { return std::make_unique<Relu>(); }
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
  return real_unary(each([](auto x) { return std::sqrt(x); }));
}
std::unique_ptr<Kernel> reciprocal(const Setup&) {
  return real_unary(each([]<typename T>(T x) { return T(1) / x; }));
}
std::unique_ptr<Kernel> floor(const Setup&) {
  return real_unary(each([](auto x) { return std::floor(x); }));
}
std::unique_ptr<Kernel> ceil(const Setup&) {
  return real_unary(each([](auto x) { return std::ceil(x); }));
}
/// Halves to even.
std::unique_ptr<Kernel> round(const Setup&) {
  return real_unary(each([](auto x) { return std::nearbyint(x); }));
}

std::unique_ptr<Kernel> exp(const Setup&) { return real_unary(kExp); }
std::unique_ptr<Kernel> log(const Setup&) { return real_unary(kLog); }
std::unique_ptr<Kernel> tanh(const Setup&) { return real_unary(kTanh); }
std::unique_ptr<Kernel> erf(const Setup&) { return real_unary(kErf); }
std::unique_ptr<Kernel> sigmoid(const Setup&) { return real_unary(kSigmoid); }
std::unique_ptr<Kernel> softplus(const Setup&) { return real_unary(kSoftplus); }

std::unique_ptr<Kernel> softsign(const Setup&) {
  return real_unary(each([]<typename T>(T x) { return x / (T(1) + std::fabs(x)); }));
}
std::unique_ptr<Kernel> leaky_relu(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 0.01f);
  return real_unary([alpha]<typename T>(const T* x, T* y, std::size_t n) {
    if constexpr (std::is_same_v<T, float>) return activation::leaky_relu(alpha, x, y, n);
    for (std::size_t i = 0; i < n; ++i) y[i] = x[i] < T(0) ? T(alpha) * x[i] : x[i];
  });
}
std::unique_ptr<Kernel> thresholded_relu(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 1.0f);
  return real_unary(each([alpha]<typename T>(T x) { return x > T(alpha) ? x : T(0); }));
}
std::unique_ptr<Kernel> hard_sigmoid(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 0.2f), beta = setup.node.float_or("beta", 0.5f);
  return real_unary([alpha, beta]<typename T>(const T* x, T* y, std::size_t n) {
    if constexpr (std::is_same_v<T, float>) return activation::hard_sigmoid(alpha, beta, x, y, n);
    for (std::size_t i = 0; i < n; ++i)
      y[i] = maximum(T(0), minimum(T(1), T(alpha) * x[i] + T(beta)));
  });
}
/// x * max(0, min(1, x / 6 + 1/2)).
std::unique_ptr<Kernel> hard_swish(const Setup&) {
  return real_unary([]<typename T>(const T* x, T* y, std::size_t n) {
    if constexpr (std::is_same_v<T, float>) return activation::hard_swish(x, y, n);
    for (std::size_t i = 0; i < n; ++i)
      y[i] = x[i] * maximum(T(0), minimum(T(1), (T(1) / T(6)) * x[i] + T(0.5)));
  });
}

std::unique_ptr<Kernel> elu(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 1.0f);
  return real_unary(
      with(kExpm1, [alpha]<typename T>(T x, T e) { return x < T(0) ? T(alpha) * e : x; }));
}
std::unique_ptr<Kernel> selu(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 1.67326319217681884765625f);
  const float gamma = setup.node.float_or("gamma", 1.05070102214813232421875f);
  return real_unary(with(kExpm1, [alpha, gamma]<typename T>(T x, T e) {
    return T(gamma) * (x < T(0) ? T(alpha) * e : x);
  }));
}
/// max(0, x) + min(0, alpha * (exp(x / alpha) - 1)).
std::unique_ptr<Kernel> celu(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 1.0f);
  return real_unary(with(
      of(kExpm1, [alpha]<typename T>(T x) { return x / T(alpha); }),
      [alpha]<typename T>(T x, T e) { return maximum(T(0), x) + minimum(T(0), T(alpha) * e); }));
}
std::unique_ptr<Kernel> mish(const Setup&) {
  const auto tanh_of_softplus = []<typename T>(const T* x, T* y, std::size_t n) {
    math::softplus(x, y, n);
    math::tanh(y, y, n);
  };
  return real_unary(with(tanh_of_softplus, [](auto x, auto t) { return x * t; }));
}
std::unique_ptr<Kernel> swish(const Setup& setup) {
  const float alpha = setup.node.float_or("alpha", 1.0f);
  return real_unary(with(of(kSigmoid, [alpha]<typename T>(T x) { return T(alpha) * x; }),
                         [](auto x, auto s) { return x * s; }));
}

/// x * (1 + erf(x / sqrt(2))) / 2, or its approximation by tanh (Hendrycks & Gimpel 2016).
std::unique_ptr<Kernel> gelu(const Setup& setup) {
  const auto combine = []<typename T>(T x, T t) { return T(0.5) * x * (T(1) + t); };
  if (setup.node.string_or("approximate", "none") == "tanh") {
    const auto inner = []<typename T>(T x) {
      return T(0.79788456080286535588) * (x + T(0.044715) * (x * x * x));
    };
    return real_unary(with(of(kTanh, inner), combine));
  }
  const auto scaled = []<typename T>(T x) { return x * T(0.70710678118654752440); };
  return real_unary(with(of(kErf, scaled), combine));
}

/// For all numbers: integers are computed in float, as ONNX Runtime and the reference do.
std::unique_ptr<Kernel> shrink(const Setup& setup) {
  const float bias = setup.node.float_or("bias", 0.0f), lambda = setup.node.float_or("lambd", 0.5f);
  return std::make_unique<TypedUnary<Shrink>>(Shrink{bias, lambda});
}

}  // namespace xquant::runtime::ops

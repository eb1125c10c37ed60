// Element-wise operators of two or more operands with NumPy broadcasting.

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <type_traits>
#include <vector>

#include "runtime/math/math.h"
#include "runtime/ops/arithmetic.h"
#include "runtime/ops/broadcast.h"
#include "runtime/ops/constant_operand.h"

namespace xquant::runtime::ops {
namespace {

using BinaryFunction = void (*)(const TensorView& a, const TensorView& b, const MutableView& y);
/// The same for floats of one shape.
using FloatFunction = void (*)(const float* a, const float* b, float* y, std::size_t n);

/// A function of two operands of one type; the result has that type, or bool.
class Binary final : public Kernel {
 public:
  enum class Result { kSameType, kBool };
  Binary(BinaryFunction function, Result result, FloatFunction of_floats = nullptr)
      : function_(function), of_floats_(of_floats), result_(result) {}

  bool combines_floats() const override { return of_floats_ != nullptr; }
  void combine_floats(const float* a, const float* b, float* y, std::size_t n) const override {
    of_floats_(a, b, y, n);
  }
  bool may_overwrite_operands() const override { return result_ == Result::kSameType; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView a = in.required(0), b = in.required(1);
    if (a.type != b.type) refuse("The operands have different element types.");
    return {{result_ == Result::kBool ? DataType::kBool : a.type, broadcast(a.shape, b.shape)}};
  }
  void run(const Call& call) const override {
    function_(call.inputs[0], call.inputs[1], call.outputs[0]);
  }

 private:
  BinaryFunction function_;
  FloatFunction of_floats_;
  Result result_;
};

/// A BinaryFunction for all arithmetic types and a FloatFunction out of an operation on one
/// element.
#define XQ_BINARY(name, expression)                                                         \
  template <typename T>                                                                     \
  T name##_one(T l, T r) {                                                                  \
    return expression;                                                                      \
  }                                                                                         \
  void name(const TensorView& a, const TensorView& b, const MutableView& y) {               \
    with_type(a.type, [&]<typename T>(T) {                                                  \
      broadcast_apply<T, T>(a, b, y, [](T l, T r) { return name##_one<T>(l, r); });         \
    });                                                                                     \
  }                                                                                         \
  void name##_floats(const float* a, const float* b, float* y, std::size_t n) {             \
    combine_elements(a, b, y, n, [](float l, float r) { return name##_one<float>(l, r); }); \
  }
#define XQ_COMPARISON(name, expression)                                       \
  void name(const TensorView& a, const TensorView& b, const MutableView& y) { \
    with_type(a.type, [&]<typename T>(T) {                                    \
      broadcast_apply<T, bool>(a, b, y, [](T l, T r) { return expression; }); \
    });                                                                       \
  }
#define XQ_LOGICAL(name, expression)                                                 \
  void name(const TensorView& a, const TensorView& b, const MutableView& y) {        \
    require_type(a, DataType::kBool);                                                \
    broadcast_apply<bool, bool>(a, b, y, [](bool l, bool r) { return expression; }); \
  }
#define XQ_BITWISE(name, expression)                                                       \
  void name(const TensorView& a, const TensorView& b, const MutableView& y) {              \
    if (!is_integer(a.type)) refuse("Bits are operated on in integers only.");             \
    with_width(a.type, [&]<typename T>(T) {                                                \
      broadcast_apply<T, T>(a, b, y, [](T l, T r) { return static_cast<T>(expression); }); \
    });                                                                                    \
  }

XQ_BINARY(add_all, add(l, r))
XQ_BINARY(subtract_all, subtract(l, r))
XQ_BINARY(multiply_all, multiply(l, r))
XQ_BINARY(divide_all, divide(l, r))
XQ_BINARY(minimum_all, minimum(l, r))
XQ_BINARY(maximum_all, maximum(l, r))
XQ_BINARY(prelu_all, l < T(0) ? multiply(l, r) : l)
XQ_COMPARISON(equal_all, l == r)
XQ_COMPARISON(greater_all, l > r)
XQ_COMPARISON(less_all, l < r)
XQ_COMPARISON(greater_or_equal_all, l >= r)
XQ_COMPARISON(less_or_equal_all, l <= r)
XQ_LOGICAL(and_all, l&& r)
XQ_LOGICAL(or_all, l || r)
XQ_LOGICAL(xor_all, l != r)
XQ_BITWISE(bitwise_and_all, l& r)
XQ_BITWISE(bitwise_or_all, l | r)
XQ_BITWISE(bitwise_xor_all, l ^ r)
XQ_BITWISE(shift_left_all, std::uint64_t{r} < sizeof(T) * 8 ? std::uint64_t{l} << r : 0)
XQ_BITWISE(shift_right_all, std::uint64_t{r} < sizeof(T) * 8 ? std::uint64_t{l} >> r : 0)

void modulo_all(const TensorView& a, const TensorView& b, const MutableView& y) {
  with_type(a.type, [&]<typename T>(T) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      broadcast_apply<T, T>(a, b, y, [](T l, T r) { return floor_modulo(l, r); });
    } else {
      refuse("Mod without fmod takes integers.");
    }
  });
}

/// C's remainder, with the sign of the dividend; it is exact, also for floats.
void remainder_all(const TensorView& a, const TensorView& b, const MutableView& y) {
  with_type(a.type, [&]<typename T>(T) {
    if constexpr (std::is_floating_point_v<T>) {
      broadcast_apply<T, T>(a, b, y, [](T l, T r) { return std::fmod(l, r); });
    } else {
      broadcast_apply<T, T>(a, b, y,
                            [](T l, T r) { return subtract(l, multiply(divide(l, r), r)); });
    }
  });
}

/// Min, Max, Sum and Mean take any number of operands and go from left to right.
class Variadic final : public Kernel {
 public:
  enum class Result { kAsItIs, kDividedByCount };
  Variadic(BinaryFunction function, FloatFunction of_floats, Result result)
      : function_(function), of_floats_(of_floats), mean_(result == Result::kDividedByCount) {}

  // Asked where there are two operands.
  bool combines_floats() const override { return !mean_; }
  void combine_floats(const float* a, const float* b, float* y, std::size_t n) const override {
    of_floats_(a, b, y, n);
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    TensorType type = same_type(in.required(0));
    for (std::size_t i = 1; i < in.size(); ++i) {
      if (in.required(i).type != type.type) refuse("The operands have different element types.");
      type.shape = broadcast(type.shape, in[i].shape);
    }
    if (mean_) with_real_type(type.type, [](auto) {});
    return {type};
  }

  void run(const Call& call) const override {
    const MutableView y = call.outputs[0];
    const TensorView so_far = y;
    if (call.inputs.size() == 1) {
      std::copy_n(raw<char>(call.inputs[0]), y.byte_count(), raw<char>(y));
    } else {
      function_(call.inputs[0], call.inputs[1], y);
    }
    for (std::size_t i = 2; i < call.inputs.size(); ++i) function_(so_far, call.inputs[i], y);
    if (!mean_) return;
    with_real_type(y.type, [&]<typename T>(T) {
      for (T& value : y.as<T>()) value /= static_cast<T>(call.inputs.size());
    });
  }

 private:
  BinaryFunction function_;
  FloatFunction of_floats_;
  bool mean_;
};

/// The exponent may have a type of its own; the result has that of the base.
class Pow final : public Kernel {
 public:
  std::vector<TensorType> infer(const Operands& in) const override {
    return {{in.required(0).type, broadcast(in[0].shape, in.required(1).shape)}};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0], y = call.inputs[1];
    if (x.type == DataType::kFloat && y.type == DataType::kFloat)
      return run_float(x, y, call.outputs[0]);
    with_type(y.type, [&]<typename U>(U) {
      if constexpr (std::is_same_v<U, bool>) {
        refuse("Pow takes numbers.");
      } else if constexpr (std::is_integral_v<U>) {
        run_mixed<std::int64_t>(x, y, widened<std::int64_t, U>(y), call.outputs[0]);
      } else {
        run_mixed<U>(x, y, {raw<U>(y), static_cast<std::size_t>(y.size())}, call.outputs[0]);
      }
    });
  }

 private:
  static void run_float(const TensorView& x, const TensorView& y, const MutableView& z) {
    const BroadcastPlan plan = plan_broadcast(z.shape, x.shape, y.shape);
    for_each_row(plan, [&](std::int64_t z0, std::int64_t x0, std::int64_t y0) {
      const float* base = raw<float>(x) + x0;
      const float* exponent = raw<float>(y) + y0;
      float* out = raw<float>(z) + z0;
      if (plan.b_step == 0 && *exponent == 2.0f && plan.a_step == 1) {
        for (std::int64_t i = 0; i < plan.inner; ++i) out[i] = base[i] * base[i];
        return;
      }
      constexpr std::int64_t kChunk = 256;
      float bases[kChunk], exponents[kChunk];
      for (std::int64_t i = 0; i < plan.inner; i += kChunk) {
        const std::int64_t count = std::min(kChunk, plan.inner - i);
        for (std::int64_t k = 0; k < count; ++k) {
          bases[k] = base[(i + k) * plan.a_step];
          exponents[k] = exponent[(i + k) * plan.b_step];
        }
        math::pow(bases, exponents, out + i, static_cast<std::size_t>(count));
        for (std::int64_t k = 0; k < count; ++k) {  // as above
          if (exponents[k] == 2.0f) out[i + k] = bases[k] * bases[k];
        }
      }
    });
  }

  /// The exponents as int64, float or double: eleven types of each operand would be 121 loops.
  template <typename T, typename U>
  static std::vector<T> widened(const TensorView& exponents) {
    return {raw<U>(exponents), raw<U>(exponents) + exponents.size()};
  }

  template <typename U>
  static void run_mixed(const TensorView& x, const TensorView& y, std::span<const U> exponents,
                        const MutableView& z) {
    const BroadcastPlan plan = plan_broadcast(z.shape, x.shape, y.shape);
    with_type(x.type, [&]<typename T>(T) {
      for_each_row(plan, [&](std::int64_t z0, std::int64_t x0, std::int64_t y0) {
        const T* base = raw<T>(x) + x0;
        const U* exponent = exponents.data() + y0;
        T* out = raw<T>(z) + z0;
        for (std::int64_t i = 0; i < plan.inner; ++i) {
          out[i] = power(base[i * plan.a_step], exponent[i * plan.b_step]);
        }
      });
    });
  }

  template <typename T, typename U>
  static T power(T base, U exponent) {
    if constexpr (std::is_same_v<T, bool>) {
      refuse("Pow takes numbers.");
    } else if constexpr (std::is_integral_v<T> && std::is_integral_v<U>) {
      return integer_power(base, exponent);
    } else {
      using Real =
          std::conditional_t<std::is_same_v<T, double> || std::is_same_v<U, double>, double, float>;
      const auto b = static_cast<Real>(base), e = static_cast<Real>(exponent);
      Real result;
      math::pow(&b, &e, &result, 1);
      return convert<T>(result);
    }
  }
};

/// Where(condition, x, y): two broadcasts of the condition, the second filling in what the first
/// left.
class Where final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  std::vector<TensorType> infer(const Operands& in) const override {
    require_type(in.required(0), DataType::kBool);
    if (in.required(1).type != in.required(2).type)
      refuse("The operands have different element types.");
    return {{in[1].type, broadcast(in[0].shape, broadcast(in[1].shape, in[2].shape))}};
  }

  void run(const Call& call) const override {
    with_width(call.outputs[0].type, [&]<typename T>(T) {
      select<T>(call, call.inputs[1], true);
      select<T>(call, call.inputs[2], false);
    });
  }

 private:
  template <typename T>
  static void select(const Call& call, const TensorView& values, bool when) {
    const MutableView out = call.outputs[0];
    const BroadcastPlan plan = plan_broadcast(out.shape, call.inputs[0].shape, values.shape);
    for_each_row(plan, [&](std::int64_t out0, std::int64_t condition0, std::int64_t value0) {
      const bool* condition = raw<bool>(call.inputs[0]) + condition0;
      for (std::int64_t i = 0; i < plan.inner; ++i) {
        if (condition[i * plan.a_step] != when) continue;
        raw<T>(out)[out0 + i] = raw<T>(values)[value0 + i * plan.b_step];
      }
    });
  }
};

std::unique_ptr<Kernel> same_type_result(BinaryFunction function,
                                         FloatFunction of_floats = nullptr) {
  return std::make_unique<Binary>(function, Binary::Result::kSameType, of_floats);
}
std::unique_ptr<Kernel> bool_result(BinaryFunction function) {
  return std::make_unique<Binary>(function, Binary::Result::kBool);
}

}  // namespace

std::unique_ptr<Kernel> add(const Setup& setup) {
  return with_constant_operand(setup, std::plus<float>(),
                               same_type_result(add_all, add_all_floats));
}
std::unique_ptr<Kernel> subtract(const Setup& setup) {
  return with_constant_operand(setup, std::minus<float>(),
                               same_type_result(subtract_all, subtract_all_floats));
}
std::unique_ptr<Kernel> multiply(const Setup& setup) {
  return with_constant_operand(setup, std::multiplies<float>(),
                               same_type_result(multiply_all, multiply_all_floats));
}
std::unique_ptr<Kernel> divide(const Setup& setup) {
  return with_constant_operand(setup, std::divides<float>(),
                               same_type_result(divide_all, divide_all_floats));
}
std::unique_ptr<Kernel> prelu(const Setup&) {
  return same_type_result(prelu_all, prelu_all_floats);
}
std::unique_ptr<Kernel> logical_and(const Setup&) { return same_type_result(and_all); }
std::unique_ptr<Kernel> logical_or(const Setup&) { return same_type_result(or_all); }
std::unique_ptr<Kernel> logical_xor(const Setup&) { return same_type_result(xor_all); }
std::unique_ptr<Kernel> bitwise_and(const Setup&) { return same_type_result(bitwise_and_all); }
std::unique_ptr<Kernel> bitwise_or(const Setup&) { return same_type_result(bitwise_or_all); }
std::unique_ptr<Kernel> bitwise_xor(const Setup&) { return same_type_result(bitwise_xor_all); }
std::unique_ptr<Kernel> equal(const Setup&) { return bool_result(equal_all); }
std::unique_ptr<Kernel> greater(const Setup&) { return bool_result(greater_all); }
std::unique_ptr<Kernel> less(const Setup&) { return bool_result(less_all); }
std::unique_ptr<Kernel> greater_or_equal(const Setup&) { return bool_result(greater_or_equal_all); }
std::unique_ptr<Kernel> less_or_equal(const Setup&) { return bool_result(less_or_equal_all); }
std::unique_ptr<Kernel> minimum(const Setup&) {
  return std::make_unique<Variadic>(minimum_all, minimum_all_floats, Variadic::Result::kAsItIs);
}
std::unique_ptr<Kernel> maximum(const Setup&) {
  return std::make_unique<Variadic>(maximum_all, maximum_all_floats, Variadic::Result::kAsItIs);
}
std::unique_ptr<Kernel> sum(const Setup&) {
  return std::make_unique<Variadic>(add_all, add_all_floats, Variadic::Result::kAsItIs);
}
std::unique_ptr<Kernel> mean(const Setup&) {
  return std::make_unique<Variadic>(add_all, add_all_floats, Variadic::Result::kDividedByCount);
}
std::unique_ptr<Kernel> pow(const Setup&) { return std::make_unique<Pow>(); }
std::unique_ptr<Kernel> where(const Setup&) { return std::make_unique<Where>(); }

std::unique_ptr<Kernel> modulo(const Setup& setup) {
  return same_type_result(setup.node.int_or("fmod", 0) != 0 ? remainder_all : modulo_all);
}
std::unique_ptr<Kernel> bit_shift(const Setup& setup) {
  return same_type_result(setup.node.string_or("direction", "") == "LEFT" ? shift_left_all
                                                                          : shift_right_all);
}

}  // namespace xquant::runtime::ops

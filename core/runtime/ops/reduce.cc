// Reductions. Axes are an attribute before opset 18 (ReduceSum: 13), an operand since. Floats are
// summed in double, in row-major order of the reduced elements, and rounded once.

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/math/math.h"
#include "runtime/ops/arithmetic.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

/// A reduction seen as [kept..., reduced...] by strides.
struct Layout {
  Dims kept, kept_strides;
  Dims reduced, reduced_strides;
};

Layout layout_of(const TensorView& data, std::span<const std::size_t> axes) {
  const Dims shape(data.shape), strides = strides_of(shape);
  Layout layout;
  for (std::size_t d = 0; d < shape.rank; ++d) {
    const bool reduced = std::ranges::find(axes, d) != axes.end();
    Dims& dims = reduced ? layout.reduced : layout.kept;
    Dims& steps = reduced ? layout.reduced_strides : layout.kept_strides;
    dims[dims.rank++] = shape[d];
    steps[steps.rank++] = strides[d];
  }
  return layout;
}

/// Integers accumulate in 64 bits, floats in double.
template <typename T>
using Wide =
    std::conditional_t<std::is_floating_point_v<T>, double,
                       std::conditional_t<std::is_unsigned_v<T>, std::uint64_t, std::int64_t>>;

// Each operation: where it starts, how it takes in an element, and what the result of count
// elements is.
struct SumOf {
  template <typename W>
  static W start() {
    return W(0);
  }
  template <typename W>
  static W step(W so_far, W x) {
    return add(so_far, x);
  }
  template <typename W>
  static W finish(W total, std::int64_t) {
    return total;
  }
};
struct MeanOf : SumOf {
  template <typename W>
  static W finish(W total, std::int64_t count) {
    return total / static_cast<W>(count);
  }
};
struct ProductOf : SumOf {
  template <typename W>
  static W start() {
    return W(1);
  }
  template <typename W>
  static W step(W so_far, W x) {
    return multiply(so_far, x);
  }
};
struct MaxOf : SumOf {
  template <typename W>
  static W start() {
    return std::is_floating_point_v<W> ? -std::numeric_limits<W>::infinity()
                                       : std::numeric_limits<W>::lowest();
  }
  template <typename W>
  static W step(W so_far, W x) {
    return maximum(so_far, x);
  }
};
struct MinOf : SumOf {
  template <typename W>
  static W start() {
    return std::is_floating_point_v<W> ? std::numeric_limits<W>::infinity()
                                       : std::numeric_limits<W>::max();
  }
  template <typename W>
  static W step(W so_far, W x) {
    return minimum(so_far, x);
  }
};
struct L1Of : SumOf {
  template <typename W>
  static W step(W so_far, W x) {
    return add(so_far, x < W(0) ? subtract(W(0), x) : x);
  }
};
struct SumSquareOf : SumOf {
  template <typename W>
  static W step(W so_far, W x) {
    return add(so_far, multiply(x, x));
  }
};
struct L2Of : SumSquareOf {
  template <typename W>
  static W finish(W total, std::int64_t) {
    return static_cast<W>(std::sqrt(static_cast<double>(total)));
  }
};
struct LogSumOf : SumOf {
  template <typename W>
  static W finish(W total, std::int64_t) {
    auto value = static_cast<double>(total);
    math::log(&value, &value, 1);
    return static_cast<W>(value);
  }
};

/// The result for an element type that has no room for infinity.
template <typename T, typename W>
T narrow(W value) {
  if constexpr (std::is_integral_v<T>) {
    if (value > static_cast<W>(std::numeric_limits<T>::max()) &&
        value == std::numeric_limits<W>::max()) {
      return std::numeric_limits<T>::max();
    }
    if (value < static_cast<W>(std::numeric_limits<T>::min()) &&
        value == std::numeric_limits<W>::lowest()) {
      return std::numeric_limits<T>::min();
    }
  }
  return static_cast<T>(value);
}

template <typename Operation, typename T>
T reduce_one(const T* from, const Layout& layout) {
  Wide<T> total = Operation::template start<Wide<T>>();
  const std::int64_t count = layout.reduced.size();
  Walk<1> walk(layout.reduced);
  walk.strides = {layout.reduced_strides};
  for (std::int64_t i = 0; i < count; ++i, walk.next()) {
    total = Operation::template step<Wide<T>>(total, static_cast<Wide<T>>(from[walk.offsets[0]]));
  }
  return narrow<T>(Operation::template finish<Wide<T>>(total, count));
}

/// log(sum of exp(x)) as max + log(sum of exp(x - max)).
template <typename T>
T log_sum_exp(const T* from, const Layout& layout) {
  const T largest = reduce_one<MaxOf>(from, layout);
  const bool finite = largest - largest == T(0);
  double sum = 0;
  Walk<1> walk(layout.reduced);
  walk.strides = {layout.reduced_strides};
  for (std::int64_t i = 0; i < layout.reduced.size(); ++i, walk.next()) {
    T value = from[walk.offsets[0]] - (finite ? largest : T(0));
    math::exp(&value, &value, 1);
    sum += static_cast<double>(value);
  }
  auto result = static_cast<T>(sum);
  math::log(&result, &result, 1);
  return finite ? largest + result : result;
}

/// The same of integers: in double, the result truncated.
template <typename T>
T log_sum_exp_integer(const T* from, const Layout& layout) {
  double sum = 0;
  const auto largest = static_cast<double>(reduce_one<MaxOf>(from, layout));
  Walk<1> walk(layout.reduced);
  walk.strides = {layout.reduced_strides};
  for (std::int64_t i = 0; i < layout.reduced.size(); ++i, walk.next()) {
    double value = static_cast<double>(from[walk.offsets[0]]) - largest;
    math::exp(&value, &value, 1);
    sum += value;
  }
  math::log(&sum, &sum, 1);
  return static_cast<T>(largest + sum);
}

using ReduceFunction = void (*)(const TensorView& data, const Layout& layout,
                                const MutableView& out);

template <typename Compute>
void for_each_kept(const Layout& layout, Compute&& compute) {
  Walk<1> walk(layout.kept);
  walk.strides = {layout.kept_strides};
  const std::int64_t count = layout.kept.size();
  for (std::int64_t i = 0; i < count; ++i, walk.next()) compute(i, walk.offsets[0]);
}

template <typename Operation>
void reduce_all(const TensorView& data, const Layout& layout, const MutableView& out) {
  with_type(data.type, [&]<typename T>(T) {
    for_each_kept(layout, [&](std::int64_t i, std::int64_t at) {
      raw<T>(out)[i] = reduce_one<Operation>(raw<T>(data) + at, layout);
    });
  });
}

void log_sum_exp_all(const TensorView& data, const Layout& layout, const MutableView& out) {
  with_type(data.type, [&]<typename T>(T) {
    for_each_kept(layout, [&](std::int64_t i, std::int64_t at) {
      const T* from = raw<T>(data) + at;
      if constexpr (std::is_floating_point_v<T>) {
        raw<T>(out)[i] = log_sum_exp(from, layout);
      } else {
        raw<T>(out)[i] = log_sum_exp_integer(from, layout);
      }
    });
  });
}

class Reduce final : public Kernel {
 public:
  Reduce(const Setup& setup, ReduceFunction function)
      : function_(function),
        axes_(setup.node.ints_or("axes", {})),
        keep_(setup.node.int_or("keepdims", 1) != 0),
        none_means_none_(setup.node.int_or("noop_with_empty_axes", 0) != 0) {}

  std::vector<std::size_t> shape_operands() const override { return {1}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0);
    with_type(data.type, [](auto) {});
    const auto axes = axes_of(in);
    Shape shape;
    for (std::size_t d = 0; d < data.rank(); ++d) {
      const bool reduced = std::ranges::find(axes, d) != axes.end();
      if (!reduced || keep_) shape.push_back(reduced ? 1 : data.shape[d]);
    }
    return {{data.type, shape}};
  }

  void run(const Call& call) const override {
    function_(call.inputs[0], layout_of(call.inputs[0], axes_of(call.inputs)), call.outputs[0]);
  }

 private:
  std::vector<std::size_t> axes_of(const Operands& in) const {
    const std::vector<std::int64_t> given = in.has(1) ? integers(in[1]) : axes_;
    auto axes = normal_axes(given, in[0].rank());
    if (axes.empty() && !none_means_none_) {
      for (std::size_t d = 0; d < in[0].rank(); ++d) axes.push_back(d);
    }
    return axes;
  }

  ReduceFunction function_;
  std::vector<std::int64_t> axes_;
  bool keep_;
  bool none_means_none_;  ///< an empty list of axes reduces nothing instead of everything
};

/// The index of the largest or smallest element along an axis, the first or the last of equals.
class ArgReduce final : public Kernel {
 public:
  enum class Kind { kMax, kMin };
  ArgReduce(const Setup& setup, Kind kind)
      : kind_(kind),
        axis_(setup.node.int_or("axis", 0)),
        keep_(setup.node.int_or("keepdims", 1) != 0),
        last_(setup.node.int_or("select_last_index", 0) != 0) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0);
    with_type(data.type, [](auto) {});
    const auto axis = static_cast<std::ptrdiff_t>(normal_axis(axis_, data.rank()));
    Shape shape = data.shape_copy();
    shape[static_cast<std::size_t>(axis)] = 1;
    if (!keep_) shape.erase(shape.begin() + axis);
    return {{DataType::kInt64, shape}};
  }

  void run(const Call& call) const override {
    const TensorView data = call.inputs[0];
    const Dims shape(data.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    const std::int64_t inner = shape.product(axis + 1, shape.rank);
    with_type(data.type, [&]<typename T>(T) {
      std::int64_t* out = raw<std::int64_t>(call.outputs[0]);
      for (std::int64_t i = 0; i < shape.product(0, axis); ++i) {
        const T* row = raw<T>(data) + i * shape[axis] * inner;
        for (std::int64_t j = 0; j < inner; ++j) *out++ = best(row + j, shape[axis], inner);
      }
    });
  }

 private:
  template <typename T>
  std::int64_t best(const T* row, std::int64_t count, std::int64_t step) const {
    std::int64_t found = 0;
    for (std::int64_t i = 1; i < count; ++i) {
      const T candidate = row[i * step], champion = row[found * step];
      const bool better = kind_ == Kind::kMax ? candidate > champion : candidate < champion;
      if (better || (last_ && candidate == champion)) found = i;
    }
    return found;
  }

  Kind kind_;
  std::int64_t axis_;
  bool keep_, last_;
};

}  // namespace

#define XQ_REDUCE(name, function)                     \
  std::unique_ptr<Kernel> name(const Setup& setup) {  \
    return std::make_unique<Reduce>(setup, function); \
  }
XQ_REDUCE(reduce_sum, reduce_all<SumOf>)
XQ_REDUCE(reduce_mean, reduce_all<MeanOf>)
XQ_REDUCE(reduce_product, reduce_all<ProductOf>)
XQ_REDUCE(reduce_max, reduce_all<MaxOf>)
XQ_REDUCE(reduce_min, reduce_all<MinOf>)
XQ_REDUCE(reduce_l1, reduce_all<L1Of>)
XQ_REDUCE(reduce_l2, reduce_all<L2Of>)
XQ_REDUCE(reduce_sum_square, reduce_all<SumSquareOf>)
XQ_REDUCE(reduce_log_sum, reduce_all<LogSumOf>)
XQ_REDUCE(reduce_log_sum_exp, log_sum_exp_all)
#undef XQ_REDUCE

std::unique_ptr<Kernel> arg_max(const Setup& setup) {
  return std::make_unique<ArgReduce>(setup, ArgReduce::Kind::kMax);
}
std::unique_ptr<Kernel> arg_min(const Setup& setup) {
  return std::make_unique<ArgReduce>(setup, ArgReduce::Kind::kMin);
}

}  // namespace xquant::runtime::ops

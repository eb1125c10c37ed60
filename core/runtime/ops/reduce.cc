// Reductions. Axes are an attribute before opset 18 (ReduceSum: 13), an operand since. Floats are
// summed in double, in row-major order of the reduced elements, and rounded once.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "runtime/math/math.h"
#include "runtime/ops/arithmetic.h"
#include "runtime/ops/indices.h"

namespace xquant::runtime::ops {
namespace {

/// Whether each dimension is reduced.
using Axes = std::array<bool, kMaxRank>;

/// A reduction seen as [kept..., reduced...] by strides; neighbours of one kind are one dimension.
struct Layout {
  Dims kept, kept_strides;
  Dims reduced, reduced_strides;
};

Layout layout_of(const TensorView& data, const Axes& axes) {
  const Dims shape(data.shape), strides = strides_of(shape);
  Layout layout;
  for (std::size_t d = 0; d < shape.rank; ++d) {
    Dims& dims = axes[d] ? layout.reduced : layout.kept;
    Dims& steps = axes[d] ? layout.reduced_strides : layout.kept_strides;
    if (d > 0 && axes[d] == axes[d - 1]) {
      dims[dims.rank - 1] *= shape[d];
      steps[steps.rank - 1] = strides[d];
    } else {
      dims[dims.rank++] = shape[d];
      steps[steps.rank++] = strides[d];
    }
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
  constexpr std::int64_t kChunk = 64;
  T values[kChunk];
  for (std::int64_t left = layout.reduced.size(); left > 0; left -= kChunk) {
    const std::int64_t count = std::min(kChunk, left);
    for (std::int64_t i = 0; i < count; ++i, walk.next()) {
      values[i] = from[walk.offsets[0]] - (finite ? largest : T(0));
    }
    math::exp(values, values, static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]);
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

/// Neighbouring results that are computed together, so that sums do not wait for each other.
constexpr std::int64_t kLanes = 32;

/// count results from elements lane apart, each over n elements a step apart. kLane: the distance
/// when it is known, so that the compiler can use vectors; else 0.
template <typename Operation, std::int64_t kLane, typename T>
void reduce_lanes(const T* from, std::int64_t count, std::int64_t lane, std::int64_t n,
                  std::int64_t step, T* out) {
  if (kLane != 0) lane = kLane;
  Wide<T> totals[kLanes];
  std::fill_n(totals, count, Operation::template start<Wide<T>>());
  for (std::int64_t k = 0; k < n; ++k, from += step) {
    for (std::int64_t j = 0; j < count; ++j) {
      totals[j] =
          Operation::template step<Wide<T>>(totals[j], static_cast<Wide<T>>(from[j * lane]));
    }
  }
  for (std::int64_t j = 0; j < count; ++j) {
    out[j] = narrow<T>(Operation::template finish<Wide<T>>(totals[j], n));
  }
}

/// [outer, n, inner] over n.
template <typename Operation, typename T>
void reduce_middle(const T* from, std::int64_t outer, std::int64_t n, std::int64_t inner, T* out) {
  if (inner == 1) {
    for (std::int64_t i = 0; i < outer; i += kLanes) {
      reduce_lanes<Operation, 0>(from + i * n, std::min(kLanes, outer - i), n, n, 1, out + i);
    }
    return;
  }
  for (std::int64_t i = 0; i < outer; ++i, from += n * inner, out += inner) {
    for (std::int64_t j = 0; j < inner; j += kLanes) {
      reduce_lanes<Operation, 1>(from + j, std::min(kLanes, inner - j), 1, n, inner, out + j);
    }
  }
}

template <typename Operation>
void reduce_all(const TensorView& data, const Layout& layout, const MutableView& out) {
  with_type(data.type, [&]<typename T>(T) {
    // Integers are reduced in shape arithmetic only: no room in the program for fast code for each
    // type.
    if constexpr (std::is_floating_point_v<T>) {
      if (layout.reduced.rank == 1) {
        const std::int64_t n = layout.reduced[0], inner = layout.reduced_strides[0];
        const std::int64_t outer = inner == 0 ? 0 : out.size() / inner;
        return reduce_middle<Operation>(raw<T>(data), outer, n, inner, raw<T>(out));
      }
    }
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
      if (!axes[d] || keep_) shape.push_back(axes[d] ? 1 : data.shape[d]);
    }
    return {{data.type, shape}};
  }

  void run(const Call& call) const override {
    function_(call.inputs[0], layout_of(call.inputs[0], axes_of(call.inputs)), call.outputs[0]);
  }

 private:
  Axes axes_of(const Operands& in) const {
    const std::size_t rank = Dims(in[0].shape).rank;
    Axes axes{};
    const std::size_t count = in.has(1) ? static_cast<std::size_t>(in[1].size()) : axes_.size();
    if (count == 0 && !none_means_none_) std::fill_n(axes.begin(), rank, true);
    if (in.has(1)) require_index(in[1]);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t axis = in.has(1) ? integer(in[1], i) : axes_[i];
      axes[normal_axis(axis, rank)] = true;
    }
    return axes;
  }

  ReduceFunction function_;
  std::vector<std::int64_t> axes_;
  bool keep_;
  bool none_means_none_;  ///< an empty list of axes reduces nothing instead of everything
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

}  // namespace xquant::runtime::ops

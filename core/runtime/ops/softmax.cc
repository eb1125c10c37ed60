// Softmax, LogSoftmax and Hardmax. Before opset 13 the axis splits the tensor into a matrix whose
// rows are normalized; since then one dimension is. Sums are made in double, in memory order.

#include <algorithm>

#include "runtime/math/math.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

/// The largest of a row, in lanes so that the compiler can use vectors. A NaN may get lost; it is
/// in the sum anyway.
template <typename T>
T largest_of(const T* row, std::size_t n) {
  constexpr std::size_t kLanes = 16;
  T lanes[kLanes];
  std::fill_n(lanes, kLanes, row[0]);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l)
      lanes[l] = row[i + l] > lanes[l] ? row[i + l] : lanes[l];
  }
  for (; i < n; ++i) lanes[0] = row[i] > lanes[0] ? row[i] : lanes[0];
  return *std::max_element(lanes, lanes + kLanes);
}

struct SoftmaxRows {
  /// kRows rows, whose sums do not wait for each other.
  template <std::size_t kRows, typename T>
  static void apply_block(T* rows, std::size_t n) {
    for (std::size_t r = 0; r < kRows; ++r) {
      T* row = rows + r * n;
      const T largest = largest_of(row, n);
      for (std::size_t i = 0; i < n; ++i) row[i] -= largest;
    }
    math::exp(rows, rows, kRows * n);
    double sums[kRows] = {};
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t r = 0; r < kRows; ++r) sums[r] += static_cast<double>(rows[r * n + i]);
    }
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto sum = static_cast<T>(sums[r]);
      for (std::size_t i = 0; i < n; ++i) rows[r * n + i] /= sum;
    }
  }

  template <typename T>
  static void apply(T* rows, std::size_t n, std::size_t count) {
    constexpr std::size_t kBlock = 8;
    std::size_t r = 0;
    for (; r + kBlock <= count; r += kBlock) apply_block<kBlock>(rows + r * n, n);
    for (; r < count; ++r) apply_block<1>(rows + r * n, n);
  }
};

/// What works on one row at a time.
template <typename Row>
struct EachRow {
  template <typename T>
  static void apply(T* rows, std::size_t n, std::size_t count) {
    for (std::size_t r = 0; r < count; ++r) Row::apply(rows + r * n, n);
  }
};

struct HardmaxRow {
  template <typename T>
  static void apply(T* row, std::size_t n) {
    T* const largest = std::max_element(row, row + n);
    std::fill(row, largest, T(0));
    *largest = T(1);
    std::fill(largest + 1, row + n, T(0));
  }
};

/// x - max - log(sum of exp(x - max)); the exponentials go through a small buffer, piece by piece.
struct LogSoftmaxRow {
  template <typename T>
  static void apply(T* row, std::size_t n) {
    const T largest = largest_of(row, n);
    constexpr std::size_t kChunk = 256;
    T piece[kChunk];
    double sum = 0;
    for (std::size_t i = 0; i < n; i += kChunk) {
      const std::size_t count = std::min(kChunk, n - i);
      for (std::size_t k = 0; k < count; ++k) piece[k] = row[i + k] - largest;
      math::exp(piece, piece, count);
      for (std::size_t k = 0; k < count; ++k) sum += static_cast<double>(piece[k]);
    }
    auto log_sum = static_cast<T>(sum);
    math::log(&log_sum, &log_sum, 1);
    for (std::size_t i = 0; i < n; ++i) row[i] = (row[i] - largest) - log_sum;
  }
};

template <typename Rows>
class SoftmaxFamily final : public Kernel {
 public:
  explicit SoftmaxFamily(const Setup& setup)
      : flattens_(setup.opset < 13), axis_(setup.node.int_or("axis", flattens_ ? 1 : -1)) {}
  bool may_overwrite_operands() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    with_real_type(in.required(0).type, [](auto) {});
    normal_axis(axis_, in[0].rank());
    return {same_type(in[0])};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    return static_cast<std::size_t>(parts(in[0]).length) * sizeof(double);
  }

  void run(const Call& call) const override {
    if (call.inputs[0].size() == 0) return;
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  template <typename T>
  void run_typed(const Call& call) const {
    const TensorView x = call.inputs[0];
    const Parts p = parts(x);
    const auto length = static_cast<std::size_t>(p.length);
    T* y = raw<T>(call.outputs[0]);
    for_each_range(call, p.outer, least_pieces(p.length * p.inner),
                   [&](std::int64_t begin, std::int64_t end, std::byte* scratch) {
                     const std::int64_t first = begin * p.length * p.inner;
                     const std::int64_t size = (end - begin) * p.length * p.inner;
                     if (y != raw<T>(x)) std::copy_n(raw<T>(x) + first, size, y + first);
                     if (p.inner == 1) {
                       Rows::apply(y + first, length, static_cast<std::size_t>(end - begin));
                     } else {
                       apply_across(p, begin, end, y, reinterpret_cast<T*>(scratch));
                     }
                   });
  }

  struct Parts {
    std::int64_t outer, length, inner;
  };

  /// Rows whose elements are `inner` apart, by way of a row of scratch memory.
  template <typename T>
  static void apply_across(const Parts& p, std::int64_t begin, std::int64_t end, T* y, T* row) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t j = 0; j < p.inner; ++j) {
        T* first = y + i * p.length * p.inner + j;
        for (std::int64_t k = 0; k < p.length; ++k) row[k] = first[k * p.inner];
        Rows::apply(row, static_cast<std::size_t>(p.length), 1);
        for (std::int64_t k = 0; k < p.length; ++k) first[k * p.inner] = row[k];
      }
    }
  }

  Parts parts(const TensorView& x) const {
    const Dims shape(x.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    if (flattens_) return {shape.product(0, axis), shape.product(axis, shape.rank), 1};
    return {shape.product(0, axis), shape[axis], shape.product(axis + 1, shape.rank)};
  }

  bool flattens_;
  std::int64_t axis_;
};

}  // namespace

std::unique_ptr<Kernel> softmax(const Setup& setup) {
  return std::make_unique<SoftmaxFamily<SoftmaxRows>>(setup);
}
std::unique_ptr<Kernel> log_softmax(const Setup& setup) {
  return std::make_unique<SoftmaxFamily<EachRow<LogSoftmaxRow>>>(setup);
}
std::unique_ptr<Kernel> hardmax(const Setup& setup) {
  return std::make_unique<SoftmaxFamily<EachRow<HardmaxRow>>>(setup);
}

}  // namespace xquant::runtime::ops

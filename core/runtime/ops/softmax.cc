// Softmax, LogSoftmax and Hardmax. Before opset 13 the axis splits the tensor into a matrix whose
// rows are normalized; since then one dimension is. Sums are made in double, in memory order.

#include <algorithm>

#include "runtime/math/math.h"
#include "runtime/ops/common.h"
#include "runtime/row_sums.h"

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

/// Columns of a matrix whose rows are `step` apart: kBlockColumns and, at the end, fewer side by
/// side.
inline constexpr std::size_t kBlockColumns = 16;
struct ColumnBlock {
  std::size_t length, step, count;
};

struct SoftmaxRows {
  /// count rows of n elements; from may be to.
  template <typename T>
  static void apply(const T* from, T* to, std::size_t n, std::size_t count) {
    for_each_row_group(count, [&](std::size_t first, std::size_t rows) {
      apply_group(from + first * n, to + first * n, n, rows);
    });
  }

  /// scratch: [length][count]
  template <typename T>
  static void apply_columns(const T* from, T* to, const ColumnBlock& c, T* __restrict scratch) {
    T largest[kBlockColumns];
    std::copy_n(from, c.count, largest);
    for_each_element(c, [&](std::size_t j, std::size_t at, std::size_t) {
      largest[j] = from[at] > largest[j] ? from[at] : largest[j];
    });
    for_each_element(c, [&](std::size_t j, std::size_t at, std::size_t packed) {
      scratch[packed] = from[at] - largest[j];
    });
    math::exp(scratch, scratch, c.length * c.count);
    double sums[kBlockColumns] = {};
    for_each_element(c, [&](std::size_t j, std::size_t, std::size_t packed) {
      sums[j] += static_cast<double>(scratch[packed]);
    });
    for_each_element(c, [&](std::size_t j, std::size_t at, std::size_t packed) {
      to[at] = scratch[packed] / static_cast<T>(sums[j]);
    });
  }

 private:
  /// visit(column, place in the matrix, place in [length][count]), vectors across the columns.
  template <typename Visit>
  static void for_each_element(const ColumnBlock& c, Visit&& visit) {
    for (std::size_t k = 0; k < c.length; ++k) {
      if (c.count == kBlockColumns) {
        for (std::size_t j = 0; j < kBlockColumns; ++j)
          visit(j, k * c.step + j, k * kBlockColumns + j);
      } else {
        for (std::size_t j = 0; j < c.count; ++j) visit(j, k * c.step + j, k * c.count + j);
      }
    }
  }

  template <typename T>
  static void apply_group(const T* from, T* to, std::size_t n, std::size_t rows) {
    for (std::size_t r = 0; r < rows; ++r) {
      const T largest = largest_of(from + r * n, n);
      T* row = to + r * n;
      if (from != to) std::copy_n(from + r * n, n, row);
      for (std::size_t i = 0; i < n; ++i) row[i] -= largest;
    }
    math::exp(to, to, rows * n);
    double sums[kSumRows];
    sum_rows(to, rows, n, sums);
    for (std::size_t r = 0; r < rows; ++r) {
      const auto sum = static_cast<T>(sums[r]);
      for (std::size_t i = r * n; i < (r + 1) * n; ++i) to[i] /= sum;
    }
  }
};

/// What works on one row at a time, in place.
template <typename Row>
struct EachRow {
  template <typename T>
  static void apply(const T* from, T* to, std::size_t n, std::size_t count) {
    if (from != to) std::copy_n(from, n * count, to);
    for (std::size_t r = 0; r < count; ++r) Row::apply(to + r * n, n);
  }

  template <typename T>
  static void apply_columns(const T* from, T* to, const ColumnBlock& c, T* __restrict scratch) {
    for (std::size_t j = 0; j < c.count; ++j) {
      for (std::size_t k = 0; k < c.length; ++k) scratch[k] = from[k * c.step + j];
      Row::apply(scratch, c.length);
      for (std::size_t k = 0; k < c.length; ++k) to[k * c.step + j] = scratch[k];
    }
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
    const Parts p = parts(in[0]);
    return p.inner == 1 ? 0 : static_cast<std::size_t>(p.length) * kBlockColumns * sizeof(double);
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
                     if (p.inner == 1) {
                       const std::int64_t first = begin * p.length;
                       Rows::apply(raw<T>(x) + first, y + first, length,
                                   static_cast<std::size_t>(end - begin));
                     } else {
                       apply_across(p, begin, end, raw<T>(x), y, reinterpret_cast<T*>(scratch));
                     }
                   });
  }

  struct Parts {
    std::int64_t outer, length, inner;
  };

  /// Rows whose elements are `inner` apart, as columns.
  template <typename T>
  static void apply_across(const Parts& p, std::int64_t begin, std::int64_t end, const T* x, T* y,
                           T* scratch) {
    const auto length = static_cast<std::size_t>(p.length),
               inner = static_cast<std::size_t>(p.inner);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i * p.length * p.inner;
      for (std::size_t j = 0; j < inner; j += kBlockColumns) {
        const ColumnBlock block{length, inner, std::min(kBlockColumns, inner - j)};
        Rows::apply_columns(x + first + j, y + first + j, block, scratch);
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

// MatMul with NumPy's broadcasting of leading dimensions.

#include <algorithm>

#include "runtime/gemm/gemm.h"
#include "runtime/gemm/tile.h"
#include "runtime/ops/arithmetic.h"
#include "runtime/ops/broadcast.h"

namespace xquant::runtime::ops {
namespace {

using gemm::Matrix;

/// Sizes of one matrix product.
struct Sizes {
  std::int64_t m, n, k;
};

using Dimensions = std::span<const std::int64_t>;

/// All dimensions but those of the matrix itself.
Dimensions batch_of(const TensorView& view) {
  return view.shape.first(view.rank() < 2 ? 0 : view.rank() - 2);
}

Sizes sizes_of(const TensorView& a, const TensorView& b) {
  if (a.rank() == 0 || b.rank() == 0) refuse("MatMul does not take scalars.");
  const bool row = a.rank() == 1, column = b.rank() == 1;
  const std::int64_t k = a.shape.back();
  const std::int64_t b_rows = column ? b.shape[0] : b.shape[b.rank() - 2];
  if (k != b_rows) {
    refuse("Tensors of shapes " + to_string(a.shape_copy()) + " and " + to_string(b.shape_copy()) +
           " cannot be multiplied.");
  }
  return {row ? 1 : a.shape[a.rank() - 2], column ? 1 : b.shape.back(), k};
}

std::size_t unsigned_size(std::int64_t n) { return static_cast<std::size_t>(n); }

class MatMul final : public Kernel {
 public:
  explicit MatMul(const Setup& setup) {
    const Tensor* b = setup.constant(1);
    if (b == nullptr || b->type() != DataType::kFloat || b->shape().size() != 2) return;
    const auto n = unsigned_size(b->shape()[1]);
    is_constant_ = true;
    // With a vector on the left there is no other dimension, but it is as long.
    row_length_ = n;
    if (b->bytes().size() > gemm::kLargestPacking) return;
    packed_ =
        gemm::PackedColumns(Matrix{raw<float>(view_of(*b)), unsigned_size(b->shape()[0]), n, n, 1});
    is_packed_ = true;
  }

  bool needs_constant(std::size_t position) const override { return position != 1 || !is_packed_; }
  std::size_t packed_bytes() const override { return packed_.bytes(); }
  bool takes_tail() const override { return is_constant_; }
  bool takes_tail_of_floats() const override { return true; }
  std::size_t row_length() const override { return row_length_; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView a = in.required(0), b = in.required(1);
    if (a.type != b.type) refuse("The operands have different element types.");
    with_type(a.type, [](auto) {});
    const Sizes sizes = sizes_of(a, b);
    Shape shape = broadcast(batch_of(a), batch_of(b));
    if (a.rank() > 1) shape.push_back(sizes.m);
    if (b.rank() > 1) shape.push_back(sizes.n);
    return {{a.type, shape}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    const Sizes sizes = sizes_of(in[0], in[1]);
    return a_scratch(in[0], sizes) + product_scratch(sizes) * sizeof(float);
  }

  void run(const Call& call) const override {
    const TensorView a = call.inputs[0], b = call.inputs[1];
    if (a.type != DataType::kFloat) {
      with_type(a.type, [&]<typename T>(T) { run_plain<T>(call); });
      return;
    }
    const Sizes sizes = sizes_of(a, b);
    float* y = raw<float>(call.outputs[0]);
    const auto n = unsigned_size(sizes.n), k = unsigned_size(sizes.k);
    if (is_constant_) {  // one matrix for all batches: they are rows of one product
      const std::size_t m = n == 0 ? 0 : unsigned_size(call.outputs[0].size()) / n;
      float* packed_a = reinterpret_cast<float*>(call.scratch.data());
      pack_in_parts(call, Matrix{raw<float>(a), m, k, k, 1}, packed_a);
      const gemm::Product product{m, n, k, packed_a, y, n};
      const gemm::Partition partition(m, n, call.workers());
      for_each_part(call, static_cast<std::int64_t>(partition.count()),
                    [&](std::int64_t part, std::byte* memory) {
                      const std::span<float> scratch(
                          reinterpret_cast<float*>(memory + a_scratch(a, sizes)),
                          product_scratch(sizes));
                      const gemm::Part rectangle = partition.at(static_cast<std::size_t>(part));
                      if (is_packed_) {
                        gemm::multiply(product, packed_, rectangle, scratch);
                      } else {
                        const Matrix right{raw<float>(b), k, n, n, 1};
                        gemm::multiply(product, gemm::MatrixPanels(right), rectangle, scratch);
                      }
                      apply_tail(call.tail, product, rectangle);
                    });
      return;
    }
    const auto m = unsigned_size(sizes.m);
    const std::int64_t products = m * n == 0 ? 0 : call.outputs[0].size() / (sizes.m * sizes.n);
    for_each_range(call, products, 1, [&](std::int64_t begin, std::int64_t end, std::byte* memory) {
      float* packed_a = reinterpret_cast<float*>(memory);
      const std::span<float> scratch(reinterpret_cast<float*>(memory + a_scratch(a, sizes)),
                                     gemm::scratch_floats(n, k));
      for_each_product(call, [&](std::int64_t i, std::int64_t a_index, std::int64_t b_index) {
        if (i < begin || i >= end) return;
        const float* left = raw<float>(a) + unsigned_size(a_index) * m * k;
        gemm::pack_rows(Matrix{left, m, k, k, 1}, packed_a);
        const Matrix right{raw<float>(b) + unsigned_size(b_index) * k * n, k, n, n, 1};
        const std::size_t first = unsigned_size(i) * m * n;
        gemm::multiply({m, n, k, packed_a, y + first, n}, gemm::MatrixPanels(right), scratch);
        if (call.tail != nullptr) call.tail->apply(y + first, first, m * n);
      });
    });
  }

 private:
  static void pack_in_parts(const Call& call, const Matrix& a, float* packed) {
    const auto panels = static_cast<std::int64_t>((a.rows + gemm::kTileRows - 1) / gemm::kTileRows);
    for_each_range(
        call, panels, least_pieces(static_cast<std::int64_t>(a.columns * gemm::kTileRows)),
        [&](std::int64_t begin, std::int64_t end, std::byte*) {
          const std::size_t first = unsigned_size(begin) * gemm::kTileRows;
          const std::size_t last = std::min(a.rows, unsigned_size(end) * gemm::kTileRows);
          gemm::pack_rows(Matrix{a.data + first * a.row_stride, last - first, a.columns,
                                 a.row_stride, a.column_stride},
                          packed + first * a.columns);
        });
  }

  std::size_t product_scratch(const Sizes& sizes) const {
    return is_packed_ ? gemm::tile_scratch_floats()
                      : gemm::scratch_floats(unsigned_size(sizes.n), unsigned_size(sizes.k));
  }

  std::size_t a_scratch(const TensorView& a, const Sizes& sizes) const {
    return align_up((is_constant_ ? unsigned_size(a.size()) : unsigned_size(sizes.m * sizes.k)) *
                    sizeof(float));
  }

  /// product(result, a, b) with the numbers of the matrices.
  template <typename Function>
  static void for_each_product(const Call& call, Function&& product) {
    const TensorView a = call.inputs[0], b = call.inputs[1];
    const auto batch =
        call.outputs[0].shape.first(std::max(batch_of(a).size(), batch_of(b).size()));
    const BroadcastPlan plan = plan_broadcast(batch, batch_of(a), batch_of(b));
    for_each_row(plan, [&](std::int64_t i, std::int64_t a_index, std::int64_t b_index) {
      for (std::int64_t j = 0; j < plan.inner; ++j) {
        product(i + j, a_index + j * plan.a_step, b_index + j * plan.b_step);
      }
    });
  }

  template <typename T>
  static void run_plain(const Call& call) {
    const Sizes sizes = sizes_of(call.inputs[0], call.inputs[1]);
    for_each_product(call, [&](std::int64_t i, std::int64_t a_index, std::int64_t b_index) {
      const T* a = raw<T>(call.inputs[0]) + a_index * sizes.m * sizes.k;
      const T* b = raw<T>(call.inputs[1]) + b_index * sizes.k * sizes.n;
      T* y = raw<T>(call.outputs[0]) + i * sizes.m * sizes.n;
      for (std::int64_t r = 0; r < sizes.m; ++r) {
        for (std::int64_t c = 0; c < sizes.n; ++c) {
          T total = T(0);
          for (std::int64_t k = 0; k < sizes.k; ++k) {
            total = ops::add(total, ops::multiply(a[r * sizes.k + k], b[k * sizes.n + c]));
          }
          y[r * sizes.n + c] = total;
        }
      }
    });
  }

  static void apply_tail(const Tail* tail, const gemm::Product& product, const gemm::Part& part) {
    if (tail == nullptr) return;
    for (std::size_t i = part.i0; i < part.i1; ++i) {
      const std::size_t at = i * product.ldc + part.j0;
      tail->apply(product.c + at, at, part.j1 - part.j0);
    }
  }

  gemm::PackedColumns packed_;
  bool is_constant_ = false;  ///< the right-hand side, as one matrix
  bool is_packed_ = false;
  std::size_t row_length_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> matmul(const Setup& setup) { return std::make_unique<MatMul>(setup); }

}  // namespace xquant::runtime::ops

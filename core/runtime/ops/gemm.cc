// Gemm: Y = alpha * A' * B' + beta * C. The product is summed as gemm::multiply says, then scaled,
// then C is added.

#include "runtime/gemm/gemm.h"

#include "runtime/ops/arithmetic.h"
#include "runtime/ops/broadcast.h"

namespace xquant::runtime::ops {
namespace {

using gemm::Matrix;

class Gemm final : public Kernel {
 public:
  explicit Gemm(const Setup& setup)
      : alpha_(setup.node.float_or("alpha", 1.0f)),
        beta_(setup.node.float_or("beta", 1.0f)),
        transpose_a_(setup.node.int_or("transA", 0) != 0),
        transpose_b_(setup.node.int_or("transB", 0) != 0) {
    const Tensor* b = setup.constant(1);
    if (b == nullptr || b->type() != DataType::kFloat || b->shape().size() != 2) return;
    is_constant_ = true;
    if (b->bytes().size() > gemm::kLargestPacking) return;
    packed_ = gemm::PackedColumns(matrix(view_of(*b), transpose_b_));
    is_packed_ = true;
  }

  bool needs_constant(std::size_t position) const override { return position != 1 || !is_packed_; }
  std::size_t packed_bytes() const override { return packed_.bytes(); }
  bool takes_tail() const override { return is_constant_; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView a = in.required(0), b = in.required(1);
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in.has(i)) require_type(in[i], a.type);
    }
    if (a.rank() != 2 || b.rank() != 2) refuse("Gemm takes matrices.");
    const Matrix left = matrix(a, transpose_a_), right = matrix(b, transpose_b_);
    if (left.columns != right.rows) {
      refuse("Matrices of shapes " + to_string(a.shape_copy()) + " and " +
             to_string(b.shape_copy()) + " cannot be multiplied.");
    }
    const Shape shape{static_cast<std::int64_t>(left.rows),
                      static_cast<std::int64_t>(right.columns)};
    if (in.has(2) && broadcast(shape, in[2].shape) != shape) refuse("C does not fit the product.");
    return {{a.type, shape}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    const Matrix right = matrix(in[1], transpose_b_);
    return align_up(in[0].byte_count()) + scratch_floats(right) * sizeof(float);
  }

  void run(const Call& call) const override {
    const TensorView a = call.inputs[0];
    if (a.type != DataType::kFloat) {
      with_type(a.type, [&]<typename T>(T) { run_plain<T>(call); });
      return;
    }
    const Matrix left = matrix(a, transpose_a_), right = matrix(call.inputs[1], transpose_b_);
    float* packed_a = reinterpret_cast<float*>(call.scratch.data());
    gemm::pack_rows(left, packed_a);
    float* y = raw<float>(call.outputs[0]);
    const gemm::Product product{left.rows, right.columns, left.columns, packed_a, y, right.columns};
    const gemm::Partition partition(product.m, product.n, call.workers());
    for_each_part(call, static_cast<std::int64_t>(partition.count()),
                  [&](std::int64_t part, std::byte* memory) {
                    const std::span<float> scratch(
                        reinterpret_cast<float*>(memory + align_up(a.byte_count())),
                        scratch_floats(right));
                    const gemm::Part rectangle = partition.at(static_cast<std::size_t>(part));
                    if (is_packed_) {
                      gemm::multiply(product, packed_, rectangle, scratch);
                    } else {
                      gemm::multiply(product, gemm::MatrixPanels(right), rectangle, scratch);
                    }
                  });
    finish<float>(call);
    if (call.tail != nullptr) call.tail->apply(y, 0, product.m * product.n);
  }

 private:
  std::size_t scratch_floats(const Matrix& right) const {
    return is_packed_ ? gemm::tile_scratch_floats()
                      : gemm::scratch_floats(right.columns, right.rows);
  }

  static Matrix matrix(const TensorView& view, bool transpose) {
    const auto rows = static_cast<std::size_t>(view.shape[0]),
               columns = static_cast<std::size_t>(view.shape[1]);
    if (transpose) return {raw<float>(view), columns, rows, 1, columns};
    return {raw<float>(view), rows, columns, columns, 1};
  }

  /// double and integers; alpha and beta are rounded to the type.
  template <typename T>
  void run_plain(const Call& call) const {
    const Matrix a = matrix(call.inputs[0], transpose_a_), b = matrix(call.inputs[1], transpose_b_);
    T* y = raw<T>(call.outputs[0]);
    for (std::size_t i = 0; i < a.rows; ++i) {
      for (std::size_t j = 0; j < b.columns; ++j) {
        T total = T(0);
        for (std::size_t k = 0; k < a.columns; ++k) {
          const T left = raw<T>(call.inputs[0])[i * a.row_stride + k * a.column_stride];
          const T right = raw<T>(call.inputs[1])[k * b.row_stride + j * b.column_stride];
          total = ops::add(total, ops::multiply(left, right));
        }
        *y++ = total;
      }
    }
    finish<T>(call);
  }

  template <typename T>
  void finish(const Call& call) const {
    const MutableView y = call.outputs[0];
    if (alpha_ != 1.0f) {
      for (T& value : y.as<T>()) value = ops::multiply(value, static_cast<T>(alpha_));
    }
    if (!call.inputs.has(2)) return;
    broadcast_apply<T, T>(y, call.inputs[2], y, [beta = static_cast<T>(beta_)](T p, T c) {
      return ops::add(p, ops::multiply(beta, c));
    });
  }

  float alpha_, beta_;
  bool transpose_a_, transpose_b_;
  gemm::PackedColumns packed_;
  bool is_constant_ = false;  ///< the right-hand side
  bool is_packed_ = false;
};

}  // namespace

std::unique_ptr<Kernel> gemm_operator(const Setup& setup) { return std::make_unique<Gemm>(setup); }

}  // namespace xquant::runtime::ops

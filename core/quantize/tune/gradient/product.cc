// Gemm and MatMul: dA = dY B', dB = A' dY, by the runtime's own products.

#include <algorithm>

#include "quantize/tune/gradient/backward.h"
#include "quantize/tune/gradient/broadcast.h"
#include "runtime/node_runner.h"

namespace xquant::quantize {
namespace {

using runtime::NodeRunner;
using runtime::TensorView;

Node transpose_node(std::size_t rank) {
  Node node{.name = "transpose", .op_type = "Transpose"};
  node.inputs = {ValueId{0}};
  node.outputs = {ValueId{1}};
  std::vector<std::int64_t> order;
  for (std::size_t i = 0; i < rank; ++i) order.push_back(static_cast<std::int64_t>(i));
  std::swap(order[rank - 1], order[rank - 2]);
  node.attributes["perm"] = order;
  return node;
}

/// The matrices of a tensor of rank 2 or more, transposed.
Tensor transposed(const TensorView& x, const runtime::OpsetImports& opsets) {
  const Tensor* constants[] = {nullptr};
  return NodeRunner(transpose_node(x.rank()), opsets, constants).run({{x}})[0];
}

Tensor product(const TensorView& a, const TensorView& b, const runtime::OpsetImports& opsets) {
  Node node{.name = "product", .op_type = "MatMul"};
  node.inputs = {ValueId{0}, ValueId{1}};
  node.outputs = {ValueId{2}};
  const Tensor* constants[] = {nullptr, nullptr};
  const TensorView views[] = {a, b};
  return NodeRunner(node, opsets, constants).run(views)[0];
}

class MatMulBackward final : public Backward {
 public:
  explicit MatMulBackward(const BackwardSetup& setup) : opsets_(setup.opsets) {}

  void run(const BackwardCall& call) const override {
    // Vectors become matrices of one row or column.
    Shape a_shape = call.operands[0].shape_copy(), b_shape = call.operands[1].shape_copy();
    Shape y_shape = call.results[0].shape_copy();
    if (b_shape.size() == 1) y_shape.push_back(1), b_shape.push_back(1);
    if (a_shape.size() == 1) {
      y_shape.insert(y_shape.end() - 1, 1);
      a_shape.insert(a_shape.begin(), 1);
    }
    const TensorView a{DataType::kFloat, a_shape, call.operands[0].data};
    const TensorView b{DataType::kFloat, b_shape, call.operands[1].data};
    const TensorView dy{DataType::kFloat, y_shape, call.result_gradients[0].data()};
    if (!call.operand_gradients[0].empty()) {
      const Tensor bt = transposed(b, opsets_);
      const Tensor da = product(dy, runtime::view_of(bt), opsets_);
      add_reduced(da.data<float>(), da.shape(), a_shape, call.operand_gradients[0]);
    }
    if (!call.operand_gradients[1].empty()) {
      const Tensor at = transposed(a, opsets_);
      const Tensor db = product(runtime::view_of(at), dy, opsets_);
      add_reduced(db.data<float>(), db.shape(), b_shape, call.operand_gradients[1]);
    }
  }

 private:
  const runtime::OpsetImports& opsets_;
};

class GemmBackward final : public Backward {
 public:
  explicit GemmBackward(const BackwardSetup& setup)
      : opsets_(setup.opsets),
        alpha_(setup.node.float_or("alpha", 1.0F)),
        beta_(setup.node.float_or("beta", 1.0F)),
        a_transposed_(setup.node.int_or("transA", 0) != 0),
        b_transposed_(setup.node.int_or("transB", 0) != 0) {}

  void run(const BackwardCall& call) const override {
    const TensorView& a = call.operands[0];
    const TensorView& b = call.operands[1];
    const TensorView dy{DataType::kFloat, call.results[0].shape, call.result_gradients[0].data()};
    if (!call.operand_gradients[0].empty()) {
      const Tensor right = b_transposed_ ? runtime::copy_of(b) : transposed(b, opsets_);
      Tensor da = product(dy, runtime::view_of(right), opsets_);
      if (a_transposed_) da = transposed(runtime::view_of(da), opsets_);
      add_scaled(da, alpha_, call.operand_gradients[0]);
    }
    if (!call.operand_gradients[1].empty()) {
      const Tensor left = a_transposed_ ? runtime::copy_of(a) : transposed(a, opsets_);
      Tensor db = product(runtime::view_of(left), dy, opsets_);
      if (b_transposed_) db = transposed(runtime::view_of(db), opsets_);
      add_scaled(db, alpha_, call.operand_gradients[1]);
    }
    if (call.operand_gradients.size() > 2 && !call.operand_gradients[2].empty()) {
      std::vector<float> dc(call.result_gradients[0].begin(), call.result_gradients[0].end());
      for (float& value : dc) value *= beta_;
      add_reduced(dc, call.results[0].shape, call.operands[2].shape, call.operand_gradients[2]);
    }
  }

 private:
  static void add_scaled(const Tensor& from, float factor, std::span<float> to) {
    const auto values = from.data<float>();
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * values[i];
  }

  const runtime::OpsetImports& opsets_;
  float alpha_, beta_;
  bool a_transposed_, b_transposed_;
};

}  // namespace

std::unique_ptr<Backward> product_backward(const BackwardSetup& setup) {
  if (setup.node.is("MatMul")) return std::make_unique<MatMulBackward>(setup);
  if (setup.node.is("Gemm")) return std::make_unique<GemmBackward>(setup);
  return nullptr;
}

}  // namespace xquant::quantize

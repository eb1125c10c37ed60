#include "integer/kernels/kernels.h"
#include "integer/kernels/multiply_accumulate.h"

namespace xquant::integer::kernels {
namespace {

using Dimensions = std::span<const std::int64_t>;

enum class WeightOrder { kDepthByChannels, kChannelsByDepth };

/// Rows of x times a constant matrix: Gemm, and MatMul whose leading dimensions are rows.
class Product final : public MultiplyAccumulate {
 public:
  Product(const runtime::Setup& setup, WeightOrder order)
      : MultiplyAccumulate(setup), by_channel_(order == WeightOrder::kChannelsByDepth) {
    shape_ = {.m = 1,
              .n = size(weight_shape_[by_channel_ ? 0 : 1]),
              .k = size(weight_shape_[by_channel_ ? 1 : 0])};
    pack(setup, xq_gemm_packed_size(&shape_), [&](const xq_weights& weights, void* to) {
      xq_gemm_pack_weights(&shape_, &weights, by_channel_ ? 1 : shape_.n,
                           by_channel_ ? shape_.k : 1, to);
    });
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView x = in.required(0);
    if (x.rank() == 0 || size(x.shape.back()) != shape_.k)
      runtime::refuse("A tensor of shape " + to_string(x.shape_copy()) +
                      " does not fit weights of " + to_string(weight_shape_) + ".");
    Shape shape = x.shape_copy();
    shape.back() = static_cast<std::int64_t>(shape_.n);
    return {{result_type(), shape}};
  }

 private:
  xq_gemm shape_of(Dimensions x) const {
    xq_gemm shape = shape_;
    for (const std::int64_t dim : x.first(x.size() - 1)) shape.m *= size(dim);
    return shape;
  }

  Extent extent(Dimensions x, Dimensions) const override { return {shape_of(x).m, shape_.n, 1}; }
  std::size_t workspace_bytes(Dimensions x) const override {
    const xq_gemm shape = shape_of(x);
    return xq_gemm_workspace_size(&shape);
  }
  void describe_shape(Dimensions x, ReplayStep& step) const override {
    step.kind = ReplayStep::Kind::kGemm;
    step.gemm = shape_of(x);
    step.k_stride = by_channel_ ? 1 : shape_.n;
    step.n_stride = by_channel_ ? shape_.k : 1;
  }
  void accumulate(const Job& job, std::int32_t* acc) const override {
    const xq_gemm shape = shape_of(job.shape);
    xq_gemm_s32(&shape, &job.x, packed(), job.bias, acc, job.workspace);
  }
  void requantize(const Job& job, const xq_requant& to, xq_type type, void* y) const override {
    const xq_gemm shape = shape_of(job.shape);
    xq_gemm_q8(&shape, &job.x, packed(), job.bias, &to, type, y, job.workspace);
  }
  std::size_t wide_workspace_bytes(Dimensions x) const override {
    const xq_gemm shape = shape_of(x);
    return xq_wide_gemm_workspace_size(&shape);
  }
  void multiply_wide(const Job& job, const xq_wide_weights& weights, const std::int64_t* bias,
                     const xq_wide_result& result) const override {
    const xq_gemm shape = shape_of(job.shape);
    xq_wide_gemm(&shape, &job.x, &weights, bias, &result, job.workspace);
  }

  bool by_channel_;
  xq_gemm shape_{};
};

}  // namespace

std::unique_ptr<runtime::Kernel> gemm(const runtime::Setup& setup) {
  return std::make_unique<Product>(setup, setup.node.int_or("transB", 0) != 0
                                              ? WeightOrder::kChannelsByDepth
                                              : WeightOrder::kDepthByChannels);
}

std::unique_ptr<runtime::Kernel> matmul(const runtime::Setup& setup) {
  return std::make_unique<Product>(setup, WeightOrder::kDepthByChannels);
}

}  // namespace xquant::integer::kernels

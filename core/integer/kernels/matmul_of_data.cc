#include <algorithm>
#include <optional>
#include <type_traits>

#include "integer/kernels/codes.h"
#include "integer/kernels/float_matmul.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/aligned_buffer.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

/// MatMul of two activations with leading dimensions that broadcast. How deep its sums are is known
/// when it runs; those that int32 may not hold are float.
class MatMulOfData final : public IntegerKernel {
 public:
  explicit MatMulOfData(const runtime::Setup& setup) {
    const Fused fused(setup);
    const Linear a = fused.linear(0), b = fused.linear(1);
    a_zero_ = a.zero_points[0];
    b_zero_ = b.zero_points[0];
    to_ = fused.result();
    is_wide_ = !a.is_eight_bit() || !b.is_eight_bit() || (to_ && !to_->is_eight_bit());
    if (to_) low_ = fused.low(), high_ = fused.high();
    deepest_ = deepest_sum(b);
    in_float_.emplace(a, b, to_);
    multiplier_ =
        finite_multiplier(to_ ? xq_requant_multiplier(a.scales[0], b.scales[0], to_->scales[0])
                              : a.scales[0] * b.scales[0]);
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView a = in.required(0), b = in.required(Fused::position(1));
    if (a.rank() < 2 || b.rank() < 2 || a.rank() > XQ_MAX_RANK || b.rank() > XQ_MAX_RANK)
      runtime::refuse("Operands of 2 to 8 dimensions are supported.");
    if (a.shape.back() < 1 || a.shape.back() != b.shape[b.rank() - 2])
      runtime::refuse("The operands cannot be multiplied: their inner dimensions differ or are 0.");
    Shape shape = runtime::ops::broadcast(a.shape.first(a.rank() - 2), b.shape.first(b.rank() - 2));
    shape.push_back(a.shape[a.rank() - 2]);
    shape.push_back(b.shape.back());
    return {{to_ ? to_->type : DataType::kFloat, shape}};
  }

  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView> out) const override {
    if (is_too_deep(in[0])) return 0;
    const xq_matmul shape = shape_of(in[0], in[Fused::position(1)]);
    if (is_wide_) {
      const xq_weights right = right_of(in[Fused::position(1)]);
      return xq_wide_matmul_workspace_size(&shape, &right);
    }
    return accumulator_bytes(out[0]) + xq_matmul_workspace_size(&shape);
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView a = call.inputs[0], b = call.inputs[Fused::position(1)];
    const runtime::MutableView y = call.outputs[0];
    if (y.size() == 0) return;
    if (is_too_deep(a)) {
      in_float_->run(a, b, y, call.pool);
      if (to_) keep_bounds(y);
      return;
    }
    const xq_matmul shape = shape_of(a, b);
    const xq_codes left = codes_of(a, a_zero_);
    const xq_weights right = right_of(b);
    const xq_requant to{&multiplier_, 1, to_ ? to_->zero_points[0] : 0, low_, high_, nullptr};
    if (is_wide_) {
      const xq_wide_result result{&to, to_ ? type_of(to_->type) : XQ_S8, to_ ? y.data : nullptr,
                                  to_ ? nullptr : static_cast<float*>(y.data)};
      xq_wide_matmul(&shape, &left, &right, &result, call.scratch.data());
      return;
    }
    void* workspace = call.scratch.data() + accumulator_bytes(y);
    if (to_) {
      xq_matmul_q8(&shape, &left, &right, &to, type_of(to_->type), y.data, workspace);
      return;
    }
    const auto* acc = reinterpret_cast<const std::int32_t*>(call.scratch.data());
    xq_matmul_s32(&shape, &left, &right, reinterpret_cast<std::int32_t*>(call.scratch.data()),
                  workspace);
    auto* real = static_cast<float*>(y.data);
    for (std::size_t i = 0; i < size(y.size()); ++i)
      real[i] = static_cast<float>(acc[i]) * multiplier_;
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView> out) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kMatMul;
    step.in_float = is_too_deep(in[0]);
    step.x.type = type_of(in[0].type);
    step.x.zero_point = a_zero_;
    step.second.type = type_of(in[Fused::position(1)].type);
    step.second_zero_points = {b_zero_};
    step.multipliers = {multiplier_};
    step.is_wide = is_wide_;
    step.matmul = shape_of(in[0], in[Fused::position(1)]);
    step.outer = size(out[0].size());
    step.length = step.inner = 1;
    step.to_float = !to_;
    if (to_) {
      step.to = quant_of(*to_);
      step.to.qmin = low_;
      step.to.qmax = high_;
    }
    return step;
  }

  bool needs_constant(std::size_t position) const override {
    return position == 0 || position == Fused::position(1);
  }

 private:
  xq_weights right_of(const runtime::TensorView& b) const {
    return {b.data, type_of(b.type), &b_zero_, 1};
  }

  bool is_too_deep(const runtime::TensorView& a) const { return size(a.shape.back()) > deepest_; }

  /// Of fused activations.
  void keep_bounds(const runtime::MutableView& y) const {
    const auto clamp = [&](auto codes) {
      using Code = std::remove_reference_t<decltype(codes[0])>;
      for (Code& code : codes)
        code = static_cast<Code>(std::clamp<std::int32_t>(code, low_, high_));
    };
    switch (y.type) {
      case DataType::kUint8:
        return clamp(y.as<std::uint8_t>());
      case DataType::kInt16:
        return clamp(y.as<std::int16_t>());
      case DataType::kUint16:
        return clamp(y.as<std::uint16_t>());
      default:
        return clamp(y.as<std::int8_t>());
    }
  }

  std::size_t accumulator_bytes(const runtime::TensorView& y) const {
    return to_ ? 0 : runtime::align_up(size(y.size()) * sizeof(std::int32_t));
  }

  /// Leading dimensions aligned at their end, missing ones 1.
  static xq_matmul shape_of(const runtime::TensorView& a, const runtime::TensorView& b) {
    xq_matmul shape{};
    shape.m = size(a.shape[a.rank() - 2]);
    shape.n = size(b.shape.back());
    shape.k = size(a.shape.back());
    shape.batch_rank = std::max(a.rank(), b.rank()) - 2;
    const auto fill = [&](const runtime::TensorView& view, std::size_t* batch) {
      const std::size_t missing = shape.batch_rank - (view.rank() - 2);
      for (std::size_t d = 0; d < shape.batch_rank; ++d)
        batch[d] = d < missing ? 1 : size(view.shape[d - missing]);
    };
    fill(a, shape.a_batch);
    fill(b, shape.b_batch);
    return shape;
  }

  std::int32_t a_zero_, b_zero_;
  std::optional<Linear> to_;
  bool is_wide_ = false;  ///< some tensor has 16 bits
  std::int32_t low_ = 0, high_ = 0;
  float multiplier_;
  std::size_t deepest_ = 0;
  std::optional<FloatMatMul> in_float_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> matmul_of_data(const runtime::Setup& setup) {
  return std::make_unique<MatMulOfData>(setup);
}

}  // namespace xquant::integer::kernels

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "integer/kernels/codes.h"
#include "integer/kernels/replay.h"
#include "integer/stage.h"
#include "runtime/aligned_buffer.h"

namespace xquant::integer::kernels {

/// What Conv, ConvTranspose, Gemm and MatMul have in common: bias, multipliers, and what becomes of
/// the accumulators. Operands: x, weights, and a bias in int32, or in int64 where a tensor has 16
/// bits (int8/xq_wide.h).
class MultiplyAccumulate : public IntegerKernel {
 public:
  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView> out) const override;
  void run(const runtime::Call& call) const override;
  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView> out) const override;

 protected:
  explicit MultiplyAccumulate(const runtime::Setup& setup);

  /// The accumulators as [outer, channels, inner].
  struct Extent {
    std::size_t outer = 1, channels = 1, inner = 1;
    std::size_t count() const { return outer * channels * inner; }
  };
  /// One call: operand, where the accumulators or the result go, workspace.
  struct Job {
    std::span<const std::int64_t> shape;  ///< of x
    xq_codes x;
    const std::int32_t* bias;
    void* workspace;
  };

  virtual Extent extent(std::span<const std::int64_t> x, std::span<const std::int64_t> y) const = 0;
  virtual std::size_t workspace_bytes(std::span<const std::int64_t> x) const = 0;
  /// Adds the kind of product and its shape.
  virtual void describe_shape(std::span<const std::int64_t> x, ReplayStep& step) const = 0;
  virtual void accumulate(const Job& job, std::int32_t* acc) const = 0;
  virtual void requantize(const Job& job, const xq_requant& to, xq_type type, void* y) const = 0;
  virtual std::size_t wide_workspace_bytes(std::span<const std::int64_t> x) const = 0;
  virtual void multiply_wide(const Job& job, const xq_wide_weights& weights,
                             const std::int64_t* bias, const xq_wide_result& result) const = 0;

  DataType result_type() const { return to_ ? to_->type : DataType::kFloat; }
  /// Packs the weights, which take so many bytes: pack(weights, to), once for each byte of a
  /// weight.
  void pack(const runtime::Setup& setup, std::size_t bytes,
            const std::function<void(const xq_weights& weights, void* to)>& pack);
  const void* packed() const { return packed_[0].data(); }

  Shape weight_shape_;

 private:
  void find_curve();
  std::size_t accumulator_bytes(const Extent& extent) const;
  void run_wide(const Job& job, const xq_requant& to, const runtime::MutableView& y) const;

  Linear x_;
  std::vector<std::int32_t> weight_zero_points_;
  xq_type weight_type_;
  std::optional<Linear> to_;
  bool is_wide_ = false;             ///< some tensor has 16 bits
  std::int32_t low_ = 0, high_ = 0;  ///< bounds of q
  std::vector<float> multipliers_;   ///< to the result's steps, or to real numbers
  std::optional<Stage> functions_;   ///< between accumulator and result
  std::vector<xq_step> steps_;       ///< of functions_
  std::optional<xq_stage> stage_;
  std::unique_ptr<xq_curve> curve_;  ///< of stage_; null: none
  std::vector<std::int32_t> bias_;
  std::vector<std::int64_t> wide_bias_;
  runtime::AlignedBuffer packed_[2];  ///< the second: lower bytes of weights of 16 bits
};

}  // namespace xquant::integer::kernels

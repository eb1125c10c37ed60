#include "integer/kernels/multiply_accumulate.h"

#include <algorithm>

namespace xquant::integer::kernels {
namespace {

/// real = f32(f32(acc) * unit)
void to_reals(const std::int32_t* acc, std::size_t rows, std::size_t channels, std::size_t inner,
              const std::vector<float>& units, float* real) {
  for (std::size_t row = 0; row < rows; ++row) {
    const float unit = units[units.size() == 1 ? 0 : row % channels];
    for (std::size_t i = 0; i < inner; ++i) *real++ = static_cast<float>(*acc++) * unit;
  }
}

}  // namespace

MultiplyAccumulate::MultiplyAccumulate(const runtime::Setup& setup) {
  const Fused fused(setup);
  const Linear x = fused.linear(0), w = fused.linear(1);
  x_ = x;
  weight_zero_points_ = w.zero_points;
  weight_type_ = type_of(w.type);
  weight_shape_ = fused.constant(1)->shape();
  to_ = fused.result();
  if (to_) low_ = fused.low(), high_ = fused.high();
  functions_ = read_stage(setup.node);
  if (functions_) {
    steps_ = functions_->library_steps();
    stage_ = xq_stage{steps_.data(), steps_.size(), to_->scales[0]};
  }
  for (const float scale : w.scales) {
    multipliers_.push_back(
        finite_multiplier(to_ && !stage_ ? xq_requant_multiplier(x.scales[0], scale, to_->scales[0])
                                         : x.scales[0] * scale));
  }
  if (fused.has(2)) {
    const auto values = fused.constant(2)->data<std::int32_t>();
    bias_.assign(values.begin(), values.end());
  }
}

xq_weights MultiplyAccumulate::weights_of(const Fused& fused, const Linear& linear) {
  return {fused.constant(1)->bytes().data(), type_of(linear.type), linear.zero_points.data(),
          linear.zero_points.size()};
}

void* MultiplyAccumulate::reserve_packed(std::size_t bytes) {
  packed_.require(std::max(runtime::kAlignment, bytes));
  return packed_.data();
}

std::size_t MultiplyAccumulate::accumulator_bytes(const Extent& extent) const {
  return to_ ? 0 : runtime::align_up(extent.count() * sizeof(std::int32_t));
}

std::size_t MultiplyAccumulate::scratch_bytes(const runtime::Operands& in,
                                              std::span<const runtime::MutableView> out) const {
  return accumulator_bytes(extent(in[0].shape, out[0].shape)) + workspace_bytes(in[0].shape);
}

void MultiplyAccumulate::run(const runtime::Call& call) const {
  const runtime::TensorView x = call.inputs[0];
  const runtime::MutableView y = call.outputs[0];
  if (y.size() == 0) return;
  const Extent size = extent(x.shape, y.shape);
  const Job job{x.shape, codes_of(x, x_.zero_points[0]), bias_.empty() ? nullptr : bias_.data(),
                call.scratch.data() + accumulator_bytes(size)};
  if (to_) {
    const xq_requant to{
        multipliers_.data(),        multipliers_.size(), to_->zero_points[0], low_, high_,
        stage_ ? &*stage_ : nullptr};
    requantize(job, to, type_of(to_->type), y.data);
    return;
  }
  auto* acc = reinterpret_cast<std::int32_t*>(call.scratch.data());
  accumulate(job, acc);
  to_reals(acc, size.outer * size.channels, size.channels, size.inner, multipliers_,
           static_cast<float*>(y.data));
}

ReplayStep MultiplyAccumulate::describe(const runtime::Operands& in,
                                        std::span<const runtime::MutableView> out) const {
  ReplayStep step;
  step.x = quant_of(x_);
  step.second.type = weight_type_;
  step.second_zero_points = weight_zero_points_;
  step.multipliers = multipliers_;
  step.bias = bias_;
  step.to_float = !to_;
  if (functions_) step.stage = *functions_;
  if (to_) {
    step.to = quant_of(*to_);
    step.to.qmin = low_;
    step.to.qmax = high_;
  }
  const Extent size = extent(in[0].shape, out[0].shape);
  step.outer = size.outer;
  step.length = size.channels;
  step.inner = size.inner;
  describe_shape(in[0].shape, step);
  return step;
}

}  // namespace xquant::integer::kernels

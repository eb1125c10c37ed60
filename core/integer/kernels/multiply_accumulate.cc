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
  is_wide_ = !x.is_eight_bit() || !w.is_eight_bit() || (to_ && !to_->is_eight_bit());
  if (to_) low_ = fused.low(), high_ = fused.high();
  functions_ = read_stage(setup.node);
  if (functions_) {
    steps_ = functions_->library_steps();
    stage_ = xq_stage{steps_.data(), steps_.size(), to_->scales[0], nullptr};
    find_curve();
  }
  for (const float scale : w.scales) {
    multipliers_.push_back(
        finite_multiplier(to_ && !stage_ ? xq_requant_multiplier(x.scales[0], scale, to_->scales[0])
                                         : x.scales[0] * scale));
  }
  if (fused.has(2) && is_wide_) {
    const auto values = fused.constant(2)->data<std::int64_t>();
    wide_bias_.assign(values.begin(), values.end());
  } else if (fused.has(2)) {
    const auto values = fused.constant(2)->data<std::int32_t>();
    bias_.assign(values.begin(), values.end());
  }
}

void MultiplyAccumulate::find_curve() {
  if (is_wide_) return;
  curve_ = std::make_unique<xq_curve>();
  if (xq_curve_of(&*stage_, to_->zero_points[0], low_, high_, curve_.get()) != 0) {
    stage_->curve = curve_.get();
  } else {
    curve_.reset();
  }
}

void MultiplyAccumulate::pack(const runtime::Setup& setup, std::size_t bytes,
                              const std::function<void(const xq_weights&, void*)>& pack) {
  const Fused fused(setup);
  const Tensor& constant = *fused.constant(1);
  const xq_weights weights{constant.bytes().data(), weight_type_, weight_zero_points_.data(),
                           weight_zero_points_.size()};
  const std::size_t count = size(constant.size());
  runtime::AlignedBuffer room;
  room.require(std::max(runtime::kAlignment, xq_split_weights_size(&weights, count)));
  xq_weights planes[2];
  const std::size_t plane_count = xq_split_weights(&weights, count, planes, room.data());
  for (std::size_t p = 0; p < plane_count; ++p) {
    packed_[p].require(std::max(runtime::kAlignment, bytes));
    pack(planes[p], packed_[p].data());
  }
}

std::size_t MultiplyAccumulate::accumulator_bytes(const Extent& extent) const {
  return to_ || is_wide_ ? 0 : runtime::align_up(extent.count() * sizeof(std::int32_t));
}

std::size_t MultiplyAccumulate::scratch_bytes(const runtime::Operands& in,
                                              std::span<const runtime::MutableView> out) const {
  if (is_wide_) return wide_workspace_bytes(in[0].shape);
  return accumulator_bytes(extent(in[0].shape, out[0].shape)) + workspace_bytes(in[0].shape);
}

void MultiplyAccumulate::run(const runtime::Call& call) const {
  const runtime::TensorView x = call.inputs[0];
  const runtime::MutableView y = call.outputs[0];
  if (y.size() == 0) return;
  const Extent size = extent(x.shape, y.shape);
  const Job job{x.shape, codes_of(x, x_.zero_points[0]), bias_.empty() ? nullptr : bias_.data(),
                call.scratch.data() + accumulator_bytes(size)};
  const xq_requant to{
      multipliers_.data(),        multipliers_.size(), to_ ? to_->zero_points[0] : 0, low_, high_,
      stage_ ? &*stage_ : nullptr};
  if (is_wide_) return run_wide(job, to, y);
  if (to_) {
    requantize(job, to, type_of(to_->type), y.data);
    return;
  }
  auto* acc = reinterpret_cast<std::int32_t*>(call.scratch.data());
  accumulate(job, acc);
  to_reals(acc, size.outer * size.channels, size.channels, size.inner, multipliers_,
           static_cast<float*>(y.data));
}

void MultiplyAccumulate::run_wide(const Job& job, const xq_requant& to,
                                  const runtime::MutableView& y) const {
  const xq_wide_weights weights{packed_[0].data(), weight_type_ == XQ_S16 || weight_type_ == XQ_U16
                                                       ? packed_[1].data()
                                                       : nullptr};
  const xq_wide_result result{&to, to_ ? type_of(to_->type) : XQ_S8, to_ ? y.data : nullptr,
                              to_ ? nullptr : static_cast<float*>(y.data)};
  multiply_wide(job, weights, wide_bias_.empty() ? nullptr : wide_bias_.data(), result);
}

ReplayStep MultiplyAccumulate::describe(const runtime::Operands& in,
                                        std::span<const runtime::MutableView> out) const {
  ReplayStep step;
  step.x = quant_of(x_);
  step.second.type = weight_type_;
  step.second_zero_points = weight_zero_points_;
  step.multipliers = multipliers_;
  step.bias = bias_;
  step.is_wide = is_wide_;
  step.wide_bias = wide_bias_;
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

#include <algorithm>
#include <array>
#include <cmath>

#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/aligned_buffer.h"

namespace xquant::integer::kernels {
namespace {

xq_coordinates coordinates_of(const std::string& name) {
  if (name == "half_pixel_symmetric") return XQ_HALF_PIXEL_SYMMETRIC;
  if (name == "pytorch_half_pixel") return XQ_PYTORCH_HALF_PIXEL;
  if (name == "align_corners") return XQ_ALIGN_CORNERS;
  return name == "asymmetric" ? XQ_ASYMMETRIC : XQ_HALF_PIXEL;
}

/// Linear Resize of height and width, or of the one dimension behind the channels: rows of
/// height 1.
class Resize final : public IntegerKernel {
 public:
  explicit Resize(const runtime::Setup& setup)
      : scales_(setup.node.floats_or("xq_scales", {})),
        sizes_(setup.node.ints_or("xq_sizes", {})),
        coordinates_(
            coordinates_of(setup.node.string_or("coordinate_transformation_mode", "half_pixel"))) {
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView x = in.required(0);
    if (x.rank() != scales_.size() + sizes_.size())
      runtime::refuse("The scales or sizes are of another rank than the operand.");
    if (!sizes_.empty() && (sizes_[0] != x.shape[0] || sizes_[1] != x.shape[1]))
      runtime::refuse("Batch and channels cannot be resized.");
    runtime::TensorType type{type_, x.shape_copy()};
    for (std::size_t d = rows_at(x.rank()); d < x.rank(); ++d)
      type.shape[d] = static_cast<std::int64_t>(axis_of(x.shape, d).out);
    return {type};
  }

  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView>) const override {
    const Axes axes = axes_of(in[0].shape);
    std::size_t bytes = runtime::align_up(workspace_bytes(axes));
    for (const xq_resize_axis& axis : axes) bytes += tap_bytes(axis);
    return bytes;
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView x = call.inputs[0];
    if (call.outputs[0].size() == 0) return;
    const Axes axes = axes_of(x.shape);
    std::byte* memory = call.scratch.data() + runtime::align_up(workspace_bytes(axes));
    std::array<xq_resize_taps, 2> taps{};
    for (std::size_t i = 0; i < 2; ++i) {
      auto* index = reinterpret_cast<std::size_t*>(memory);
      auto* weight = reinterpret_cast<float*>(index + 2 * axes[i].out);
      xq_resize_linear_taps(&axes[i], index, weight);
      taps[i] = {index, weight};
      memory += tap_bytes(axes[i]);
    }
    const std::size_t in[] = {axes[0].in, axes[1].in}, out[] = {axes[0].out, axes[1].out};
    xq_resize_linear(x.data, planes_of(x.shape), in, out, taps.data(), taps.data() + 1, &from_,
                     &to_, call.outputs[0].data, call.scratch.data());
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.kind = ReplayStep::Kind::kResizeLinear;
    step.x = from_;
    step.to = to_;
    step.outer = planes_of(in[0].shape);
    const Axes axes = axes_of(in[0].shape);
    std::copy(axes.begin(), axes.end(), step.resize);
    return step;
  }

 private:
  using Axes = std::array<xq_resize_axis, 2>;

  static std::size_t rows_at(std::size_t rank) { return rank == 3 ? 2 : rank - 2; }
  static std::size_t planes_of(std::span<const std::int64_t> x) {
    std::size_t planes = 1;
    for (const std::int64_t dim : x.first(rows_at(x.size()))) planes *= size(dim);
    return planes;
  }
  static std::size_t tap_bytes(const xq_resize_axis& axis) {
    return runtime::align_up(2 * axis.out * (sizeof(std::size_t) + sizeof(float)));
  }
  static std::size_t workspace_bytes(const Axes& axes) {
    const std::size_t in[] = {axes[0].in, axes[1].in}, out[] = {axes[0].out, axes[1].out};
    return xq_resize_linear_workspace_size(in, out);
  }

  Axes axes_of(std::span<const std::int64_t> x) const {
    const xq_resize_axis none{1, 1, 1.0, 1.0, coordinates_};
    return {x.size() == 3 ? none : axis_of(x, x.size() - 2), axis_of(x, x.size() - 1)};
  }

  /// As runtime/ops/resize.cc has them; the size of a result is computed in float.
  xq_resize_axis axis_of(std::span<const std::int64_t> x, std::size_t d) const {
    xq_resize_axis axis{};
    axis.in = size(x[d]);
    axis.coordinates = coordinates_;
    if (!sizes_.empty()) {
      axis.out = size(sizes_[d]);
      axis.resized = static_cast<double>(axis.out);
      axis.scale = axis.in == 0 ? 1.0 : axis.resized / static_cast<double>(axis.in);
    } else {
      axis.scale = static_cast<double>(scales_[d]);
      axis.resized = static_cast<double>(axis.in) * axis.scale;
      axis.out = static_cast<std::size_t>(std::floor(static_cast<float>(axis.in) * scales_[d]));
    }
    return axis;
  }

  std::vector<float> scales_;        ///< of every dimension; empty: sizes_ says
  std::vector<std::int64_t> sizes_;  ///< of every dimension
  xq_coordinates coordinates_;
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> resize(const runtime::Setup& setup) {
  return std::make_unique<Resize>(setup);
}

}  // namespace xquant::integer::kernels

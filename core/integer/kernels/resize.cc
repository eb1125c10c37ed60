#include <algorithm>
#include <array>
#include <cmath>

#include "integer/kernels/codes.h"
#include "integer/kernels/kernels.h"
#include "integer/kernels/replay.h"
#include "runtime/aligned_buffer.h"
#include "runtime/ops/common.h"

namespace xquant::integer::kernels {
namespace {

xq_coordinates coordinates_of(const std::string& name) {
  if (name == "half_pixel_symmetric") return XQ_HALF_PIXEL_SYMMETRIC;
  if (name == "pytorch_half_pixel") return XQ_PYTORCH_HALF_PIXEL;
  if (name == "align_corners") return XQ_ALIGN_CORNERS;
  return name == "asymmetric" ? XQ_ASYMMETRIC : XQ_HALF_PIXEL;
}

/// Linear and cubic Resize of any dimensions. Linear ones of nothing but height and width, or of
/// the one dimension behind the channels (rows of height 1), have a faster function of the same
/// bits.
class Resize final : public IntegerKernel {
 public:
  explicit Resize(const runtime::Setup& setup)
      : scales_(setup.node.floats_or("xq_scales", {})),
        sizes_(setup.node.ints_or("xq_sizes", {})),
        dimensions_(setup.node.ints_or("axes", {})),
        coordinates_(
            coordinates_of(setup.node.string_or("coordinate_transformation_mode", "half_pixel"))) {
    const bool is_cubic = setup.node.string_or("mode", "linear") == "cubic";
    rule_.filter = is_cubic ? XQ_FILTER_CUBIC : XQ_FILTER_LINEAR;
    rule_.cubic_a = static_cast<double>(setup.node.float_or("cubic_coeff_a", -0.75F));
    rule_.exclude_outside = setup.node.int_or("exclude_outside", 0) != 0 ? 1 : 0;
    rule_.antialias = setup.node.int_or("antialias", 0) != 0 ? 1 : 0;
    const Fused fused(setup);
    from_ = quant_of(fused.linear(0));
    to_ = result_of(fused);
    type_ = fused.result()->type;
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView x = in.required(0);
    if (x.rank() > XQ_MAX_RANK) runtime::refuse("More than 8 dimensions are not supported.");
    const std::size_t count = dimensions_.empty() ? x.rank() : dimensions_.size();
    if (count != scales_.size() + sizes_.size())
      runtime::refuse("The scales or sizes are of another rank than the operand.");
    runtime::TensorType type{type_, x.shape_copy()};
    const Axes axes = axes_of(x.shape);
    for (std::size_t d = 0; d < x.rank(); ++d)
      type.shape[d] = static_cast<std::int64_t>(axes[d].out);
    return {type};
  }

  std::size_t scratch_bytes(const runtime::Operands& in,
                            std::span<const runtime::MutableView>) const override {
    if (in[0].size() == 0) return 0;
    const Axes axes = axes_of(in[0].shape);
    if (!is_planar(axes, in[0].rank()))
      return xq_resize_separable_workspace_size(&rule_, axes.data(), in[0].rank());
    const Plane plane = plane_of(axes, in[0].rank());
    std::size_t bytes = runtime::align_up(workspace_bytes(plane));
    for (const xq_resize_axis& axis : plane) bytes += tap_bytes(axis);
    return bytes;
  }

  void run(const runtime::Call& call) const override {
    const runtime::TensorView x = call.inputs[0];
    void* y = call.outputs[0].data;
    if (call.outputs[0].size() == 0) return;
    if (x.size() == 0) runtime::refuse("A dimension without elements is resized.");
    const Axes axes = axes_of(x.shape);
    if (is_planar(axes, x.rank())) {
      resize_planes(plane_of(axes, x.rank()), planes_of(x.shape), x.data, y, call.scratch.data());
      return;
    }
    xq_resize_separable(&rule_, axes.data(), x.rank(), x.data, &from_, &to_, y,
                        call.scratch.data());
  }

  ReplayStep describe(const runtime::Operands& in,
                      std::span<const runtime::MutableView>) const override {
    ReplayStep step;
    step.x = from_;
    step.to = to_;
    const Axes axes = axes_of(in[0].shape);
    if (is_planar(axes, in[0].rank())) {
      step.kind = ReplayStep::Kind::kResizeLinear;
      step.outer = planes_of(in[0].shape);
      const Plane plane = plane_of(axes, in[0].rank());
      std::copy(plane.begin(), plane.end(), step.resize);
      return step;
    }
    step.kind = ReplayStep::Kind::kResizeSeparable;
    step.rule = rule_;
    step.x_shape = shape_of(in[0].shape);
    std::copy(axes.begin(), axes.end(), step.resize);
    return step;
  }

 private:
  static constexpr float kLargestScale = 1e9F;  ///< of the library

  using Axes = std::array<xq_resize_axis, XQ_MAX_RANK>;
  using Plane = std::array<xq_resize_axis, 2>;  ///< rows, columns

  static std::size_t rows_at(std::size_t rank) { return rank == 3 ? 2 : rank - 2; }
  static Plane plane_of(const Axes& axes, std::size_t rank) {
    const xq_resize_axis none{1, 1, 1.0, 1.0, axes[0].coordinates};
    return {rank == 3 ? none : axes[rank - 2], axes[rank - 1]};
  }
  static std::size_t planes_of(std::span<const std::int64_t> x) {
    std::size_t planes = 1;
    for (const std::int64_t dim : x.first(rows_at(x.size()))) planes *= size(dim);
    return planes;
  }
  static std::size_t tap_bytes(const xq_resize_axis& axis) {
    return runtime::align_up(2 * axis.out * (sizeof(std::size_t) + sizeof(float)));
  }
  static std::size_t workspace_bytes(const Plane& plane) {
    const std::size_t in[] = {plane[0].in, plane[1].in}, out[] = {plane[0].out, plane[1].out};
    return xq_resize_linear_workspace_size(in, out);
  }

  /// Whether the faster function does it.
  bool is_planar(const Axes& axes, std::size_t rank) const {
    if (rule_.filter != XQ_FILTER_LINEAR || rule_.exclude_outside != 0 || rule_.antialias != 0)
      return false;
    const auto stays = [](const xq_resize_axis& axis) {
      return axis.in == axis.out && axis.scale == 1.0;
    };
    return rank >= 3 && std::all_of(axes.begin(), axes.begin() + rows_at(rank), stays);
  }

  void resize_planes(const Plane& plane, std::size_t planes, const void* x, void* y,
                     std::byte* scratch) const {
    std::byte* memory = scratch + runtime::align_up(workspace_bytes(plane));
    std::array<xq_resize_taps, 2> taps{};
    for (std::size_t i = 0; i < 2; ++i) {
      auto* index = reinterpret_cast<std::size_t*>(memory);
      auto* weight = reinterpret_cast<float*>(index + 2 * plane[i].out);
      xq_resize_linear_taps(&plane[i], index, weight);
      taps[i] = {index, weight};
      memory += tap_bytes(plane[i]);
    }
    const std::size_t in[] = {plane[0].in, plane[1].in}, out[] = {plane[0].out, plane[1].out};
    xq_resize_linear(x, planes, in, out, taps.data(), taps.data() + 1, &from_, &to_, y, scratch);
  }

  Axes axes_of(std::span<const std::int64_t> x) const {
    Axes axes{};
    for (std::size_t d = 0; d < x.size(); ++d) {
      axes[d] = {size(x[d]), size(x[d]), 1.0, static_cast<double>(x[d]), coordinates_};
      if (dimensions_.empty()) resize(axes[d], d);
    }
    for (std::size_t i = 0; i < dimensions_.size(); ++i)
      resize(axes[runtime::ops::normal_axis(dimensions_[i], x.size())], i);
    return axes;
  }

  /// By entry i of the scales or sizes, as runtime/ops/resize.cc does it; the size of a result is
  /// computed in float.
  void resize(xq_resize_axis& axis, std::size_t i) const {
    if (!sizes_.empty()) {
      axis.out = size(sizes_[i]);
      axis.resized = static_cast<double>(axis.out);
      axis.scale = axis.in == 0 ? 1.0 : axis.resized / static_cast<double>(axis.in);
    } else {
      if (!(scales_[i] > 0 && scales_[i] < kLargestScale))
        runtime::refuse("A scale of " + std::to_string(scales_[i]) + " is not supported.");
      axis.scale = static_cast<double>(scales_[i]);
      axis.resized = static_cast<double>(axis.in) * axis.scale;
      axis.out = static_cast<std::size_t>(std::floor(static_cast<float>(axis.in) * scales_[i]));
    }
  }

  std::vector<float> scales_;  ///< empty: sizes_ says
  std::vector<std::int64_t> sizes_;
  std::vector<std::int64_t> dimensions_;  ///< that the entries are of; empty: all
  xq_coordinates coordinates_;
  xq_resize_rule rule_{};
  xq_quant from_{}, to_{};
  DataType type_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> resize(const runtime::Setup& setup) {
  return std::make_unique<Resize>(setup);
}

}  // namespace xquant::integer::kernels

// Resize (opset 10 to 19+) and Upsample: separable interpolation, one dimension after the other
// from the last to the first; coordinates and weights in double, sums in float in the order of the
// source elements.

#include <algorithm>
#include <cmath>

#include "runtime/aligned_buffer.h"
#include "runtime/ops/resize_axis.h"

namespace xquant::runtime::ops {
namespace {

class Resize final : public Kernel {
 public:
  explicit Resize(const Setup& setup)
      : rules_(rules_of(setup)),
        axes_(setup.node.ints_or("axes", {})),
        policy_(setup.node.string_or("keep_aspect_ratio_policy", "stretch")),
        scales_attribute_(setup.node.floats_or("scales", {})),
        roi_operand_(setup.opset >= 11 ? 1 : kNone),
        scales_operand_(setup.opset >= 11 ? 2 : 1),
        sizes_operand_(setup.opset >= 11 ? 3 : kNone) {}

  std::vector<std::size_t> shape_operands() const override { return {1, 2, 3}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    if (rules_.mode != ResizeMode::kNearest) with_real_type(x.type, [](auto) {});
    TensorType type = same_type(x);
    for (std::size_t d = 0; d < x.rank(); ++d) type.shape[d] = axis_of(in, d).out;
    return {type};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    // Two buffers of the largest intermediate result, and the taps of the longest axis.
    std::int64_t elements = in[0].size(), largest = elements;
    std::size_t taps = 0;
    for (std::size_t d = in[0].rank(); d-- > 0;) {
      const ResizeAxis axis = axis_of(in, d);
      if (axis.in > 0) elements = elements / axis.in * axis.out;
      largest = std::max(largest, elements);
      taps = std::max(taps, tap_table_bytes(rules_, axis));
    }
    return 2 * buffer_bytes(in[0].type, largest) + taps;
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const MutableView y = call.outputs[0];
    Dims shape(x.shape);
    const std::size_t half = (call.scratch.size() - last_taps(call)) / 2 / kAlignment * kAlignment;
    std::byte* buffers[2] = {call.scratch.data(), call.scratch.data() + half};
    std::byte* const taps = call.scratch.data() + 2 * half;
    const void* from = x.data;
    std::size_t turn = 0;
    for (std::size_t d = shape.rank; d-- > 0;) {
      const ResizeAxis axis = axis_of(call.inputs, d);
      if (axis.is_identity()) continue;
      resize_axis(rules_, axis, x.type, from, shape, d, buffers[turn], taps);
      shape[d] = axis.out;
      from = buffers[turn];
      turn = 1 - turn;
    }
    std::copy_n(static_cast<const char*>(from), y.byte_count(), raw<char>(y));
  }

 private:
  static constexpr std::size_t kNone = 99;

  static std::size_t buffer_bytes(DataType type, std::int64_t elements) {
    return align_up(byte_size(type, static_cast<std::size_t>(elements)));
  }
  std::size_t last_taps(const Call& call) const {
    std::size_t taps = 0;
    for (std::size_t d = 0; d < call.inputs[0].rank(); ++d) {
      taps = std::max(taps, tap_table_bytes(rules_, axis_of(call.inputs, d)));
    }
    return taps;
  }

  /// Position of dimension d in the operands, which may name fewer axes; -1: the dimension stays.
  std::int64_t position_of(std::size_t d, std::size_t rank) const {
    if (axes_.empty()) return static_cast<std::int64_t>(d);
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      if (normal_axis(axes_[i], rank) == d) return static_cast<std::int64_t>(i);
    }
    return -1;
  }

  ResizeAxis axis_of(const Operands& in, std::size_t d) const {
    const TensorView x = in[0];
    ResizeAxis axis{x.shape[d], x.shape[d], 1.0, static_cast<double>(x.shape[d])};
    const std::int64_t position = position_of(d, x.rank());
    if (position < 0) return axis;
    const auto at = static_cast<std::size_t>(position);
    const std::size_t count = axes_.empty() ? x.rank() : axes_.size();
    if (in.has(sizes_operand_) && in[sizes_operand_].size() > 0) {
      set_size(axis, in, at, count);
    } else {
      axis.scale = scale_at(in, at, count);
      axis.resized = static_cast<double>(axis.in) * axis.scale;
      axis.out = scaled_size(axis, 1.0);
    }
    if (rules_.coordinates == Coordinates::kTfCropAndResize && in.has(roi_operand_)) {
      axis.roi_start = number(in[roi_operand_], at);
      axis.roi_end = number(in[roi_operand_], at + count);
      if (!in.has(sizes_operand_)) {
        axis.out = scaled_size(axis, axis.roi_end - axis.roi_start);
      }
    }
    return axis;
  }

  /// floor(in * part * scale) in float, as everybody computes it: 10 * 0.7f is 7 there and less in
  /// double.
  static std::int64_t scaled_size(const ResizeAxis& axis, double part) {
    return static_cast<std::int64_t>(std::floor(
        static_cast<float>(axis.in) * static_cast<float>(part) * static_cast<float>(axis.scale)));
  }

  double scale_at(const Operands& in, std::size_t at, std::size_t count) const {
    if (!scales_attribute_.empty()) {
      if (scales_attribute_.size() != count)
        refuse("scales does not have one entry for each axis.");
      return static_cast<double>(scales_attribute_[at]);
    }
    const TensorView scales = in[scales_operand_];
    if (!scales.present() || static_cast<std::size_t>(scales.size()) != count) {
      refuse("scales does not have one entry for each axis.");
    }
    return number(scales, at);
  }

  /// From sizes; the policies scale all axes alike, so that the result is within or around the
  /// wanted sizes.
  void set_size(ResizeAxis& axis, const Operands& in, std::size_t at, std::size_t count) const {
    const TensorView sizes = in[sizes_operand_];
    if (static_cast<std::size_t>(sizes.size()) != count)
      refuse("sizes does not have one entry for each axis.");
    axis.out = static_cast<std::int64_t>(number(sizes, at));
    axis.resized = static_cast<double>(axis.out);
    axis.scale = axis.in == 0 ? 1.0 : axis.resized / static_cast<double>(axis.in);
    if (policy_ == "stretch") return;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t d = axes_.empty() ? i : normal_axis(axes_[i], in[0].rank());
      const double scale = number(sizes, i) / static_cast<double>(in[0].shape[d]);
      axis.scale =
          policy_ == "not_larger" ? std::min(axis.scale, scale) : std::max(axis.scale, scale);
    }
    axis.out =
        static_cast<std::int64_t>(std::floor(axis.scale * static_cast<double>(axis.in) + 0.5));
    axis.resized = static_cast<double>(axis.out);
  }

  static ResizeRules rules_of(const Setup& setup) {
    // Resize-10 and Upsample: asymmetric coordinates; nearest rounds down, shrinking up.
    const bool old = setup.opset < 11;
    ResizeRules rules;
    rules.mode = resize_mode(setup.node.string_or("mode", "nearest"));
    rules.coordinates = coordinates(
        old ? "asymmetric" : setup.node.string_or("coordinate_transformation_mode", "half_pixel"));
    rules.nearest =
        nearest_mode(old ? "simple" : setup.node.string_or("nearest_mode", "round_prefer_floor"));
    rules.cubic_a = static_cast<double>(setup.node.float_or("cubic_coeff_a", -0.75f));
    rules.extrapolation = setup.node.float_or("extrapolation_value", 0.0f);
    rules.exclude_outside = setup.node.int_or("exclude_outside", 0) != 0;
    rules.antialias = setup.node.int_or("antialias", 0) != 0;
    return rules;
  }

  ResizeRules rules_;
  std::vector<std::int64_t> axes_;
  std::string policy_;
  std::vector<float> scales_attribute_;
  std::size_t roi_operand_, scales_operand_, sizes_operand_;
};

}  // namespace

std::unique_ptr<Kernel> resize(const Setup& setup) { return std::make_unique<Resize>(setup); }

}  // namespace xquant::runtime::ops

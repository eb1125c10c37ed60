// Resize (opset 10 to 19+) and Upsample: separable interpolation, one dimension after the other
// from the last to the first; coordinates and weights in double, sums in float in the order of the
// source elements.

#include <algorithm>
#include <cmath>
#include <limits>

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
    if (rules_.mode != ResizeMode::kNearest) with_type(x.type, [](auto) {});
    TensorType type = same_type(x);
    for (std::size_t d = 0; d < x.rank(); ++d) {
      type.shape[d] = axis_of(in, d).out;
      if (x.shape[d] == 0 && type.shape[d] > 0) refuse("An empty dimension cannot be resized.");
    }
    return {type};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView> out) const override {
    const Memory memory = memory_for(in, TensorView(out[0]).size());
    return memory.source + memory.result + 2 * memory.intermediate + memory.taps;
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const MutableView y = call.outputs[0];
    const DataType type = computed_type(x.type);
    const Memory memory = memory_for(call.inputs, y.size());
    std::byte* const source = call.scratch.data();
    std::byte* const result = source + memory.source;
    std::byte* const buffers[2] = {result + memory.result,
                                   result + memory.result + memory.intermediate};
    const void* from = x.data;
    if (type != x.type) {
      to_floats(x, reinterpret_cast<float*>(source));
      from = source;
    }
    resize_all(call.inputs, type, from, buffers, type == x.type ? y.data : result,
               buffers[1] + memory.intermediate);
    if (type != x.type) from_floats(reinterpret_cast<const float*>(result), y);
  }

 private:
  static constexpr std::size_t kNone = 99;

  /// Bytes of each part of the scratch memory.
  struct Memory {
    std::size_t source = 0, result = 0;  ///< as floats, when integers are interpolated
    std::size_t intermediate = 0;        ///< each of two results of dimensions before the last
    std::size_t taps = 0;                ///< of the longest dimension
  };

  Memory memory_for(const Operands& in, std::int64_t result_size) const {
    const DataType type = computed_type(in[0].type);
    const auto bytes = [&](std::int64_t elements) {
      return align_up(byte_size(type, static_cast<std::size_t>(elements)));
    };
    Memory memory;
    if (type != in[0].type) memory = {.source = bytes(in[0].size()), .result = bytes(result_size)};
    std::int64_t elements = in[0].size();
    const std::size_t last = last_dimension(in);
    for (std::size_t d = in[0].rank(); d-- > 0;) {
      const ResizeAxis axis = axis_of(in, d);
      memory.taps = std::max(memory.taps, tap_table_bytes(rules_, axis));
      if (axis.is_identity() || d == last) continue;
      if (axis.in > 0) elements = elements / axis.in * axis.out;
      memory.intermediate = std::max(memory.intermediate, bytes(elements));
    }
    return memory;
  }

  /// Integers are interpolated as floats.
  DataType computed_type(DataType type) const {
    const bool moves = rules_.mode == ResizeMode::kNearest;
    return moves || type == DataType::kDouble ? type : DataType::kFloat;
  }

  /// The dimension that is resized last; the rank when none is.
  std::size_t last_dimension(const Operands& in) const {
    std::size_t d = 0;
    while (d < in[0].rank() && axis_of(in, d).is_identity()) ++d;
    return d;
  }

  void resize_all(const Operands& in, DataType type, const void* from, std::byte* const* buffers,
                  void* result, std::byte* taps) const {
    Dims shape(in[0].shape);
    const std::size_t last = last_dimension(in);
    if (last == shape.rank) {
      const std::size_t bytes = byte_size(type, static_cast<std::size_t>(shape.size()));
      std::copy_n(static_cast<const char*>(from), bytes, static_cast<char*>(result));
      return;
    }
    std::size_t turn = 0;
    for (std::size_t d = shape.rank; d-- > last;) {
      const ResizeAxis axis = axis_of(in, d);
      if (axis.is_identity()) continue;
      void* const to = d == last ? result : buffers[turn];
      resize_axis(rules_, axis, type, from, shape, d, to, taps);
      shape[d] = axis.out;
      from = to;
      turn = 1 - turn;
    }
  }

  static void to_floats(const TensorView& x, float* to) {
    with_type(x.type, [&]<typename T>(T) {
      for (const T value : x.as<T>()) *to++ = static_cast<float>(value);
    });
  }
  /// Toward zero, as a cast does; what a cubic overshoots saturates.
  static void from_floats(const float* from, const MutableView& y) {
    with_type(y.type, [&]<typename T>(T) {
      for (T& value : y.as<T>()) value = saturated<T>(*from++);
    });
  }
  template <typename T>
  static T saturated(float value) {
    constexpr double kLow = static_cast<double>(std::numeric_limits<T>::lowest());
    constexpr double kHigh = static_cast<double>(std::numeric_limits<T>::max());
    const auto number = static_cast<double>(value);
    if (!(number > kLow)) return std::numeric_limits<T>::lowest();
    if (number >= kHigh) return std::numeric_limits<T>::max();
    return static_cast<T>(value);
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
    const float size = std::floor(static_cast<float>(axis.in) * static_cast<float>(part) *
                                  static_cast<float>(axis.scale));
    constexpr float kMost = 1e9F;
    if (!(std::abs(size) <= kMost))
      refuse("A dimension of " + std::to_string(axis.in) + " cannot be scaled by " +
             std::to_string(axis.scale) + ".");
    return static_cast<std::int64_t>(size);
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
    axis.out = integer(sizes, at);
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

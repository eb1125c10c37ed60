// Pad: widths are an attribute before opset 11, operands since; axes since 18, mode wrap since 19.

#include <algorithm>

#include "runtime/ops/common.h"
#include "runtime/rows.h"

namespace xquant::runtime::ops {
namespace {

enum class PadMode { kConstant, kReflect, kEdge, kWrap };

PadMode mode_of(const std::string& name) {
  if (name == "constant") return PadMode::kConstant;
  if (name == "reflect") return PadMode::kReflect;
  if (name == "edge") return PadMode::kEdge;
  if (name == "wrap") return PadMode::kWrap;
  refuse("Pad mode '" + name + "' is not known.");
}

/// The source index for index i of a padded dimension, or -1 for the constant.
std::int64_t source_index(PadMode mode, std::int64_t i, std::int64_t dim) {
  if (i >= 0 && i < dim) return i;
  switch (mode) {
    case PadMode::kConstant:
      return -1;
    case PadMode::kEdge:
      return std::clamp<std::int64_t>(i, 0, dim - 1);
    case PadMode::kWrap:
      return (i % dim + dim) % dim;
    case PadMode::kReflect:
      break;
  }
  if (dim == 1) return 0;
  const std::int64_t period = 2 * (dim - 1), phase = (i % period + period) % period;
  return std::min(phase, period - phase);
}

struct Widths {
  Dims before, after;
};

class Pad final : public Kernel {
 public:
  bool takes_half() const override { return from_operands_; }
  explicit Pad(const Setup& setup)
      : mode_(mode_of(setup.node.string_or("mode", "constant"))),
        widths_(setup.node.ints_or("pads", {})),
        value_(setup.node.float_or("value", 0.0f)),
        from_operands_(setup.opset >= 11) {}

  std::vector<std::size_t> shape_operands() const override { return {1, 3}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0);
    const Widths widths = widths_of(in);
    if (in.has(2) && in[2].size() > 0) require_type(in[2], data.type);
    TensorType type = same_type(data);
    for (std::size_t d = 0; d < data.rank(); ++d) {
      type.shape[d] += widths.before[d] + widths.after[d];
      if (type.shape[d] < 0) refuse("Pad takes away more than there is.");
      if (mode_ != PadMode::kConstant && data.shape[d] == 0 && type.shape[d] > 0) {
        refuse("An empty dimension can be padded with a constant only.");
      }
    }
    return {type};
  }

  void run(const Call& call) const override {
    const TensorView data = call.inputs[0];
    const Widths widths = widths_of(call.inputs);
    with_width(data.type, [&]<typename T>(T) {
      T fill{};
      if (call.inputs.has(2) && call.inputs[2].size() > 0) {
        fill = *raw<T>(call.inputs[2]);
      } else if (data.type == DataType::kFloat && !from_operands_) {
        std::copy_n(reinterpret_cast<const char*>(&value_), sizeof(T),
                    reinterpret_cast<char*>(&fill));
      } else if (data.type == DataType::kDouble && !from_operands_) {
        const auto value = static_cast<double>(value_);
        std::copy_n(reinterpret_cast<const char*>(&value), sizeof(T),
                    reinterpret_cast<char*>(&fill));
      }
      const MutableView& out = call.outputs[0];
      fill_dimension<T>(
          {data, out, widths, fill, strides_of(Dims(data.shape)), strides_of(Dims(out.shape))}, 0,
          raw<T>(data), raw<T>(out));
    });
  }

 private:
  template <typename T>
  struct Job {
    const TensorView& data;
    const MutableView& out;
    const Widths& widths;
    T fill;
    Dims in_step, out_step;
  };

  /// Writes everything below one index of the dimensions before. from: nullptr inside constant
  /// padding.
  template <typename T>
  void fill_dimension(const Job<T>& job, std::size_t dimension, const T* from, T* to) const {
    if (dimension == job.out.shape.size()) {
      *to = *from;
      return;
    }
    const std::int64_t out_step = job.out_step[dimension], in_step = job.in_step[dimension];
    const std::int64_t before = job.widths.before[dimension], dim = job.data.shape[dimension];
    const bool last = dimension + 1 == job.out.shape.size();
    if (last) return fill_row(job, before, dim, from, to);
    for (std::int64_t i = 0; i < job.out.shape[dimension]; ++i) {
      const std::int64_t source = source_index(mode_, i - before, dim);
      if (source < 0) {
        std::fill_n(to + i * out_step, out_step, job.fill);
      } else {
        fill_dimension(job, dimension + 1, from + source * in_step, to + i * out_step);
      }
    }
  }

  /// The innermost dimension: most of it is copied as it lies.
  template <typename T>
  void fill_row(const Job<T>& job, std::int64_t before, std::int64_t dim, const T* from,
                T* to) const {
    const std::int64_t size = job.out.shape.back();
    const std::int64_t begin = std::clamp<std::int64_t>(before, 0, size);
    const std::int64_t end = std::clamp<std::int64_t>(before + dim, begin, size);
    const auto fill = [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        const std::int64_t source = source_index(mode_, i - before, dim);
        to[i] = source < 0 ? job.fill : from[source];
      }
    };
    fill(0, begin);
    copy_row(from + begin - before, to + begin, static_cast<std::size_t>(end - begin) * sizeof(T));
    fill(end, size);
  }

  Widths widths_of(const Operands& in) const {
    const std::size_t rank = in.required(0).rank();
    Widths widths{Dims(rank), Dims(rank)};
    const TensorView given = from_operands_ ? in.required(1) : TensorView{};
    if (from_operands_) require_type(given, DataType::kInt64);
    const std::size_t axes = in.has(3) ? static_cast<std::size_t>(in[3].size()) : rank;
    const std::size_t count =
        from_operands_ ? static_cast<std::size_t>(given.size()) : widths_.size();
    if (count != 2 * axes) refuse("pads does not have two entries for each axis.");
    for (std::size_t i = 0; i < axes; ++i) {
      const std::size_t axis = in.has(3) ? normal_axis(integer(in[3], i), rank) : i;
      widths.before[axis] = from_operands_ ? raw<std::int64_t>(given)[i] : widths_[i];
      widths.after[axis] = from_operands_ ? raw<std::int64_t>(given)[i + axes] : widths_[i + axes];
      constexpr std::int64_t kMost = std::int64_t{1} << 40;  // of which sums can be counted
      for (const std::int64_t width : {widths.before[axis], widths.after[axis]}) {
        if (width < -kMost || width > kMost) refuse("pads of that size are not supported.");
      }
    }
    return widths;
  }

  PadMode mode_;
  std::vector<std::int64_t> widths_;
  float value_;
  bool from_operands_;
};

}  // namespace

std::unique_ptr<Kernel> pad(const Setup& setup) { return std::make_unique<Pad>(setup); }

}  // namespace xquant::runtime::ops

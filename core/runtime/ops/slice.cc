// Operators that take a part of a tensor or repeat it: Slice, Split, Expand, Tile.

#include <algorithm>
#include <limits>

#include "runtime/ops/strided_copy.h"

namespace xquant::runtime::ops {
namespace {

/// Which elements of each dimension: start, start + step, ...
struct Part {
  Dims start, step, count;
};

class Slice final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit Slice(const Setup& setup)
      : starts_(setup.node.ints_or("starts", {})),
        ends_(setup.node.ints_or("ends", {})),
        axes_(setup.node.ints_or("axes", {})),
        from_operands_(setup.opset >= 10) {
    if (starts_.size() != ends_.size() || (!axes_.empty() && axes_.size() != starts_.size())) {
      refuse("Slice's attributes differ in length.");
    }
  }

  std::vector<std::size_t> shape_operands() const override { return {1, 2, 3, 4}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const Part part = part_of(in);
    return {{in[0].type,
             Shape(part.count.values.begin(), part.count.values.begin() + part.count.rank)}};
  }

  void run(const Call& call) const override {
    const TensorView data = call.inputs[0];
    const Part part = part_of(call.inputs);
    Dims strides = strides_of(Dims(data.shape));
    std::int64_t first = 0;
    for (std::size_t d = 0; d < strides.rank; ++d) {
      first += part.start[d] * strides[d];
      strides[d] *= part.step[d];
    }
    strided_copy(data.type, data.data, first, part.count, strides, call.outputs[0].data);
  }

 private:
  Part part_of(const Operands& in) const {
    const TensorView data = in.required(0);
    Part part{Dims(data.rank(), 0), Dims(data.rank(), 1), Dims(data.shape)};
    const std::size_t count =
        from_operands_ ? static_cast<std::size_t>(in.required(1).size()) : starts_.size();
    if (from_operands_ && in.required(2).size() != in[1].size())
      refuse("Slice's operands differ in length.");
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t start = from_operands_ ? at(in[1], i) : starts_[i];
      const std::int64_t end = from_operands_ ? at(in.required(2), i) : ends_[i];
      const std::int64_t step = in.has(4) ? at(in[4], i) : 1;
      std::int64_t axis = static_cast<std::int64_t>(i);
      if (in.has(3)) axis = at(in[3], i);
      if (!axes_.empty()) axis = axes_[i];
      set(part, data, normal_axis(axis, data.rank()), start, end, step);
    }
    return part;
  }

  static std::int64_t at(const TensorView& view, std::size_t i) {
    if (i >= static_cast<std::size_t>(view.size())) refuse("Slice's operands differ in length.");
    if (view.type != DataType::kInt32 && view.type != DataType::kInt64)
      refuse("Slice takes starts, ends, axes and steps of type int32 or int64.");
    return view.type == DataType::kInt32 ? view.as<std::int32_t>()[i] : view.as<std::int64_t>()[i];
  }

  static void set(Part& part, const TensorView& data, std::size_t axis, std::int64_t start,
                  std::int64_t end, std::int64_t step) {
    const std::int64_t dim = data.shape[axis];
    if (step == 0) refuse("Slice with a step of zero.");
    if (start < 0) start += dim;
    if (end < 0 && end != std::numeric_limits<std::int64_t>::min()) end += dim;
    const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? dim : dim - 1;
    start = std::clamp<std::int64_t>(start, 0, std::max<std::int64_t>(0, high));
    end = std::clamp(end, low, std::max(low, high));
    const std::int64_t distance = step > 0 ? end - start : start - end;
    // |step| as unsigned: the smallest int64 has no positive counterpart.
    const std::uint64_t stride =
        step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
    const bool any = distance > 0 && dim > 0;
    part.start[axis] = start;
    part.step[axis] = step;
    part.count[axis] =
        any ? static_cast<std::int64_t>((static_cast<std::uint64_t>(distance) - 1) / stride) + 1
            : 0;
  }

  std::vector<std::int64_t> starts_, ends_, axes_;
  bool from_operands_;
};

class Split final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit Split(const Setup& setup)
      : axis_(setup.node.int_or("axis", 0)),
        sizes_(setup.node.ints_or("split", {})),
        parts_(static_cast<std::int64_t>(setup.node.outputs.size())),
        last_is_smaller_(setup.opset >= 18) {}

  std::vector<std::size_t> shape_operands() const override { return {1}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0);
    const std::size_t axis = normal_axis(axis_, data.rank());
    const std::int64_t dim = data.shape[axis];
    std::vector<std::int64_t> sizes = in.has(1) ? integers(in[1]) : sizes_;
    if (sizes.empty()) {
      if (dim % parts_ != 0 && !last_is_smaller_)
        refuse("The dimension cannot be split into equal parts.");
      const std::int64_t part = (dim + parts_ - 1) / parts_;
      for (std::int64_t i = 0; i < parts_; ++i)
        sizes.push_back(std::clamp<std::int64_t>(dim - i * part, 0, part));
    }
    std::int64_t sum = 0;
    std::vector<TensorType> types;
    for (const std::int64_t size : sizes) {
      types.push_back(same_type(data));
      types.back().shape[axis] = size;
      sum += size;
    }
    if (sum != dim || std::ranges::any_of(sizes, [](std::int64_t size) { return size < 0; })) {
      refuse("The parts do not add up to the dimension.");
    }
    return types;
  }

  void run(const Call& call) const override {
    const TensorView data = call.inputs[0];
    const std::size_t axis = normal_axis(axis_, data.rank());
    const Dims strides = strides_of(Dims(data.shape));
    std::int64_t start = 0;
    for (const MutableView& out : call.outputs) {
      if (out.data == nullptr) refuse("Split with an unnamed output is not supported.");
      strided_copy(data.type, data.data, start * strides[axis], Dims(out.shape), strides, out.data);
      start += out.shape[axis];
    }
  }

 private:
  std::int64_t axis_;
  std::vector<std::int64_t> sizes_;
  std::int64_t parts_;
  bool last_is_smaller_;
};

class Expand final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  std::vector<std::size_t> shape_operands() const override { return {1}; }
  std::vector<TensorType> infer(const Operands& in) const override {
    return {{in.required(0).type, broadcast(in[0].shape, integers(in.required(1)))}};
  }
  void run(const Call& call) const override {
    const TensorView data = call.inputs[0];
    const Dims shape(call.outputs[0].shape), own = strides_of(Dims(data.shape));
    Dims strides(shape.rank);
    const std::size_t added = shape.rank - data.rank();
    for (std::size_t d = 0; d < data.rank(); ++d)
      strides[added + d] = data.shape[d] == 1 ? 0 : own[d];
    strided_copy(data.type, data.data, 0, shape, strides, call.outputs[0].data);
  }
};

/// Each dimension is seen as [repeats][dimension], the first with stride 0.
class Tile final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  std::vector<std::size_t> shape_operands() const override { return {1}; }
  std::vector<TensorType> infer(const Operands& in) const override {
    const auto repeats = integers(in.required(1));
    TensorType type = same_type(in.required(0));
    if (repeats.size() != type.shape.size())
      refuse("repeats does not have one entry for each dimension.");
    for (std::size_t d = 0; d < repeats.size(); ++d) {
      if (__builtin_mul_overflow(type.shape[d], repeats[d], &type.shape[d]))
        refuse(std::to_string(repeats[d]) + " repeats are more than memory holds.");
    }
    return {type};
  }
  void run(const Call& call) const override {
    const TensorView data = call.inputs[0];
    if (call.outputs[0].size() == 0) return;
    const Dims shape(data.shape), strides = strides_of(shape);
    Dims rows(call.outputs[0].shape);
    const std::int64_t row = shape.rank == 0 ? 1 : shape[shape.rank - 1];
    const std::int64_t repeats = shape.rank == 0 ? 1 : rows[rows.rank - 1] / row;
    if (shape.rank > 0) rows[rows.rank - 1] = 1;
    with_width(data.type, [&]<typename T>(T) {
      T* to = raw<T>(call.outputs[0]);
      Walk<0> walk(rows);
      for (std::int64_t i = 0; i < rows.size(); ++i, walk.next()) {
        std::int64_t first = 0;
        for (std::size_t d = 0; d + 1 < shape.rank; ++d)
          first += walk.index()[d] % shape[d] * strides[d];
        for (std::int64_t k = 0; k < repeats; ++k) to = std::copy_n(raw<T>(data) + first, row, to);
      }
    });
  }
};

}  // namespace

std::unique_ptr<Kernel> slice(const Setup& setup) { return std::make_unique<Slice>(setup); }
std::unique_ptr<Kernel> split(const Setup& setup) { return std::make_unique<Split>(setup); }
std::unique_ptr<Kernel> expand(const Setup&) { return std::make_unique<Expand>(); }
std::unique_ptr<Kernel> tile(const Setup&) { return std::make_unique<Tile>(); }

}  // namespace xquant::runtime::ops

// Operators that change dimensions and leave the elements where they are, and those that read
// dimensions.

#include <algorithm>
#include <limits>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

/// Output 0 is operand 0 with other dimensions.
class View : public Kernel {
 public:
  void run(const Call&) const override {}
  bool is_view() const override { return true; }
};

class Reshape final : public View {
 public:
  explicit Reshape(const Setup& setup) : keep_zero_(setup.node.int_or("allowzero", 0) != 0) {}

  std::vector<std::size_t> shape_operands() const override { return {1}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0);
    Shape shape = integers(in.required(1));
    std::int64_t known = 1;
    bool possible = true;  // and countable
    std::size_t open = shape.size();
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 0 && !keep_zero_) {
        if (i >= data.rank()) refuse("The wanted shape copies a dimension that is not there.");
        shape[i] = data.shape[i];
      }
      if (shape[i] == -1 && open == shape.size()) {
        open = i;
      } else {
        possible = possible && shape[i] >= 0 &&
                   (shape[i] == 0 || known <= std::numeric_limits<std::int64_t>::max() / shape[i]);
        if (possible) known *= shape[i];
      }
    }
    if (possible && open < shape.size() && known != 0) shape[open] = data.size() / known;
    if (!possible || std::ranges::any_of(shape, [](std::int64_t dim) { return dim < 0; }) ||
        element_count(shape) != data.size()) {
      refuse("A tensor of shape " + to_string(data.shape_copy()) + " cannot be reshaped to " +
             to_string(integers(in[1])) + ".");
    }
    return {{data.type, shape}};
  }

 private:
  bool keep_zero_;
};

class Flatten final : public View {
 public:
  explicit Flatten(const Setup& setup) : axis_(setup.node.int_or("axis", 1)) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0);
    const bool at_end = axis_ == static_cast<std::int64_t>(data.rank());
    const std::size_t axis = at_end ? data.rank() : normal_axis(axis_, data.rank());
    std::int64_t outer = 1, inner = 1;
    for (std::size_t i = 0; i < data.rank(); ++i) (i < axis ? outer : inner) *= data.shape[i];
    return {{data.type, {outer, inner}}};
  }

 private:
  std::int64_t axis_;
};

/// Axes come as an attribute before opset 13, as an operand since.
std::vector<std::int64_t> axes_of(const std::vector<std::int64_t>& attribute, const Operands& in) {
  return in.has(1) ? integers(in[1]) : attribute;
}

class Squeeze final : public View {
 public:
  explicit Squeeze(const Setup& setup) : axes_(setup.node.ints_or("axes", {})) {}
  std::vector<std::size_t> shape_operands() const override { return {1}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0);
    const auto axes = normal_axes(axes_of(axes_, in), data.rank());
    Shape shape;
    for (std::size_t i = 0; i < data.rank(); ++i) {
      const bool named = std::ranges::find(axes, i) != axes.end();
      if (named && data.shape[i] != 1) refuse("A dimension that is not 1 cannot be squeezed.");
      if (!named && !(axes.empty() && data.shape[i] == 1)) shape.push_back(data.shape[i]);
    }
    return {{data.type, shape}};
  }

 private:
  std::vector<std::int64_t> axes_;
};

class Unsqueeze final : public View {
 public:
  explicit Unsqueeze(const Setup& setup) : axes_(setup.node.ints_or("axes", {})) {}
  std::vector<std::size_t> shape_operands() const override { return {1}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0);
    const auto given = axes_of(axes_, in);
    const auto axes = normal_axes(given, data.rank() + given.size());
    Shape shape;
    std::size_t next = 0;
    for (std::size_t i = 0; i < data.rank() + axes.size(); ++i) {
      const bool added = std::ranges::find(axes, i) != axes.end();
      if (!added && next == data.rank()) refuse("An axis is named twice.");
      shape.push_back(added ? 1 : data.shape[next++]);
    }
    return {{data.type, shape}};
  }

 private:
  std::vector<std::int64_t> axes_;
};

class Identity final : public View {
 public:
  std::vector<TensorType> infer(const Operands& in) const override {
    return {same_type(in.required(0))};
  }
};

/// Inference drops nothing: the data, and a mask of ones when the node names it.
class Dropout final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit Dropout(const Setup& setup) : bool_mask_(setup.opset >= 10) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    if (in.has(2) && in[2].data != nullptr && number(in[2]) != 0 &&
        !(in.has(1) && number(in[1]) == 0)) {
      refuse("Dropout in training mode is random.");
    }
    const TensorType data = same_type(in.required(0));
    return {data, {bool_mask_ ? DataType::kBool : data.type, data.shape}};
  }

  void run(const Call& call) const override {
    const TensorView data = call.inputs[0];
    std::copy_n(raw<char>(data), data.byte_count(), raw<char>(call.outputs[0]));
    if (call.outputs.size() < 2 || call.outputs[1].data == nullptr) return;
    with_type(call.outputs[1].type, [&]<typename T>(T) {
      std::fill_n(raw<T>(call.outputs[1]), call.outputs[1].size(), T(1));
    });
  }

 private:
  bool bool_mask_;
};

class ShapeOf final : public Kernel {
 public:
  explicit ShapeOf(const Setup& setup)
      : start_(setup.node.int_or("start", 0)), end_(setup.node.int_or("end", kNoEnd)) {}
  bool reads_types_only() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    return {{DataType::kInt64, {static_cast<std::int64_t>(part(in.required(0)).size())}}};
  }
  void run(const Call& call) const override {
    std::ranges::copy(part(call.inputs[0]), raw<std::int64_t>(call.outputs[0]));
  }

 private:
  static constexpr std::int64_t kNoEnd = INT64_MAX;

  std::span<const std::int64_t> part(const TensorView& data) const {
    const auto rank = static_cast<std::int64_t>(data.rank());
    const auto clamp = [&](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
    };
    const std::int64_t from = clamp(start_), to = std::max(from, clamp(end_));
    return data.shape.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
  }

  std::int64_t start_, end_;
};

class Size final : public Kernel {
 public:
  bool reads_types_only() const override { return true; }
  std::vector<TensorType> infer(const Operands& in) const override {
    in.required(0);
    return {{DataType::kInt64, {}}};
  }
  void run(const Call& call) const override {
    *raw<std::int64_t>(call.outputs[0]) = call.inputs[0].size();
  }
};

}  // namespace

std::unique_ptr<Kernel> reshape(const Setup& setup) { return std::make_unique<Reshape>(setup); }
std::unique_ptr<Kernel> flatten(const Setup& setup) { return std::make_unique<Flatten>(setup); }
std::unique_ptr<Kernel> squeeze(const Setup& setup) { return std::make_unique<Squeeze>(setup); }
std::unique_ptr<Kernel> unsqueeze(const Setup& setup) { return std::make_unique<Unsqueeze>(setup); }
std::unique_ptr<Kernel> identity(const Setup&) { return std::make_unique<Identity>(); }
std::unique_ptr<Kernel> shape_of(const Setup& setup) { return std::make_unique<ShapeOf>(setup); }
std::unique_ptr<Kernel> size_of(const Setup&) { return std::make_unique<Size>(); }

std::unique_ptr<Kernel> dropout(const Setup& setup) {
  const bool mask = setup.node.output(1) != ValueId::kNone;
  const bool may_train = setup.node.input(2) != ValueId::kNone;
  if (mask || may_train) return std::make_unique<Dropout>(setup);
  return std::make_unique<Identity>();
}

}  // namespace xquant::runtime::ops

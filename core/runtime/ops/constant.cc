// Operators that make tensors out of attributes and shapes.

#include <algorithm>

#include "runtime/ops/arithmetic.h"
#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

Tensor constant_value(const Node& node) {
  const AttributeValue* found = nullptr;
  for (const char* name : {"value", "value_float", "value_floats", "value_int", "value_ints"}) {
    if (found == nullptr) found = node.find(name);
  }
  if (found == nullptr) refuse("This kind of Constant is not supported.");
  if (const auto* tensor = std::get_if<Tensor>(found)) return *tensor;
  if (const auto* number = std::get_if<float>(found)) return Tensor::scalar(*number);
  if (const auto* number = std::get_if<std::int64_t>(found)) return Tensor::scalar(*number);
  if (const auto* numbers = std::get_if<std::vector<float>>(found)) {
    return Tensor::of<float>({static_cast<std::int64_t>(numbers->size())}, *numbers);
  }
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(found)) {
    return Tensor::of<std::int64_t>({static_cast<std::int64_t>(numbers->size())}, *numbers);
  }
  refuse("This kind of Constant is not supported.");
}

class Constant final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit Constant(const Setup& setup) : value_(constant_value(setup.node)) {
    if (bit_width(value_.type()) == 0) refuse("Constants of strings are not supported.");
  }
  std::vector<TensorType> infer(const Operands&) const override {
    return {{value_.type(), value_.shape()}};
  }
  void run(const Call& call) const override {
    std::ranges::copy(value_.bytes(), raw<char>(call.outputs[0]));
  }

 private:
  Tensor value_;
};

class ConstantOfShape final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit ConstantOfShape(const Setup& setup)
      : value_(Tensor::of<float>({1}, std::vector<float>{0.0f})) {
    if (const AttributeValue* value = setup.node.find("value")) {
      const Tensor* tensor = std::get_if<Tensor>(value);
      if (tensor == nullptr) refuse("Its value is no tensor.");
      value_ = *tensor;
    }
    if (value_.size() != 1) refuse("ConstantOfShape takes one value.");
  }
  std::vector<std::size_t> shape_operands() const override { return {0}; }
  std::vector<TensorType> infer(const Operands& in) const override {
    return {{value_.type(), integers(in.required(0))}};
  }
  void run(const Call& call) const override {
    with_width(value_.type(), [&]<typename T>(T) {
      std::fill_n(raw<T>(call.outputs[0]), call.outputs[0].size(), *raw<T>(view_of(value_)));
    });
  }

 private:
  Tensor value_;
};

class Range final : public Kernel {
 public:
  std::vector<std::size_t> shape_operands() const override { return {0, 1, 2}; }
  std::vector<TensorType> infer(const Operands& in) const override {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      if (in.required(i).type != in[0].type) refuse("The operands have different element types.");
    }
    with_type(in[0].type, [&]<typename T>(T) {
      const T start = *raw<T>(in[0]), limit = *raw<T>(in[1]), delta = *raw<T>(in[2]);
      if (delta == T(0)) refuse("Range with a step of zero has no end.");
      if constexpr (std::is_floating_point_v<T>) {
        const double steps =
            (static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(delta);
        const auto whole = static_cast<std::int64_t>(steps);
        count = whole + (static_cast<double>(whole) < steps ? 1 : 0);
      } else {
        const auto distance = static_cast<std::int64_t>(limit) - static_cast<std::int64_t>(start);
        const auto step = static_cast<std::int64_t>(delta);
        count = distance / step + (distance % step != 0 && (distance < 0) == (step < 0) ? 1 : 0);
      }
    });
    return {{in[0].type, {std::max<std::int64_t>(0, count)}}};
  }
  void run(const Call& call) const override {
    with_type(call.outputs[0].type, [&]<typename T>(T) {
      const T start = *raw<T>(call.inputs[0]), delta = *raw<T>(call.inputs[2]);
      T* out = raw<T>(call.outputs[0]);
      for (std::int64_t i = 0; i < call.outputs[0].size(); ++i) {
        out[i] = ops::add(start, ops::multiply(static_cast<T>(i), delta));
      }
    });
  }
};

}  // namespace

std::unique_ptr<Kernel> constant(const Setup& setup) { return std::make_unique<Constant>(setup); }
std::unique_ptr<Kernel> constant_of_shape(const Setup& setup) {
  return std::make_unique<ConstantOfShape>(setup);
}
std::unique_ptr<Kernel> range(const Setup&) { return std::make_unique<Range>(); }

}  // namespace xquant::runtime::ops

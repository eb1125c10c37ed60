#include <algorithm>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class Concat final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit Concat(const Setup& setup) : axis_(setup.node.int_or("axis", 0)) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    TensorType type = same_type(in.required(0));
    const std::size_t axis = normal_axis(axis_, type.shape.size());
    if (bit_width(type.type) % 8 != 0 || bit_width(type.type) == 0)
      refuse("This element type is not supported.");
    for (std::size_t i = 1; i < in.size(); ++i) {
      const TensorView part = in.required(i);
      Shape expected = type.shape;
      if (part.rank() == expected.size()) expected[axis] = part.shape[axis];
      if (part.type != type.type || !std::ranges::equal(part.shape, expected)) {
        refuse("Operand " + std::to_string(i) + " of shape " + to_string(part.shape_copy()) +
               " does not fit the first of shape " + to_string(in[0].shape_copy()) + ".");
      }
      type.shape[axis] += part.shape[axis];
    }
    return {type};
  }

  void run(const Call& call) const override {
    const MutableView out = call.outputs[0];
    const Dims shape(out.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    const std::int64_t outer = shape.product(0, axis);
    const std::int64_t element = bit_width(out.type) / 8;
    const std::int64_t row = shape.product(axis, shape.rank) * element;
    std::int64_t start = 0;
    for (const TensorView& part : call.inputs.all()) {
      const std::int64_t bytes = shape.product(axis + 1, shape.rank) * part.shape[axis] * element;
      for (std::int64_t i = 0; i < outer; ++i) {
        std::copy_n(raw<char>(part) + i * bytes, bytes, raw<char>(out) + i * row + start);
      }
      start += bytes;
    }
  }

 private:
  std::int64_t axis_;
};

}  // namespace

std::unique_ptr<Kernel> concat(const Setup& setup) { return std::make_unique<Concat>(setup); }

}  // namespace xquant::runtime::ops

// OneHot: on_value where the new axis' index equals the given one (counted from the end when
// negative), off_value elsewhere and for indices outside [-depth, depth).

#include <algorithm>
#include <cmath>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class OneHot final : public Kernel {
 public:
  explicit OneHot(const Setup& setup) : axis_(setup.node.int_or("axis", -1)) {}
  bool takes_half() const override { return true; }
  std::vector<std::size_t> shape_operands() const override { return {1}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView indices = in.required(0), depth = in.required(1), values = in.required(2);
    if (depth.size() != 1) refuse("depth has to be one number.");
    if (values.size() != 2) refuse("values has to hold the off and the on value.");
    Shape shape = indices.shape_copy();
    const auto axis = static_cast<std::ptrdiff_t>(normal_axis(axis_, indices.rank() + 1));
    shape.insert(shape.begin() + axis, integer(depth));
    return {{values.type, shape}};
  }

  void run(const Call& call) const override {
    const TensorView indices = call.inputs[0], values = call.inputs[2];
    const MutableView out = call.outputs[0];
    const std::size_t axis = normal_axis(axis_, out.shape.size());
    const Dims shape(out.shape);
    const std::int64_t depth = shape[axis], outer = shape.product(0, axis),
                       inner = shape.product(axis + 1, shape.rank);
    with_width(values.type, [&]<typename T>(T) {
      T* to = raw<T>(out);
      std::fill_n(to, out.size(), raw<T>(values)[0]);
      for (std::int64_t i = 0; i < outer * inner; ++i) {
        const double given = number(indices, static_cast<std::size_t>(i));
        const double at = given < 0 ? given + static_cast<double>(depth) : given;
        if (!(at >= 0 && at < static_cast<double>(depth)) || at != std::floor(at)) continue;
        to[(i / inner * depth + static_cast<std::int64_t>(at)) * inner + i % inner] =
            raw<T>(values)[1];
      }
    });
  }

 private:
  std::int64_t axis_;
};

}  // namespace

std::unique_ptr<Kernel> one_hot(const Setup& setup) { return std::make_unique<OneHot>(setup); }

}  // namespace xquant::runtime::ops

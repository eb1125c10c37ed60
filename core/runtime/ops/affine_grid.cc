// AffineGrid: sampling positions theta * (x, y, 1) or theta * (x, y, z, 1) for every output
// element, whose own positions span [-1, 1] (Jaderberg et al. 2015, Spatial Transformer Networks).

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

class AffineGrid final : public Kernel {
 public:
  explicit AffineGrid(const Setup& setup)
      : align_corners_(setup.node.int_or("align_corners", 0) != 0) {}
  std::vector<std::size_t> shape_operands() const override { return {1}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView theta = in.required(0);
    with_real_type(theta.type, [](auto) {});
    const std::vector<std::int64_t> size = integers(in.required(1));
    if (size.size() != 4 && size.size() != 5) refuse("size has to be [N,C,H,W] or [N,C,D,H,W].");
    const auto dimensions = static_cast<std::int64_t>(size.size()) - 2;
    if (theta.rank() != 3 || theta.shape[0] != size[0] || theta.shape[1] != dimensions ||
        theta.shape[2] != dimensions + 1) {
      refuse("theta does not fit size.");
    }
    Shape shape{size[0]};
    shape.insert(shape.end(), size.begin() + 2, size.end());
    shape.push_back(dimensions);
    return {{theta.type, shape}};
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  template <typename T>
  void run_typed(const Call& call) const {
    const MutableView grid = call.outputs[0];
    const std::size_t dimensions = grid.shape.size() - 2;
    const Dims space(grid.shape.subspan(1, dimensions));
    T* out = raw<T>(grid);
    for (std::int64_t n = 0; n < grid.shape[0]; ++n) {
      const T* theta =
          raw<T>(call.inputs[0]) + n * static_cast<std::int64_t>(dimensions * (dimensions + 1));
      Walk<1> walk(space);
      for (std::int64_t i = 0; i < space.size(); ++i, walk.next()) {
        for (std::size_t row = 0; row < dimensions; ++row) {
          const T* factors = theta + row * (dimensions + 1);
          double sum = 0;
          for (std::size_t k = 0; k < dimensions; ++k) {
            const std::size_t d = dimensions - 1 - k;  // x is the last dimension
            sum += static_cast<double>(factors[k]) * position(walk.index()[d], space[d]);
          }
          *out++ = static_cast<T>(sum + static_cast<double>(factors[dimensions]));
        }
      }
    }
  }

  /// Of element i of count, in [-1, 1]: its centre, or with align_corners ends on the ends.
  double position(std::int64_t i, std::int64_t count) const {
    const auto at = static_cast<double>(i), n = static_cast<double>(count);
    if (align_corners_) return count > 1 ? 2 * at / (n - 1) - 1 : -1.0;
    return (2 * at + 1) / n - 1;
  }

  bool align_corners_;
};

}  // namespace

std::unique_ptr<Kernel> affine_grid(const Setup& setup) {
  return std::make_unique<AffineGrid>(setup);
}

}  // namespace xquant::runtime::ops

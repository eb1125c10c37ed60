// GridSample (Jaderberg et al. 2015): every output element is interpolated at a position of the
// input that the grid gives in [-1, 1], x first; two spatial dimensions since version 16, any
// number since 20. Positions and weights are computed in double, the sum is rounded once.

#include "runtime/ops/grid_taps.h"

namespace xquant::runtime::ops {
namespace {

class GridSample final : public Kernel {
 public:
  explicit GridSample(const Setup& setup) : grid_(setup.node) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), grid = in.required(1);
    with_real_type(x.type, [](auto) {});
    with_real_type(grid.type, [](auto) {});
    return {{x.type, GridTaps::result(x.shape, grid.shape)}};
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) {
      with_real_type(call.inputs[1].type, [&]<typename G>(G) { run_typed<T, G>(call); });
    });
  }

 private:
  template <typename T, typename G>
  void run_typed(const Call& call) const {
    const TensorView x = call.inputs[0];
    const std::size_t dimensions = x.rank() - 2;
    const Dims space(x.shape.subspan(2));
    const std::int64_t planes = x.shape[1], in_size = space.size();
    const std::int64_t out_size = Dims(call.outputs[0].shape).product(2, x.rank());
    std::array<SampleTaps, kMostSampledDimensions> taps;
    for (std::int64_t n = 0; n < x.shape[0]; ++n) {
      for (std::int64_t i = 0; i < out_size; ++i) {
        const G* position =
            raw<G>(call.inputs[1]) + (n * out_size + i) * static_cast<std::int64_t>(dimensions);
        for (std::size_t d = 0; d < dimensions; ++d) {
          taps[d] = grid_.taps_at(static_cast<double>(position[dimensions - 1 - d]), space[d]);
        }
        for (std::int64_t c = 0; c < planes; ++c) {
          const T* plane = raw<T>(x) + (n * planes + c) * in_size;
          raw<T>(call.outputs[0])[(n * planes + c) * out_size + i] =
              static_cast<T>(interpolate(plane, space, taps, 0, 0));
        }
      }
    }
  }

  /// Over dimension d and those below it; from: offset of what the dimensions above chose.
  template <typename T>
  double interpolate(const T* plane, const Dims& space,
                     const std::array<SampleTaps, kMostSampledDimensions>& taps, std::size_t d,
                     std::int64_t from) const {
    double sum = 0;
    for (std::size_t k = 0; k < grid_.tap_count(); ++k) {
      const std::int64_t index = taps[d].index[k];
      const double weight = taps[d].weight[k];
      if (index < 0 || weight == 0) continue;
      const std::int64_t at = from * space[d] + index;
      const double value = d + 1 == space.rank ? static_cast<double>(plane[at])
                                               : interpolate(plane, space, taps, d + 1, at);
      sum += weight * value;
    }
    return sum;
  }

  GridTaps grid_;
};

}  // namespace

std::unique_ptr<Kernel> grid_sample(const Setup& setup) {
  return std::make_unique<GridSample>(setup);
}

}  // namespace xquant::runtime::ops

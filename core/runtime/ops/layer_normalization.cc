// LayerNormalization (Ba et al. 2016). Mean and variance of a row are summed in double, in memory
// order; the inverse deviation is rounded once.

#include "runtime/ops/broadcast.h"
#include "runtime/ops/normalize.h"
#include "runtime/ops/statistics.h"

namespace xquant::runtime::ops {
namespace {

/// Over all dimensions from axis on; also gives mean and inverse deviation.
class LayerNormalization final : public Kernel {
 public:
  explicit LayerNormalization(const Setup& setup)
      : axis_(setup.node.int_or("axis", -1)), epsilon_(setup.node.float_or("epsilon", 1e-5f)) {
    if (setup.node.int_or("stash_type", 1) != 1)
      refuse("stash_type other than float is not supported.");
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    in.required(1);
    require_one_real_type(in, 3);
    const std::size_t axis = normal_axis(axis_, x.rank());
    const Shape inner(x.shape.begin() + static_cast<std::ptrdiff_t>(axis), x.shape.end());
    if (broadcast(inner, in[1].shape) != inner ||
        (in.has(2) && broadcast(inner, in[2].shape) != inner)) {
      refuse("Scale or bias do not fit the normalized dimensions.");
    }
    TensorType statistics{DataType::kFloat, x.shape_copy()};
    for (std::size_t d = axis; d < x.rank(); ++d) statistics.shape[d] = 1;
    return {same_type(x), statistics, statistics};
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }
  bool stays_float(std::size_t output) const override { return output > 0; }

 private:
  template <typename T>
  void run_typed(const Call& call) const {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    const std::int64_t inner = shape.product(axis, shape.rank);
    const auto inner_shape = x.shape.subspan(axis);
    const auto normalize_row = [&](std::int64_t row, const Statistics& s) {
      const T* from = raw<T>(x) + row * inner;
      T* to = raw<T>(call.outputs[0]) + row * inner;
      const auto mean = static_cast<T>(s.mean), inverse = static_cast<T>(1.0 / s.deviation);
      normalize(from, to, inner, mean, inverse, T(0));
      const MutableView part{x.type, inner_shape, to};
      broadcast_apply<T, T>(part, call.inputs[1], part, [](T v, T scale) { return v * scale; });
      if (call.inputs.has(2)) {
        broadcast_apply<T, T>(part, call.inputs[2], part, [](T v, T bias) { return v + bias; });
      }
      store(call, 1, row, static_cast<float>(mean));
      store(call, 2, row, static_cast<float>(inverse));
    };
    for_each_range(
        call, shape.product(0, axis), least_pieces(inner),
        [&](std::int64_t begin, std::int64_t end, std::byte*) {
          for_each_statistics(
              raw<T>(x) + begin * inner, end - begin, inner, static_cast<double>(epsilon_),
              [&](std::int64_t row, const Statistics& s) { normalize_row(begin + row, s); });
        });
  }

  static void store(const Call& call, std::size_t output, std::int64_t row, float value) {
    if (output < call.outputs.size() && call.outputs[output].data != nullptr) {
      raw<float>(call.outputs[output])[row] = value;
    }
  }

  std::int64_t axis_;
  float epsilon_;
};

}  // namespace

std::unique_ptr<Kernel> layer_normalization(const Setup& setup) {
  return std::make_unique<LayerNormalization>(setup);
}

}  // namespace xquant::runtime::ops

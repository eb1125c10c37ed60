// RotaryEmbedding (opset 23, and com.microsoft with its other order of operands): rotates pairs of
// features by angles whose cosines and sines are given (RoPE, arXiv 2104.09864).

#include <algorithm>

#include "runtime/ops/rotation.h"

namespace xquant::runtime::ops {
namespace {

class RotaryEmbedding final : public Kernel {
 public:
  struct Order {
    std::size_t cosines, sines, positions;
  };
  RotaryEmbedding(const Setup& setup, Order order) : order_(order), rotation_(setup.node) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    with_real_type(x.type, [](auto) {});
    require_type(in.required(order_.cosines), x.type);
    require_type(in.required(order_.sines), x.type);
    rotation_.require_tables(operands_of(in));
    return {same_type(x)};
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  Rotation::In operands_of(const Operands& in) const {
    return {in[0].shape, in[order_.cosines], in[order_.sines], in[order_.positions]};
  }

  template <typename T>
  void run_typed(const Call& call) const {
    const Rotation::In in = operands_of(call.inputs);
    const T *x = raw<T>(call.inputs[0]), *cosines = raw<T>(in.cosines), *sines = raw<T>(in.sines);
    T* y = raw<T>(call.outputs[0]);
    rotation_.for_each(
        in,
        [&](std::int64_t first, std::int64_t second, std::int64_t k) {
          const T a = x[first], b = x[second];
          y[first] = cosines[k] * a - sines[k] * b;
          y[second] = sines[k] * a + cosines[k] * b;
        },
        [&](std::int64_t first, std::int64_t last) { std::copy(x + first, x + last, y + first); });
  }

  Order order_;
  Rotation rotation_;
};

}  // namespace

std::unique_ptr<Kernel> rotary_embedding(const Setup& setup) {
  return std::make_unique<RotaryEmbedding>(setup, RotaryEmbedding::Order{1, 2, 3});
}
std::unique_ptr<Kernel> microsoft_rotary_embedding(const Setup& setup) {
  if (setup.node.int_or("is_packed_batching", 0) != 0 ||
      setup.node.float_or("scale", 1.0f) != 1.0f) {
    refuse("RotaryEmbedding with scale or packed batches is not supported.");
  }
  return std::make_unique<RotaryEmbedding>(setup, RotaryEmbedding::Order{2, 3, 1});
}

}  // namespace xquant::runtime::ops

// BatchNormalization (Ioffe & Szegedy 2015) with given statistics.

#include <cmath>

#include "runtime/ops/normalize.h"

namespace xquant::runtime::ops {
namespace {

class BatchNormalization final : public Kernel {
 public:
  explicit BatchNormalization(const Setup& setup)
      : epsilon_(setup.node.float_or("epsilon", 1e-5f)),
        per_channel_(setup.opset >= 9 || setup.node.int_or("spatial", 1) != 0) {
    if (setup.node.int_or("training_mode", 0) != 0) {
      refuse("BatchNormalization in training mode is not supported.");
    }
  }
  bool may_overwrite_operands() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    for (std::size_t i = 0; i < 5; ++i) in.required(i);
    require_one_real_type(in, 5);
    const TensorView x = in[0];
    const Dims shape(x.shape);
    const std::int64_t entries = shape.rank < 2 ? 1
                                 : per_channel_ ? shape[1]
                                                : shape.product(1, shape.rank);
    for (std::size_t i = 1; i < 5; ++i) {
      if (in[i].size() != entries) refuse("An operand does not have one entry for each channel.");
    }
    return {same_type(x)};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const std::int64_t channels = call.inputs[1].size();
    const std::int64_t inner = shape.rank > 2 && per_channel_ ? shape.product(2, shape.rank) : 1;
    const std::int64_t planes = inner == 0 ? 0 : x.size() / inner;
    with_real_type(x.type, [&]<typename T>(T) {
      for (std::int64_t p = 0; p < planes; ++p) {
        const std::int64_t c = p % channels;
        const T deviation = std::sqrt(raw<T>(call.inputs[4])[c] + static_cast<T>(epsilon_));
        const T factor = raw<T>(call.inputs[1])[c] / deviation;
        normalize(raw<T>(x) + p * inner, raw<T>(call.outputs[0]) + p * inner, inner,
                  raw<T>(call.inputs[3])[c], factor, raw<T>(call.inputs[2])[c]);
      }
    });
  }

 private:
  float epsilon_;
  bool per_channel_;  ///< else per activation (attribute spatial = 0, before version 9)
};

}  // namespace

std::unique_ptr<Kernel> batch_normalization(const Setup& setup) {
  return std::make_unique<BatchNormalization>(setup);
}

}  // namespace xquant::runtime::ops

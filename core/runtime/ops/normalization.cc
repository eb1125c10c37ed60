// BatchNormalization, InstanceNormalization and LayerNormalization. Means and variances are summed
// in double, in memory order; their inverse deviation is rounded to float once.

#include <cmath>

#include "runtime/ops/broadcast.h"

namespace xquant::runtime::ops {
namespace {

/// y = (x - mean) * factor + offset for a run of elements with the same statistics.
template <typename T>
void normalize(const T* x, T* y, std::int64_t n, T mean, T factor, T offset) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = (x[i] - mean) * factor + offset;
}

template <typename T>
struct Statistics {
  T mean;
  T inverse_deviation;
};

template <typename T>
Statistics<T> statistics_of(const T* x, std::int64_t n, float epsilon) {
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]);
  const double mean = sum / static_cast<double>(n);
  for (std::int64_t i = 0; i < n; ++i) {
    const double distance = static_cast<double>(x[i]) - mean;
    squares += distance * distance;
  }
  const double deviation =
      std::sqrt(squares / static_cast<double>(n) + static_cast<double>(epsilon));
  return {static_cast<T>(mean), static_cast<T>(1.0 / deviation)};
}

/// float or double, all operands alike.
void require_one_real_type(const Operands& in, std::size_t count) {
  with_real_type(in.required(0).type, [](auto) {});
  for (std::size_t i = 1; i < count; ++i) {
    if (in.has(i)) require_type(in[i], in[0].type);
  }
}

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

class InstanceNormalization final : public Kernel {
 public:
  explicit InstanceNormalization(const Setup& setup)
      : epsilon_(setup.node.float_or("epsilon", 1e-5f)) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    for (std::size_t i = 0; i < 3; ++i) in.required(i);
    require_one_real_type(in, 3);
    if (in[0].rank() < 3 || in[1].size() != in[0].shape[1] || in[2].size() != in[0].shape[1]) {
      refuse("The operands do not fit.");
    }
    return {same_type(in[0])};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Dims shape(x.shape);
    const std::int64_t inner = shape.product(2, shape.rank);
    with_real_type(x.type, [&]<typename T>(T) {
      for (std::int64_t p = 0; p < shape[0] * shape[1]; ++p) {
        const std::int64_t c = p % shape[1];
        const T* from = raw<T>(x) + p * inner;
        const Statistics<T> s = statistics_of(from, inner, epsilon_);
        normalize(from, raw<T>(call.outputs[0]) + p * inner, inner, s.mean,
                  raw<T>(call.inputs[1])[c] * s.inverse_deviation, raw<T>(call.inputs[2])[c]);
      }
    });
  }

 private:
  float epsilon_;
};

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
    for (std::int64_t row = 0; row < shape.product(0, axis); ++row) {
      const T* from = raw<T>(x) + row * inner;
      T* to = raw<T>(call.outputs[0]) + row * inner;
      const Statistics<T> s = statistics_of(from, inner, epsilon_);
      normalize(from, to, inner, s.mean, s.inverse_deviation, T(0));
      const MutableView part{x.type, inner_shape, to};
      broadcast_apply<T, T>(part, call.inputs[1], part, [](T v, T scale) { return v * scale; });
      if (call.inputs.has(2)) {
        broadcast_apply<T, T>(part, call.inputs[2], part, [](T v, T bias) { return v + bias; });
      }
      store(call, 1, row, static_cast<float>(s.mean));
      store(call, 2, row, static_cast<float>(s.inverse_deviation));
    }
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

std::unique_ptr<Kernel> batch_normalization(const Setup& setup) {
  return std::make_unique<BatchNormalization>(setup);
}
std::unique_ptr<Kernel> instance_normalization(const Setup& setup) {
  return std::make_unique<InstanceNormalization>(setup);
}
std::unique_ptr<Kernel> layer_normalization(const Setup& setup) {
  return std::make_unique<LayerNormalization>(setup);
}

}  // namespace xquant::runtime::ops

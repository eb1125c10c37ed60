// ScatterND: out = data; each row of indices names an element or a slice of out, which the update
// of that row replaces or changes, in row-major order.

#include <algorithm>

#include "runtime/ops/indices.h"
#include "runtime/ops/scatter.h"

namespace xquant::runtime::ops {
namespace {

class ScatterNd final : public Kernel {
 public:
  explicit ScatterNd(const Setup& setup)
      : reduction_(scatter_reduction(setup.node.string_or("reduction", "none"))) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0), indices = in.required(1), updates = in.required(2);
    require_type(indices, DataType::kInt64);
    require_type(updates, data.type);
    if (indices.rank() == 0 || indices.shape.back() > static_cast<std::int64_t>(data.rank())) {
      refuse("The indices address more dimensions than the data has.");
    }
    Shape expected(indices.shape.begin(), indices.shape.end() - 1);
    expected.insert(expected.end(), data.shape.begin() + indices.shape.back(), data.shape.end());
    if (!std::ranges::equal(updates.shape, expected)) {
      refuse("The updates have the shape " + to_string(updates.shape_copy()) + " instead of " +
             to_string(expected) + ".");
    }
    return {same_type(data)};
  }

  void run(const Call& call) const override {
    const TensorView data = call.inputs[0], indices = call.inputs[1], updates = call.inputs[2];
    std::copy_n(raw<char>(data), data.byte_count(), raw<char>(call.outputs[0]));
    const Dims shape(data.shape), strides = strides_of(shape);
    const auto depth = static_cast<std::size_t>(indices.shape.back());
    const std::int64_t rows = Dims(indices.shape).product(0, indices.rank() - 1);
    const std::int64_t slice = shape.product(depth, shape.rank);
    with_type(data.type, [&]<typename T>(T) {
      with_merge<T>(reduction_, [&](auto merge) {
        const T* update = raw<T>(updates);
        for (std::int64_t row = 0; row < rows; ++row, update += slice) {
          T* target = raw<T>(call.outputs[0]);
          for (std::size_t d = 0; d < depth; ++d) {
            const std::int64_t at = row * indices.shape.back() + static_cast<std::int64_t>(d);
            target += index_at(indices, at, shape[d]) * strides[d];
          }
          for (std::int64_t i = 0; i < slice; ++i) target[i] = merge(target[i], update[i]);
        }
      });
    });
  }

 private:
  ScatterReduction reduction_;
};

}  // namespace

std::unique_ptr<Kernel> scatter_nd(const Setup& setup) {
  return std::make_unique<ScatterNd>(setup);
}

}  // namespace xquant::runtime::ops

// ScatterElements and its old name Scatter: out = data, then for axis 0
// out[index[i][j]][j] = updates[i][j], in row-major order of the updates.

#include <algorithm>

#include "runtime/ops/indices.h"
#include "runtime/ops/scatter.h"

namespace xquant::runtime::ops {
namespace {

class ScatterElements final : public Kernel {
 public:
  explicit ScatterElements(const Setup& setup)
      : axis_(setup.node.int_or("axis", 0)),
        reduction_(scatter_reduction(setup.node.string_or("reduction", "none"))) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0), indices = in.required(1), updates = in.required(2);
    require_index(indices);
    require_type(updates, data.type);
    require_within(indices, data, normal_axis(axis_, data.rank()));
    if (!std::ranges::equal(indices.shape, updates.shape)) {
      refuse("Indices and updates have different shapes.");
    }
    return {same_type(data)};
  }

  void run(const Call& call) const override {
    const TensorView data = call.inputs[0], indices = call.inputs[1], updates = call.inputs[2];
    const MutableView out = call.outputs[0];
    std::copy_n(raw<char>(data), data.byte_count(), raw<char>(out));
    const std::size_t axis = normal_axis(axis_, data.rank());
    with_type(data.type, [&]<typename T>(T) {
      with_merge<T>(reduction_, [&](auto merge) {
        const Dims strides = strides_of(Dims(data.shape));
        Walk<1> walk{Dims(indices.shape)};
        walk.strides = {strides};
        walk.strides[0][axis] = 0;
        const std::int64_t count = indices.size();
        for (std::int64_t i = 0; i < count; ++i, walk.next()) {
          const std::int64_t at = index_at(indices, i, data.shape[axis]) * strides[axis];
          T& target = raw<T>(out)[walk.offsets[0] + at];
          target = merge(target, raw<T>(updates)[i]);
        }
      });
    });
  }

 private:
  std::int64_t axis_;
  ScatterReduction reduction_;
};

}  // namespace

std::unique_ptr<Kernel> scatter_elements(const Setup& setup) {
  return std::make_unique<ScatterElements>(setup);
}

}  // namespace xquant::runtime::ops

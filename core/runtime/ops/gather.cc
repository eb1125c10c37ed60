// Operators that pick elements by index: Gather, GatherElements, GatherND.

#include <algorithm>

#include "runtime/ops/indices.h"

namespace xquant::runtime::ops {
namespace {

class Gather final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit Gather(const Setup& setup) : axis_(setup.node.int_or("axis", 0)) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0), indices = in.required(1);
    require_index(indices);
    bytes_per_element(data);
    const auto axis = static_cast<std::ptrdiff_t>(normal_axis(axis_, data.rank()));
    Shape shape(data.shape.begin(), data.shape.begin() + axis);
    shape.insert(shape.end(), indices.shape.begin(), indices.shape.end());
    shape.insert(shape.end(), data.shape.begin() + axis + 1, data.shape.end());
    return {{data.type, shape}};
  }

  void run(const Call& call) const override {
    const TensorView data = call.inputs[0], indices = call.inputs[1];
    const Dims shape(data.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    const std::int64_t inner = shape.product(axis + 1, shape.rank) * bytes_per_element(data);
    const std::int64_t count = indices.size();
    char* out = raw<char>(call.outputs[0]);
    for (std::int64_t i = 0; i < shape.product(0, axis); ++i) {
      const char* from = raw<char>(data) + i * shape[axis] * inner;
      for (std::int64_t k = 0; k < count; ++k, out += inner) {
        std::copy_n(from + index_at(indices, k, shape[axis]) * inner, inner, out);
      }
    }
  }

 private:
  std::int64_t axis_;
};

/// out[i][j][k] = data[index[i][j][k]][j][k] for axis 0.
class GatherElements final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit GatherElements(const Setup& setup) : axis_(setup.node.int_or("axis", 0)) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    require_index(in.required(1));
    const TensorView data = in.required(0);
    require_within(in[1], data, normal_axis(axis_, data.rank()));
    return {{in[0].type, in[1].shape_copy()}};
  }

  void run(const Call& call) const override {
    const TensorView data = call.inputs[0], indices = call.inputs[1];
    const std::size_t axis = normal_axis(axis_, data.rank());
    Walk<1> walk{Dims(indices.shape)};
    const Dims strides = strides_of(Dims(data.shape));
    walk.strides = {strides};
    walk.strides[0][axis] = 0;
    with_width(data.type, [&]<typename T>(T) {
      T* out = raw<T>(call.outputs[0]);
      const std::int64_t count = indices.size();
      for (std::int64_t i = 0; i < count; ++i, walk.next()) {
        out[i] =
            raw<T>(data)[walk.offsets[0] + index_at(indices, i, data.shape[axis]) * strides[axis]];
      }
    });
  }

 private:
  std::int64_t axis_;
};

/// The last dimension of indices addresses data after batch_dims leading dimensions.
class GatherNd final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit GatherNd(const Setup& setup)
      : batch_(static_cast<std::size_t>(setup.node.int_or("batch_dims", 0))) {
    if (setup.node.int_or("batch_dims", 0) < 0) refuse("batch_dims cannot be negative.");
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0), indices = in.required(1);
    require_index(indices);
    const std::size_t depth = depth_of(indices);
    if (batch_ >= indices.rank() || depth > data.rank() || batch_ + depth > data.rank())
      refuse("The indices address more dimensions than the data has.");
    if (!std::ranges::equal(data.shape.first(batch_), indices.shape.first(batch_)))
      refuse("Data and indices differ in a batch dimension.");
    Shape shape(indices.shape.begin(), indices.shape.end() - 1);
    shape.insert(shape.end(), data.shape.begin() + static_cast<std::ptrdiff_t>(batch_ + depth),
                 data.shape.end());
    return {{data.type, shape}};
  }

  void run(const Call& call) const override {
    const TensorView data = call.inputs[0], indices = call.inputs[1];
    const Dims shape(data.shape), index_shape(indices.shape), strides = strides_of(shape);
    const std::size_t depth = depth_of(indices);
    const std::int64_t element = bytes_per_element(data);
    const std::int64_t slice = shape.product(batch_ + depth, shape.rank) * element;
    const std::int64_t batches = shape.product(0, batch_);
    const std::int64_t rows = index_shape.product(batch_, index_shape.rank - 1);
    char* out = raw<char>(call.outputs[0]);
    for (std::int64_t i = 0; i < batches * rows; ++i, out += slice) {
      std::int64_t from = i / rows * shape.product(batch_, shape.rank);
      for (std::size_t d = 0; d < depth; ++d) {
        const auto at = i * static_cast<std::int64_t>(depth) + static_cast<std::int64_t>(d);
        from += index_at(indices, at, shape[batch_ + d]) * strides[batch_ + d];
      }
      std::copy_n(raw<char>(data) + from * element, slice, out);
    }
  }

 private:
  static std::size_t depth_of(const TensorView& indices) {
    if (indices.rank() == 0) refuse("The indices have no dimension.");
    return static_cast<std::size_t>(indices.shape.back());
  }

  std::size_t batch_;
};

}  // namespace

std::unique_ptr<Kernel> gather(const Setup& setup) { return std::make_unique<Gather>(setup); }
std::unique_ptr<Kernel> gather_elements(const Setup& setup) {
  return std::make_unique<GatherElements>(setup);
}
std::unique_ptr<Kernel> gather_nd(const Setup& setup) { return std::make_unique<GatherNd>(setup); }

}  // namespace xquant::runtime::ops

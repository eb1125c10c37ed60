// Operators that are a permutation of dimensions: Transpose, DepthToSpace, SpaceToDepth.

#include <algorithm>

#include "runtime/ops/strided_copy.h"

namespace xquant::runtime::ops {
namespace {

/// Result dimension d is source dimension order[d].
void permute(DataType type, const void* source, const Dims& shape, const Dims& order,
             void* result) {
  const Dims own = strides_of(shape);
  Dims permuted(shape.rank), strides(shape.rank);
  for (std::size_t d = 0; d < shape.rank; ++d) {
    permuted[d] = shape[static_cast<std::size_t>(order[d])];
    strides[d] = own[static_cast<std::size_t>(order[d])];
  }
  strided_copy(type, source, 0, permuted, strides, result);
}

class Transpose final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit Transpose(const Setup& setup) : order_(setup.node.ints_or("perm", {})) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView data = in.required(0);
    const Dims order = order_for(data);
    Shape shape;
    for (std::size_t d = 0; d < order.rank; ++d)
      shape.push_back(data.shape[static_cast<std::size_t>(order[d])]);
    return {{data.type, shape}};
  }
  void run(const Call& call) const override {
    const TensorView data = call.inputs[0];
    permute(data.type, data.data, Dims(data.shape), order_for(data), call.outputs[0].data);
  }

 private:
  Dims order_for(const TensorView& data) const {
    if (!order_.empty()) {
      if (order_.size() != data.rank()) refuse("perm does not have one entry for each dimension.");
      Dims order(data.rank());
      std::uint64_t taken = 0;
      for (std::size_t d = 0; d < data.rank(); ++d) {
        const std::size_t axis = normal_axis(order_[d], data.rank());
        if ((taken >> axis & 1U) != 0)
          refuse("perm names dimension " + std::to_string(axis) + " twice.");
        taken |= std::uint64_t{1} << axis;
        order[d] = static_cast<std::int64_t>(axis);
      }
      return order;
    }
    Dims reversed(data.rank());
    for (std::size_t d = 0; d < data.rank(); ++d)
      reversed[d] = static_cast<std::int64_t>(data.rank() - 1 - d);
    return reversed;
  }

  std::vector<std::int64_t> order_;
};

Dims dims(std::initializer_list<std::int64_t> values) {
  return Dims(std::span<const std::int64_t>(values.begin(), values.size()));
}

std::int64_t block_size(const Setup& setup) {
  const std::int64_t size = setup.node.int_or("blocksize", 0);
  if (size < 1) refuse("blocksize has to be positive.");
  constexpr std::int64_t kMost = std::int64_t{1} << 20;  // its area and the result's size fit
  if (size > kMost) refuse("A blocksize of " + std::to_string(size) + " is not supported.");
  return size;
}

void require_image(const TensorView& data) {
  if (data.rank() != 4) refuse("The operand has to be of shape [N,C,H,W].");
}

class DepthToSpace final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit DepthToSpace(const Setup& setup)
      : block_(block_size(setup)), depth_first_(setup.node.string_or("mode", "DCR") == "DCR") {}

  std::vector<TensorType> infer(const Operands& in) const override {
    require_image(in.required(0));
    const auto s = in[0].shape;
    if (s[1] % (block_ * block_) != 0) refuse("The channels are no multiple of the block's area.");
    return {{in[0].type, {s[0], s[1] / (block_ * block_), s[2] * block_, s[3] * block_}}};
  }
  void run(const Call& call) const override {
    const TensorView data = call.inputs[0];
    const auto s = data.shape;
    const std::int64_t depth = s[1] / (block_ * block_);
    if (depth_first_) {
      permute(data.type, data.data, dims({s[0], block_, block_, depth, s[2], s[3]}),
              dims({0, 3, 4, 1, 5, 2}), call.outputs[0].data);
    } else {
      permute(data.type, data.data, dims({s[0], depth, block_, block_, s[2], s[3]}),
              dims({0, 1, 4, 2, 5, 3}), call.outputs[0].data);
    }
  }

 private:
  std::int64_t block_;
  bool depth_first_;  ///< DCR: channels are [block row][block column][depth]
};

class SpaceToDepth final : public Kernel {
 public:
  bool takes_half() const override { return true; }
  explicit SpaceToDepth(const Setup& setup) : block_(block_size(setup)) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    require_image(in.required(0));
    const auto s = in[0].shape;
    if (s[2] % block_ != 0 || s[3] % block_ != 0) refuse("The image is no multiple of the block.");
    return {{in[0].type, {s[0], s[1] * block_ * block_, s[2] / block_, s[3] / block_}}};
  }
  void run(const Call& call) const override {
    const TensorView data = call.inputs[0];
    const auto s = data.shape;
    permute(data.type, data.data, dims({s[0], s[1], s[2] / block_, block_, s[3] / block_, block_}),
            dims({0, 3, 5, 1, 2, 4}), call.outputs[0].data);
  }

 private:
  std::int64_t block_;
};

}  // namespace

std::unique_ptr<Kernel> transpose(const Setup& setup) { return std::make_unique<Transpose>(setup); }
std::unique_ptr<Kernel> depth_to_space(const Setup& setup) {
  return std::make_unique<DepthToSpace>(setup);
}
std::unique_ptr<Kernel> space_to_depth(const Setup& setup) {
  return std::make_unique<SpaceToDepth>(setup);
}

}  // namespace xquant::runtime::ops

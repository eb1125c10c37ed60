// TensorScatter: writes an update into a cache along one axis, from write_indices[batch] on.

#include <algorithm>

#include "runtime/ops/indices.h"

namespace xquant::runtime::ops {
namespace {

class TensorScatter final : public Kernel {
 public:
  explicit TensorScatter(const Setup& setup) : axis_(setup.node.int_or("axis", -2)) {
    const std::string mode = setup.node.string_or("mode", "linear");
    if (mode != "linear" && mode != "circular") refuse("mode '" + mode + "' is not known.");
    circular_ = mode == "circular";
  }
  bool takes_half() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView cache = in.required(0), update = in.required(1);
    require_type(update, cache.type);
    bytes_per_element(cache);
    const std::size_t axis = normal_axis(axis_, cache.rank());
    if (axis == 0) refuse("axis cannot be the batch dimension.");
    bool fits = update.rank() == cache.rank();
    for (std::size_t d = 0; fits && d < cache.rank(); ++d) {
      fits = d == axis ? update.shape[d] <= cache.shape[d] : update.shape[d] == cache.shape[d];
    }
    if (!fits) refuse("The update does not fit the cache.");
    if (in.has(2)) {
      require_type(in[2], DataType::kInt64);
      if (in[2].size() != cache.shape[0]) refuse("write_indices needs one entry for each sample.");
    }
    return {same_type(cache)};
  }

  void run(const Call& call) const override {
    const TensorView cache = call.inputs[0], update = call.inputs[1];
    char* out = raw<char>(call.outputs[0]);
    std::copy_n(raw<char>(cache), cache.byte_count(), out);
    const Dims shape(cache.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    const std::int64_t bytes = shape.product(axis + 1, shape.rank) * bytes_per_element(cache);
    const std::int64_t length = update.shape[axis], room = shape[axis];
    const std::int64_t rows_per_sample = shape.product(1, axis);
    const char* from = raw<char>(update);
    for (std::int64_t row = 0; row < shape.product(0, axis); ++row) {
      const std::int64_t start =
          call.inputs.has(2) ? raw<std::int64_t>(call.inputs[2])[row / rows_per_sample] : 0;
      if (start < 0 || (!circular_ && start + length > room)) {
        refuse("write_indices goes beyond the cache.");
      }
      for (std::int64_t i = 0; i < length; ++i, from += bytes) {
        const std::int64_t at = circular_ ? (start % room + i) % room : start + i;
        std::copy_n(from, bytes, out + (row * room + at) * bytes);
      }
    }
  }

 private:
  std::int64_t axis_;
  bool circular_ = false;
};

}  // namespace

std::unique_ptr<Kernel> tensor_scatter(const Setup& setup) {
  return std::make_unique<TensorScatter>(setup);
}

}  // namespace xquant::runtime::ops

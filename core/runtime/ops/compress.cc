// Compress: keeps the slices of an axis, or the elements of the flattened tensor, whose condition
// is true. A condition shorter than the axis drops the rest.

#include <algorithm>

#include "runtime/ops/indices.h"

namespace xquant::runtime::ops {
namespace {

class Compress final : public Kernel {
 public:
  explicit Compress(const Setup& setup)
      : flattens_(!setup.node.has("axis")), axis_(setup.node.int_or("axis", 0)) {}
  bool takes_half() const override { return true; }
  std::vector<std::size_t> shape_operands() const override { return {1}; }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), condition = in.required(1);
    require_type(condition, DataType::kBool);
    bytes_per_element(x);
    if (condition.rank() != 1) refuse("The condition has to be a vector.");
    const Parts p = parts(x);
    if (condition.size() > p.length) refuse("The condition is longer than the axis.");
    const auto kept = static_cast<std::int64_t>(std::ranges::count(condition.as<bool>(), true));
    if (flattens_) return {{x.type, {kept}}};
    TensorType type = same_type(x);
    type.shape[normal_axis(axis_, x.rank())] = kept;
    return {type};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Parts p = parts(x);
    const std::int64_t bytes = p.inner * bytes_per_element(x);
    const auto condition = call.inputs[1].as<bool>();
    char* out = raw<char>(call.outputs[0]);
    for (std::int64_t i = 0; i < p.outer; ++i) {
      const char* from = raw<char>(x) + i * p.length * bytes;
      for (const bool keep : condition) {
        if (keep) out = std::copy_n(from, bytes, out);
        from += bytes;
      }
    }
  }

 private:
  struct Parts {
    std::int64_t outer, length, inner;
  };
  Parts parts(const TensorView& x) const {
    if (flattens_) return {1, x.size(), 1};
    const Dims shape(x.shape);
    const std::size_t axis = normal_axis(axis_, shape.rank);
    return {shape.product(0, axis), shape[axis], shape.product(axis + 1, shape.rank)};
  }

  bool flattens_;
  std::int64_t axis_;
};

}  // namespace

std::unique_ptr<Kernel> compress(const Setup& setup) { return std::make_unique<Compress>(setup); }

}  // namespace xquant::runtime::ops

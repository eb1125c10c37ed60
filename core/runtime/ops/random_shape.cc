// Random operators where only the shape of their result is read; runtime/refusal.h refuses the
// others before a run starts.

#include <algorithm>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

/// Zeros of the type and shape that the random tensor would have.
class RandomShape final : public Kernel {
 public:
  enum class Source { kAttributes, kOperand, kSamples };
  RandomShape(const Setup& setup, Source source)
      : source_(source),
        type_(static_cast<DataType>(setup.node.int_or("dtype", 0))),
        shape_(setup.node.ints_or("shape", {})),
        samples_(setup.node.int_or("sample_size", 1)) {}

  bool reads_types_only() const override { return true; }

  std::vector<TensorType> infer(const Operands& in) const override {
    if (source_ == Source::kAttributes) return {{type_or(DataType::kFloat), shape_}};
    const TensorView like = in.required(0);
    if (source_ == Source::kOperand) return {{type_or(like.type), like.shape_copy()}};
    if (like.rank() != 2) refuse("Multinomial takes a matrix.");
    return {{type_or(DataType::kInt32), {like.shape[0], samples_}}};
  }
  void run(const Call& call) const override {
    std::fill_n(raw<char>(call.outputs[0]), call.outputs[0].byte_count(), char{0});
  }

 private:
  DataType type_or(DataType fallback) const {
    return type_ == DataType::kUndefined ? fallback : type_;
  }
  Source source_;
  DataType type_;
  Shape shape_;
  std::int64_t samples_;
};

}  // namespace

std::unique_ptr<Kernel> random_tensor(const Setup& setup) {
  return std::make_unique<RandomShape>(setup, RandomShape::Source::kAttributes);
}
std::unique_ptr<Kernel> random_like(const Setup& setup) {
  return std::make_unique<RandomShape>(setup, RandomShape::Source::kOperand);
}
std::unique_ptr<Kernel> multinomial(const Setup& setup) {
  return std::make_unique<RandomShape>(setup, RandomShape::Source::kSamples);
}

}  // namespace xquant::runtime::ops

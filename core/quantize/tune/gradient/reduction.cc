// ReduceMean, ReduceSum, ReduceL2.

#include <cstdint>
#include <utility>
#include <vector>

#include "quantize/tune/gradient/backward.h"

namespace xquant::quantize {
namespace {

using runtime::TensorView;

enum class Reduction { kMean, kSum, kL2 };

/// Mean, sum or Euclidean norm over constant axes. Results are visited by the elements that they
/// are made of.
class ReductionBackward final : public Backward {
 public:
  ReductionBackward(Reduction reduction, std::vector<std::int64_t> axes)
      : reduction_(reduction), axes_(std::move(axes)) {}

  void run(const BackwardCall& call) const override {
    const TensorView& x = call.operands[0];
    const std::size_t rank = x.rank();
    std::vector<bool> reduced(rank, axes_.empty());
    for (const std::int64_t axis : axes_) {
      reduced[static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis)] =
          true;
    }
    std::vector<std::int64_t> steps(rank, 0);
    std::int64_t step = 1, count = 1;
    for (std::size_t d = rank; d-- > 0;) {
      if (reduced[d]) {
        count *= x.shape[d];
      } else {
        steps[d] = step;
        step *= x.shape[d];
      }
    }
    const std::span<float> dx = call.operand_gradients[0];
    for (std::size_t i = 0; i < dx.size(); ++i) {
      std::int64_t rest = static_cast<std::int64_t>(i), target = 0;
      for (std::size_t d = rank; d-- > 0;) {
        target += rest % x.shape[d] * steps[d];
        rest /= x.shape[d];
      }
      const auto y = static_cast<std::size_t>(target);
      dx[i] += call.result_gradients[0][y] * derivative(call, i, y, count);
    }
  }

 private:
  float derivative(const BackwardCall& call, std::size_t i, std::size_t y,
                   std::int64_t count) const {
    if (reduction_ == Reduction::kSum) return 1.0F;
    if (reduction_ == Reduction::kMean) return 1.0F / static_cast<float>(count);
    const float norm = call.results[0].as<float>()[y];
    return norm > 0 ? call.operands[0].as<float>()[i] / norm : 0.0F;
  }

  Reduction reduction_;
  std::vector<std::int64_t> axes_;
};

std::unique_ptr<Backward> over_axes(Reduction reduction, const BackwardSetup& setup) {
  std::vector<std::int64_t> axes = setup.node.ints_or("axes", {});
  if (setup.node.input(1) != ValueId::kNone) {
    if (setup.constants[1] == nullptr) return nullptr;
    const auto values = setup.constants[1]->data<std::int64_t>();
    axes.assign(values.begin(), values.end());
  }
  if (axes.empty() && setup.node.int_or("noop_with_empty_axes", 0) != 0) return nullptr;
  return std::make_unique<ReductionBackward>(reduction, std::move(axes));
}

}  // namespace

std::unique_ptr<Backward> reduction_backward(const BackwardSetup& setup) {
  const Node& node = setup.node;
  if (node.is("ReduceMean")) return over_axes(Reduction::kMean, setup);
  if (node.is("ReduceSum")) return over_axes(Reduction::kSum, setup);
  if (node.is("ReduceL2")) return over_axes(Reduction::kL2, setup);
  return nullptr;
}

}  // namespace xquant::quantize

// Softmax, LogSoftmax and LayerNormalization.

#include <cmath>

#include "quantize/tune/gradient/backward.h"
#include "runtime/math/math.h"

namespace xquant::quantize {
namespace {

using runtime::TensorView;

/// A tensor seen as [outer][axis][inner].
struct Split {
  std::size_t outer = 1, length = 1, inner = 1;
};

Split split_at(const TensorView& x, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(x.rank());
  const auto at = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
  Split split;
  for (std::size_t d = 0; d < x.rank(); ++d) {
    const auto dim = static_cast<std::size_t>(x.shape[d]);
    (d < at ? split.outer : d == at ? split.length : split.inner) *= dim;
  }
  return split;
}

/// dx = y (dy - sum dy y); of the logarithm dx = dy - softmax(x) sum dy.
class SoftmaxBackward final : public Backward {
 public:
  enum class Result { kProbabilities, kLogarithms };

  SoftmaxBackward(const BackwardSetup& setup, Result result)
      : result_(result), axis_(setup.node.int_or("axis", 0)) {
    const auto version = setup.opsets.find("");
    // Before 13 the axis and all behind it are one, and its default is 1.
    flat_ = version == setup.opsets.end() || version->second < 13;
    if (!setup.node.has("axis")) axis_ = flat_ ? 1 : -1;
  }

  void run(const BackwardCall& call) const override {
    Split split = split_at(call.results[0], axis_);
    if (flat_) split.length *= split.inner, split.inner = 1;
    const auto y = call.results[0].as<float>();
    for (std::size_t o = 0; o < split.outer; ++o) {
      for (std::size_t i = 0; i < split.inner; ++i) {
        run_one(call, y, o * split.length * split.inner + i, split);
      }
    }
  }

 private:
  void run_one(const BackwardCall& call, std::span<const float> y, std::size_t start,
               const Split& split) const {
    const std::span<const float> dy = call.result_gradients[0];
    const std::span<float> dx = call.operand_gradients[0];
    const bool plain = result_ == Result::kProbabilities;
    double sum = 0;
    for (std::size_t k = 0; k < split.length; ++k) {
      const std::size_t at = start + k * split.inner;
      sum += static_cast<double>(dy[at]) * (plain ? static_cast<double>(y[at]) : 1.0);
    }
    for (std::size_t k = 0; k < split.length; ++k) {
      const std::size_t at = start + k * split.inner;
      if (plain) {
        dx[at] += y[at] * (dy[at] - static_cast<float>(sum));
      } else {
        float p = y[at];
        runtime::math::exp(&p, &p, 1);
        dx[at] += dy[at] - p * static_cast<float>(sum);
      }
    }
  }

  Result result_;
  std::int64_t axis_;
  bool flat_ = false;
};

/// With n = (x - mean) / deviation and g = dy scale: dx = (g - mean(g) - n mean(g n)) / deviation.
class LayerNormalizationBackward final : public Backward {
 public:
  explicit LayerNormalizationBackward(const Node& node)
      : axis_(node.int_or("axis", -1)), epsilon_(node.float_or("epsilon", 1e-5F)) {}

  void run(const BackwardCall& call) const override {
    const TensorView& view = call.operands[0];
    Split split = split_at(view, axis_);
    const std::size_t length = split.length * split.inner;
    const auto x = view.as<float>(), scale = call.operands[1].as<float>();
    for (std::size_t start = 0; start < x.size(); start += length) {
      run_row(x.subspan(start, length), scale, call.result_gradients[0].subspan(start, length),
              call.operand_gradients[0].subspan(start, length));
    }
  }

 private:
  void run_row(std::span<const float> x, std::span<const float> scale, std::span<const float> dy,
               std::span<float> dx) const {
    const auto n = static_cast<double>(x.size());
    double mean = 0, square = 0;
    for (const float value : x) mean += static_cast<double>(value);
    mean /= n;
    for (const float value : x) {
      const double d = static_cast<double>(value) - mean;
      square += d * d;
    }
    const double deviation = std::sqrt(square / n + static_cast<double>(epsilon_));
    double sum = 0, product = 0;
    const auto gradient = [&](std::size_t i) {
      return static_cast<double>(dy[i]) * static_cast<double>(scale[i % scale.size()]);
    };
    const auto normal = [&](std::size_t i) {
      return (static_cast<double>(x[i]) - mean) / deviation;
    };
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum += gradient(i);
      product += gradient(i) * normal(i);
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      dx[i] += static_cast<float>((gradient(i) - sum / n - normal(i) * product / n) / deviation);
    }
  }

  std::int64_t axis_;
  float epsilon_;
};

}  // namespace

std::unique_ptr<Backward> normalization_backward(const BackwardSetup& setup) {
  const Node& node = setup.node;
  using Result = SoftmaxBackward::Result;
  if (node.is("Softmax")) return std::make_unique<SoftmaxBackward>(setup, Result::kProbabilities);
  if (node.is("LogSoftmax")) return std::make_unique<SoftmaxBackward>(setup, Result::kLogarithms);
  if (node.is("LayerNormalization")) return std::make_unique<LayerNormalizationBackward>(node);
  return nullptr;
}

}  // namespace xquant::quantize

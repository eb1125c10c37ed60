// MaxPool, AveragePool and their global forms.

#include <algorithm>
#include <limits>

#include "quantize/tune/gradient/backward.h"
#include "runtime/ops/window_walk.h"

namespace xquant::quantize {
namespace {

using runtime::TensorView;
using runtime::ops::Window;

std::size_t planes_of(const TensorView& x) {
  return static_cast<std::size_t>(x.shape[0] * x.shape[1]);
}

class PoolBackward : public Backward {
 public:
  explicit PoolBackward(const Node& node) : attributes_(node) {}

  void run(const BackwardCall& call) const override {
    const TensorView& x = call.operands[0];
    const Window window = attributes_.at(x.shape, {});
    const auto in = static_cast<std::size_t>(window.in_size());
    const float* from = x.as<float>().data();
    const float* dy = call.result_gradients[0].data();
    float* dx = call.operand_gradients[0].data();
    for (std::size_t plane = 0; plane < planes_of(x); ++plane, from += in, dx += in) {
      runtime::ops::for_each_output(window, [&](const Window::Three& out) {
        const float gradient = *dy++;
        if (gradient != 0) share_out(window, out, from, gradient, dx);
      });
    }
  }

 protected:
  virtual void share_out(const Window& window, const Window::Three& out, const float* from,
                         float gradient, float* dx) const = 0;

 private:
  runtime::ops::WindowAttributes attributes_;
};

/// The first of the largest elements gets all.
class MaxPoolBackward final : public PoolBackward {
 public:
  using PoolBackward::PoolBackward;

 private:
  void share_out(const Window& window, const Window::Three& out, const float* from, float gradient,
                 float* dx) const override {
    std::int64_t largest = -1;
    runtime::ops::for_each_inside(window, out, [&](std::int64_t at) {
      if (largest < 0 || from[at] > from[largest]) largest = at;
    });
    if (largest >= 0) dx[largest] += gradient;
  }
};

class AveragePoolBackward final : public PoolBackward {
 public:
  explicit AveragePoolBackward(const Node& node)
      : PoolBackward(node), counts_padding_(node.int_or("count_include_pad", 0) != 0) {}

 private:
  void share_out(const Window& window, const Window::Three& out, const float*, float gradient,
                 float* dx) const override {
    std::int64_t count = 0;
    runtime::ops::for_each_inside(window, out, [&](std::int64_t) { ++count; });
    if (counts_padding_) count = window.kernel_size();
    const float share = gradient / static_cast<float>(std::max<std::int64_t>(count, 1));
    runtime::ops::for_each_inside(window, out, [&](std::int64_t at) { dx[at] += share; });
  }

  bool counts_padding_;
};

class GlobalAverageBackward final : public Backward {
 public:
  void run(const BackwardCall& call) const override {
    const std::span<float> dx = call.operand_gradients[0];
    const std::size_t inner = dx.size() / planes_of(call.operands[0]);
    for (std::size_t i = 0; i < dx.size(); ++i) {
      dx[i] += call.result_gradients[0][i / inner] / static_cast<float>(inner);
    }
  }
};

class GlobalMaxBackward final : public Backward {
 public:
  void run(const BackwardCall& call) const override {
    const std::span<float> dx = call.operand_gradients[0];
    const auto x = call.operands[0].as<float>();
    const std::size_t inner = dx.size() / planes_of(call.operands[0]);
    for (std::size_t start = 0; start < dx.size(); start += inner) {
      const auto plane = x.subspan(start, inner);
      const auto largest = std::max_element(plane.begin(), plane.end()) - plane.begin();
      dx[start + static_cast<std::size_t>(largest)] += call.result_gradients[0][start / inner];
    }
  }
};

}  // namespace

std::unique_ptr<Backward> pooling_backward(const BackwardSetup& setup) {
  const Node& node = setup.node;
  if (node.is("MaxPool")) return std::make_unique<MaxPoolBackward>(node);
  if (node.is("AveragePool")) return std::make_unique<AveragePoolBackward>(node);
  if (node.is("GlobalAveragePool")) return std::make_unique<GlobalAverageBackward>();
  if (node.is("GlobalMaxPool")) return std::make_unique<GlobalMaxBackward>();
  return nullptr;
}

}  // namespace xquant::quantize

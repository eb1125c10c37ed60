#include <array>

#include "quantize/reconstruct/layer.h"
#include "runtime/ops/window.h"

namespace xquant::quantize {
namespace {

using runtime::TensorView;
using runtime::ops::Window;
using Three = Window::Three;

constexpr std::size_t kSpatial = Window::kDimensions;

std::int64_t product(const Three& t) { return t[0] * t[1] * t[2]; }

/// The spatial dimensions of [N, C, ...] as three, missing leading ones 1.
Three spatial(std::span<const std::int64_t> shape) {
  Three three{1, 1, 1};
  const std::size_t rank = shape.size() - 2;
  for (std::size_t i = 0; i < rank; ++i) three[kSpatial - rank + i] = shape[2 + i];
  return three;
}

Three coordinates(std::int64_t index, const Three& extent) {
  return {index / (extent[1] * extent[2]), index / extent[2] % extent[1], index % extent[2]};
}

/// What Conv and ConvTranspose have in common: results [N, C, spatial...] whose positions are the
/// pixels of all images, and for every pixel and kernel position (tap) one input pixel or none.
class WindowLayer : public Layer {
 public:
  std::int64_t positions(std::span<const std::int64_t> shape) const override {
    return shape[0] * product(spatial(shape));
  }

  void gather_inputs(const LayerInput& x, std::span<const std::int64_t> result_shape,
                     std::span<const std::int64_t> at, std::span<float* const> to) const override {
    if (x.reals == nullptr) {
      const float* values = x.view.as<float>().data();
      gather(x.view.shape, result_shape, at, to, [=](std::int64_t i) { return values[i]; });
    } else {
      const auto* codes = static_cast<const std::uint8_t*>(x.view.data);
      gather(x.view.shape, result_shape, at, to,
             [codes, reals = x.reals](std::int64_t i) { return reals[codes[i]]; });
    }
  }

  void gather_outputs(const TensorView& y, std::span<const std::int64_t> at,
                      std::vector<float>& rows) const override {
    const std::int64_t plane = product(spatial(y.shape));
    const float* values = y.as<float>().data();
    for (const std::int64_t position : at) {
      const float* from = values + position / plane * y.shape[1] * plane + position % plane;
      for (std::int64_t c = 0; c < y.shape[1]; ++c) rows.push_back(from[c * plane]);
    }
  }

 protected:
  using Layer::Layer;
  virtual Window window_of(std::span<const std::int64_t> input_shape) const = 0;
  /// The input pixel under a tap of the window at an output pixel; -1: padding, or none.
  virtual std::int64_t input_of(const Window& window, const Three& pixel,
                                const Three& tap) const = 0;

  /// element(i): element i of the input. Where a window is does not depend on the group.
  template <typename Element>
  void gather(std::span<const std::int64_t> shape, std::span<const std::int64_t> result_shape,
              std::span<const std::int64_t> at, std::span<float* const> to,
              const Element& element) const {
    const Three in = spatial(shape), out = spatial(result_shape);
    const Window window = window_of(shape);
    const auto taps = static_cast<std::size_t>(product(window.kernel));
    const std::size_t channels = inputs_ / taps;
    const std::int64_t plane = product(in);
    std::vector<Three> tap_at;
    for (std::size_t t = 0; t < taps; ++t) {
      tap_at.push_back(coordinates(static_cast<std::int64_t>(t), window.kernel));
    }
    std::vector<std::int64_t> source(taps);
    for (std::size_t row = 0; row < at.size(); ++row) {
      const std::int64_t image = at[row] / product(out);
      const Three pixel = coordinates(at[row] % product(out), out);
      for (std::size_t t = 0; t < taps; ++t) source[t] = input_of(window, pixel, tap_at[t]);
      std::int64_t channel = image * shape[1] * plane;
      for (float* const group : to) {
        float* values = group + row * inputs_;
        for (std::size_t c = 0; c < channels; ++c, channel += plane) {
          for (const std::int64_t from : source) {
            *values++ = from < 0 ? 0.0F : element(channel + from);
          }
        }
      }
    }
  }

  static std::int64_t flat(const Three& at, const Three& extent) {
    for (std::size_t d = 0; d < kSpatial; ++d) {
      if (at[d] < 0 || at[d] >= extent[d]) return -1;
    }
    return (at[0] * extent[1] + at[1]) * extent[2] + at[2];
  }
};

/// Weights [outputs of all groups, channels of a group, kernel...].
class ConvLayer final : public WindowLayer {
 public:
  ConvLayer(const Node& node, NodeId id, std::size_t constant, const Shape& weight)
      : WindowLayer(id, constant, node.output(0)),
        attributes_(node),
        kernel_(weight.begin() + 2, weight.end()) {
    groups_ = static_cast<std::size_t>(node.int_or("group", 1));
    outputs_ = static_cast<std::size_t>(weight[0]) / groups_;
    inputs_ = static_cast<std::size_t>(element_count(weight) / weight[0]);
    bias_ = Use{id, 2};
  }

  std::size_t weight_index(std::size_t group, std::size_t o, std::size_t k) const override {
    return (group * outputs_ + o) * inputs_ + k;
  }

 private:
  Window window_of(std::span<const std::int64_t> input_shape) const override {
    return attributes_.at(input_shape, kernel_);
  }

  std::int64_t input_of(const Window& w, const Three& pixel, const Three& tap) const override {
    Three at{};
    for (std::size_t d = 0; d < kSpatial; ++d) {
      at[d] = pixel[d] * w.stride[d] - w.pad_begin[d] + tap[d] * w.dilation[d];
    }
    return flat(at, w.in);
  }

  runtime::ops::WindowAttributes attributes_;
  Shape kernel_;
};

/// Weights [channels of all groups, outputs of a group, kernel...]: input pixel i reaches the
/// output pixels i * stride + tap * dilation - pad.
class TransposedConvLayer final : public WindowLayer {
 public:
  TransposedConvLayer(const Node& node, NodeId id, std::size_t constant, const Shape& weight)
      : WindowLayer(id, constant, node.output(0)) {
    groups_ = static_cast<std::size_t>(node.int_or("group", 1));
    outputs_ = static_cast<std::size_t>(weight[1]);
    taps_ = static_cast<std::size_t>(element_count(weight) / (weight[0] * weight[1]));
    inputs_ = static_cast<std::size_t>(weight[0]) / groups_ * taps_;
    bias_ = Use{id, 2};
    const Shape kernel(weight.begin() + 2, weight.end());
    window_ = runtime::ops::WindowAttributes(node).without_input(kernel);
    // As the operator reads them: what a list does not say is 0.
    const auto pads = node.ints_or("pads", {});
    for (std::size_t i = 0; i < std::min(kernel.size(), pads.size()); ++i)
      window_.pad_begin[kSpatial - kernel.size() + i] = pads[i];
  }

  /// Pads that follow from other attributes are left to the operator.
  static bool has_plain_pads(const Node& node) {
    return node.string_or("auto_pad", "NOTSET") == "NOTSET" && !node.has("output_shape");
  }

  std::size_t weight_index(std::size_t group, std::size_t o, std::size_t k) const override {
    const std::size_t channel = group * (inputs_ / taps_) + k / taps_;
    return (channel * outputs_ + o) * taps_ + k % taps_;
  }

 private:
  Window window_of(std::span<const std::int64_t> input_shape) const override {
    Window window = window_;
    window.in = spatial(input_shape);
    return window;
  }

  std::int64_t input_of(const Window& w, const Three& pixel, const Three& tap) const override {
    Three at{};
    for (std::size_t d = 0; d < kSpatial; ++d) {
      const std::int64_t reached = pixel[d] + w.pad_begin[d] - tap[d] * w.dilation[d];
      if (reached % w.stride[d] != 0) return -1;
      at[d] = reached / w.stride[d];
    }
    return flat(at, w.in);
  }

  Window window_;
  std::size_t taps_ = 1;
};

}  // namespace

std::unique_ptr<Layer> make_conv_layer(const Graph& graph, const plan::QuantPlan& plan,
                                       std::size_t constant) {
  const plan::ConstantOperand& operand = plan.constants[constant];
  const Node& node = graph.node(operand.use.node);
  const Shape& weight = graph.constant(operand.value)->shape();
  if (weight.size() < 3 || weight.size() > 2 + kSpatial || element_count(weight) == 0) {
    return nullptr;
  }
  if (node.is("Conv")) {
    return std::make_unique<ConvLayer>(node, operand.use.node, constant, weight);
  }
  if (!TransposedConvLayer::has_plain_pads(node)) return nullptr;
  return std::make_unique<TransposedConvLayer>(node, operand.use.node, constant, weight);
}

}  // namespace xquant::quantize

#include "quantize/params.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "int8/xq_int8.h"

namespace xquant::quantize {
namespace {

/// A tensor seen as [outer, channels, inner] around an axis; axis -1 makes everything one channel.
struct Layout {
  std::size_t outer = 1;
  std::size_t channels = 1;
  std::size_t inner = 1;

  Layout(const Shape& shape, std::int64_t axis) {
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const auto dim = static_cast<std::size_t>(shape[i]);
      const auto position = static_cast<std::int64_t>(i);
      if (axis < 0 || position > axis)
        inner *= dim;
      else if (position < axis)
        outer *= dim;
      else
        channels = dim;
    }
  }
};

template <typename Visit>
void for_each_row(const Layout& layout, const Visit& visit) {
  for (std::size_t o = 0; o < layout.outer; ++o) {
    for (std::size_t c = 0; c < layout.channels; ++c) {
      visit(c, (o * layout.channels + c) * layout.inner);
    }
  }
}

/// A zero point this near to the middle of two integers counts as there.
constexpr double kNearHalf = 1.0 / 64;
/// Steps are widened so that half a step fits at the end where the zero point leaves none, unless
/// that end has so few steps that all the others would become much coarser.
constexpr double kMostWidening = 1.01;

float largest_magnitude(std::span<const float> values) {
  float largest = 0.0F;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

double squared_error(std::span<const float> values, float scale) {
  double sum = 0;
  for (const float value : values) {
    const float steps = std::clamp(std::nearbyint(value / scale), -128.0F, 127.0F);
    const double error =
        static_cast<double>(steps) * static_cast<double>(scale) - static_cast<double>(value);
    sum += error * error;
  }
  return sum;
}

}  // namespace

float power_of_two_above(float scale) {
  int exponent = 0;
  const float mantissa =
      std::frexp(scale, &exponent);  // scale = mantissa * 2^exponent, in [0.5, 1)
  if (mantissa == 0.5F) --exponent;  // a power of two already
  return std::max(std::ldexp(1.0F, exponent), kMinScale);
}

plan::QuantParams asymmetric_params(Range range) {
  const double low = std::min(range.low, 0.0);
  const double high = std::max(range.high, 0.0);
  const float scale = std::max(static_cast<float>((high - low) / 255.0), kMinScale);
  const double exact = low / static_cast<double>(scale);
  const double zero_point = std::clamp(-128.0 - std::nearbyint(exact), -128.0, 127.0);
  plan::QuantParams params{.scales = {scale},
                           .zero_points = {static_cast<std::int8_t>(zero_point)}};
  if (std::abs(exact - std::floor(exact) - 0.5) < kNearHalf) {
    const double whole = std::max(high / (127 - zero_point), -low / (128 + zero_point));
    if (whole > scale && whole < kMostWidening * scale) params.scales = {static_cast<float>(whole)};
  }
  return params;
}

Range range_of(const plan::QuantParams& params) {
  const auto scale = static_cast<double>(params.scales[0]);
  const auto zero_point = static_cast<double>(params.zero_points[0]);
  return {(-128 - zero_point) * scale, (127 - zero_point) * scale};
}

plan::QuantParams activation_params(Range range, const plan::ActivationRule& rule) {
  plan::QuantParams params = asymmetric_params(range);
  if (rule.symmetric) {
    const double largest = std::max(std::abs(range.low), std::abs(range.high));
    params.scales = {std::max(static_cast<float>(largest / 127.0), kMinScale)};
    params.zero_points = {0};
  }
  if (!rule.power_of_two) return params;
  params.scales[0] = power_of_two_above(params.scales[0]);
  if (!rule.symmetric) {
    const double steps =
        std::nearbyint(std::min(range.low, 0.0) / static_cast<double>(params.scales[0]));
    params.zero_points = {static_cast<std::int8_t>(std::clamp(-128.0 - steps, -128.0, 127.0))};
  }
  return params;
}

std::vector<float> channel_magnitudes(const Tensor& weight, std::int64_t axis) {
  const Layout layout(weight.shape(), axis);
  const auto values = weight.data<float>();
  std::vector<float> largest(layout.channels, 0.0F);
  for_each_row(layout, [&](std::size_t channel, std::size_t at) {
    largest[channel] =
        std::max(largest[channel], largest_magnitude(values.subspan(at, layout.inner)));
  });
  return largest;
}

plan::QuantParams symmetric_params(const Tensor& weight, std::int64_t axis) {
  plan::QuantParams params{.scales = {}, .zero_points = {}, .axis = axis};
  for (const float magnitude : channel_magnitudes(weight, axis)) {
    params.scales.push_back(magnitude == 0.0F ? 1.0F : std::max(magnitude / 127.0F, kMinScale));
    params.zero_points.push_back(0);
  }
  return params;
}

plan::QuantParams power_of_two_params(const Tensor& weight, std::int64_t axis) {
  const Layout layout(weight.shape(), axis);
  const auto values = weight.data<float>();
  plan::QuantParams params = symmetric_params(weight, axis);
  std::vector<float> below;
  for (float& scale : params.scales) {
    scale = power_of_two_above(scale);
    below.push_back(std::max(scale * 0.5F, kMinScale));
  }
  std::vector<double> error_above(layout.channels, 0.0);
  std::vector<double> error_below(layout.channels, 0.0);
  for_each_row(layout, [&](std::size_t channel, std::size_t at) {
    const auto row = values.subspan(at, layout.inner);
    error_above[channel] += squared_error(row, params.scales[channel]);
    error_below[channel] += squared_error(row, below[channel]);
  });
  for (std::size_t c = 0; c < layout.channels; ++c) {
    if (error_below[c] < error_above[c]) params.scales[c] = below[c];
  }
  return params;
}

plan::QuantParams weight_params(const plan::ConstantOperand& operand, const Tensor& weight) {
  const std::int64_t axis = operand.params.axis;
  return operand.power_of_two ? power_of_two_params(weight, axis) : symmetric_params(weight, axis);
}

Tensor quantize_tensor(const Tensor& tensor, const plan::QuantParams& params) {
  const Layout layout(tensor.shape(), params.axis);
  const auto values = tensor.data<float>();
  return Tensor::made<std::int8_t>(tensor.shape(), [&](std::int8_t* result) {
    for_each_row(layout, [&](std::size_t channel, std::size_t at) {
      xq_quantize_f32_s8(values.data() + at, layout.inner, params.scales[channel],
                         params.zero_points[channel], result + at);
    });
  });
}

Tensor quantize_operand(const plan::ConstantOperand& operand, const Tensor& tensor) {
  return operand.rounded ? *operand.rounded : quantize_tensor(tensor, operand.params);
}

Tensor dequantize_tensor(const Tensor& tensor, const plan::QuantParams& params) {
  const Layout layout(tensor.shape(), params.axis);
  const auto values = tensor.data<std::int8_t>();
  return Tensor::made<float>(tensor.shape(), [&](float* result) {
    for_each_row(layout, [&](std::size_t channel, std::size_t at) {
      xq_dequantize_s8_f32(values.data() + at, layout.inner, params.scales[channel],
                           params.zero_points[channel], result + at);
    });
  });
}

void for_each_restored(
    const plan::ConstantOperand& operand, const Tensor& tensor,
    const std::function<void(std::span<const float>, std::span<const float>)>& visit) {
  const plan::QuantParams& params = operand.params;
  const Layout layout(tensor.shape(), params.axis);
  const auto values = tensor.data<float>();
  const std::int8_t* rounded =
      operand.rounded ? operand.rounded->data<std::int8_t>().data() : nullptr;
  std::array<std::int8_t, 4096> integers;
  std::array<float, integers.size()> restored;
  for_each_row(layout, [&](std::size_t channel, std::size_t row) {
    for (std::size_t i = 0; i < layout.inner; i += integers.size()) {
      const std::size_t n = std::min(integers.size(), layout.inner - i), at = row + i;
      const float scale = params.scales[channel];
      const std::int8_t zero_point = params.zero_points[channel];
      if (rounded == nullptr)
        xq_quantize_f32_s8(values.data() + at, n, scale, zero_point, integers.data());
      xq_dequantize_s8_f32(rounded == nullptr ? integers.data() : rounded + at, n, scale,
                           zero_point, restored.data());
      visit(values.subspan(at, n), std::span(restored).first(n));
    }
  });
}

}  // namespace xquant::quantize

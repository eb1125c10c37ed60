#include "integer/match/bias.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xquant::integer {
namespace {

/// Entry c of a list that has one entry for all channels or one for each.
template <typename Values>
auto at(const Values& values, std::size_t c) {
  return values[values.size() == 1 ? 0 : c];
}

bool has_units(const Linear& linear, const std::vector<float>& units) {
  const std::size_t count = std::max(linear.scales.size(), units.size());
  for (std::size_t c = 0; c < count; ++c) {
    if (!is_product(at(linear.scales, c), at(units, c)) || at(linear.zero_points, c) != 0)
      return false;
  }
  return true;
}

}  // namespace

bool is_product(float bias_scale, float unit) {
  constexpr float kRounding = 4 * std::numeric_limits<float>::epsilon();
  return std::fabs(bias_scale - unit) <= kRounding * unit;
}

Bias integer_bias(const Operand& operand, const std::vector<float>& units, std::size_t channels,
                  float factor, BiasType type) {
  Bias bias{.type = type};
  if (!operand.present()) return bias;
  if (operand.constant == nullptr) {
    bias.why_not = "its bias is no constant";
    return bias;
  }
  const auto count = static_cast<std::size_t>(operand.constant->size());
  if (count != 1 && count != channels) {
    bias.why_not = "its bias does not have one entry for each output channel";
    return bias;
  }
  const bool as_it_is = operand.linear && operand.linear->type == DataType::kInt32 &&
                        factor == 1.0F && has_units(*operand.linear, units);
  if (as_it_is) {
    const auto values = operand.constant->data<std::int32_t>();
    for (std::size_t c = 0; c < channels; ++c) bias.values.push_back(at(values, c));
    return bias;
  }
  bias.is_rounded = true;
  const std::optional<Tensor> real = real_constant(operand);
  if (!real) {
    bias.why_not = "its bias is " + std::string(name(operand.constant->type()));
    return bias;
  }
  const double most = type == BiasType::kInt32 ? std::numeric_limits<std::int32_t>::max() : 0x1p52;
  for (std::size_t c = 0; c < channels; ++c) {
    const double exact = static_cast<double>(at(real->data<float>(), c)) *
                         static_cast<double>(factor) / static_cast<double>(at(units, c));
    const double rounded = std::nearbyint(exact);
    if (!(std::fabs(rounded) <= most)) {
      bias.why_not = "its bias of channel " + std::to_string(c) + " does not fit " +
                     (type == BiasType::kInt32 ? "int32" : "52 bits") + " at this scale";
      return bias;
    }
    bias.largest_rounding = std::max(bias.largest_rounding, std::fabs(exact - rounded));
    bias.values.push_back(static_cast<std::int64_t>(rounded));
  }
  return bias;
}

Tensor bias_tensor(const Bias& bias) {
  const Shape shape{static_cast<std::int64_t>(bias.values.size())};
  if (bias.type == BiasType::kInt64) return Tensor::of<std::int64_t>(shape, bias.values);
  return Tensor::of<std::int32_t>(
      shape, std::vector<std::int32_t>(bias.values.begin(), bias.values.end()));
}

}  // namespace xquant::integer

#include "conformance/compare.h"

#include <cmath>

#include "runtime/ops/common.h"
#include "runtime/ops/half.h"

namespace xquant::conformance {
namespace {

double element(const runtime::TensorView& view, std::size_t i) {
  const auto* bits = static_cast<const std::uint16_t*>(view.data);
  if (view.type == DataType::kFloat16) return static_cast<double>(runtime::ops::from_half(bits[i]));
  if (view.type == DataType::kBfloat16)
    return static_cast<double>(runtime::ops::from_bfloat16(bits[i]));
  return runtime::ops::number(view, i);
}

bool close(double got, double expected, double absolute, double relative) {
  if (std::isnan(expected)) return std::isnan(got);
  if (std::isinf(expected)) return got == expected;
  return std::fabs(got - expected) <= absolute + relative * std::fabs(expected);
}

double range_of(const runtime::TensorView& view) {
  double low = 0.0, high = 0.0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(view.size()); ++i) {
    const double value = element(view, i);
    if (!std::isfinite(value)) continue;
    low = std::fmin(low, value);
    high = std::fmax(high, value);
  }
  return high - low;
}

}  // namespace

std::string difference(const Tensor& got, const Tensor& expected, const Tolerance& tolerance) {
  if (got.type() != expected.type()) {
    return "type " + std::string(name(got.type())) + " instead of " +
           std::string(name(expected.type()));
  }
  if (got.shape() != expected.shape()) {
    return "shape " + to_string(got.shape()) + " instead of " + to_string(expected.shape());
  }
  const runtime::TensorView a = runtime::view_of(got), b = runtime::view_of(expected);
  double absolute = tolerance.absolute;
  if (tolerance.of_range > 0.0) absolute += tolerance.of_range * range_of(b);
  for (std::size_t i = 0; i < static_cast<std::size_t>(got.size()); ++i) {
    if (close(element(a, i), element(b, i), absolute, tolerance.relative)) continue;
    return "element " + std::to_string(i) + " is " + std::to_string(element(a, i)) +
           " instead of " + std::to_string(element(b, i));
  }
  return "";
}

}  // namespace xquant::conformance

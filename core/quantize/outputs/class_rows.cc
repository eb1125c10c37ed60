#include "quantize/outputs/class_rows.h"

#include <algorithm>
#include <cmath>

#include "runtime/math/math.h"

namespace xquant::quantize {
namespace {

std::vector<float> probabilities(std::span<const float> log_p) {
  std::vector<float> p(log_p.size());
  runtime::math::exp(log_p.data(), p.data(), p.size());
  return p;
}

}  // namespace

ClassRows class_rows(const Node& softmax, const Shape& shape, std::int64_t opset) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  // Before opset 13 everything from the axis on is one distribution.
  std::int64_t axis = softmax.int_or("axis", opset < 13 ? 1 : -1);
  if (axis < 0) axis += rank;
  ClassRows result;
  for (std::int64_t i = 0; i < rank; ++i) {
    const auto dim = static_cast<std::size_t>(shape[static_cast<std::size_t>(i)]);
    if (i < axis)
      result.rows *= dim;
    else if (i == axis || opset < 13)
      result.classes *= dim;
    else
      result.inner *= dim;
  }
  return result;
}

std::vector<float> log_probabilities(std::span<const float> logits, const ClassRows& rows) {
  if (logits.size() != rows.size()) return {};
  std::vector<float> result(logits.begin(), logits.end());
  std::vector<float> row(rows.classes);
  for (std::size_t r = 0; r < rows.rows * rows.inner; ++r) {
    float* const first =
        result.data() + r / rows.inner * rows.classes * rows.inner + r % rows.inner;
    float largest = first[0];
    for (std::size_t c = 0; c < rows.classes; ++c) {
      largest = std::max(largest, first[c * rows.inner]);
    }
    for (std::size_t c = 0; c < rows.classes; ++c) row[c] = first[c * rows.inner] - largest;
    runtime::math::exp(row.data(), row.data(), row.size());
    double sum = 0;
    for (const float value : row) sum += static_cast<double>(value);
    const auto total = static_cast<float>(sum);
    float logarithm = 0;
    runtime::math::log(&total, &logarithm, 1);
    for (std::size_t c = 0; c < rows.classes; ++c) {
      first[c * rows.inner] = first[c * rows.inner] - largest - logarithm;
    }
  }
  return result;
}

double divergence(std::span<const float> log_p, std::span<const float> log_q) {
  const std::vector<float> p = probabilities(log_p);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    // 0 log 0 = 0, also where a logit is minus infinity.
    if (p[i] == 0) continue;
    sum +=
        static_cast<double>(p[i]) * (static_cast<double>(log_p[i]) - static_cast<double>(log_q[i]));
  }
  return std::max(sum, 0.0);
}

double information(std::span<const float> log_p, const ClassRows& rows) {
  const auto classes = static_cast<float>(rows.classes);
  float logarithm = 0;
  runtime::math::log(&classes, &logarithm, 1);
  const std::vector<float> even(log_p.size(), -logarithm);
  return divergence(log_p, even);
}

}  // namespace xquant::quantize

#include <algorithm>
#include <cmath>

#include "quantize/outputs/output_loss.h"
#include "runtime/math/math.h"

namespace xquant::quantize {
namespace {

/// splitmix64's mixing function (Steele, Lea and Flood 2014).
std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// KL(p | q) is to second order (1/2) e' (diag(p) - p p') e = (1/2) sum over i of p_i (e_i - p'e)^2
/// for an error e of the logits: sqrt(p) sign - p (sqrt(p)' sign), times sqrt(weight / 2).
void add_distributions(std::span<const float> log_p, const ClassRows& rows, double weight,
                       std::vector<float>& direction) {
  std::vector<float> p(log_p.begin(), log_p.end());
  runtime::math::exp(p.data(), p.data(), p.size());
  const double scale = std::sqrt(weight / 2);
  for (std::size_t row = 0; row < rows.rows * rows.inner; ++row) {
    const std::size_t first = row / rows.inner * rows.classes * rows.inner + row % rows.inner;
    double sum = 0;
    for (std::size_t c = 0; c < rows.classes; ++c) {
      const std::size_t at = first + c * rows.inner;
      sum += std::sqrt(static_cast<double>(p[at])) * static_cast<double>(direction[at]);
    }
    for (std::size_t c = 0; c < rows.classes; ++c) {
      const std::size_t at = first + c * rows.inner;
      const auto share = static_cast<double>(p[at]);
      direction[at] = static_cast<float>(
          scale * (std::sqrt(share) * static_cast<double>(direction[at]) - share * sum));
    }
  }
}

}  // namespace

std::vector<std::vector<float>> OutputLoss::direction(std::size_t sample, std::uint64_t key) const {
  // As in total(): beside a sample's own signal, or the usual one where that is larger.
  std::vector<double> weights(parts_, 0.0);
  for (std::size_t part = 0; part < parts_; ++part) {
    const double signal = std::max(signal_[sample][part], usual_signal(part));
    if (signal > 0) weights[part] = 1 / (signal * static_cast<double>(parts_));
  }
  std::vector<std::vector<float>> directions(outputs_.size());
  for (std::size_t o = 0; o < outputs_.size(); ++o) {
    const Output& output = outputs_[o];
    if (output.parts.count == 0) continue;
    const auto exact = exact_.judged[sample][o].data<float>();
    std::vector<float>& direction = directions[o];
    direction.resize(exact.size());
    const std::uint64_t seed = mix(mix(key) + o);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      direction[i] = (mix(seed + i) >> 63) != 0 ? -1.0F : 1.0F;
    }
    if (output.classes) {
      add_distributions(output.log_p[sample], *output.classes, weights[output.first], direction);
      continue;
    }
    const bool labelled = output.parts.labels.size() == exact.size();
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const std::size_t part = output.first + (labelled ? output.parts.labels[i] : 0);
      direction[i] *= std::isfinite(exact[i]) ? static_cast<float>(std::sqrt(weights[part])) : 0.0F;
    }
  }
  return directions;
}

}  // namespace xquant::quantize

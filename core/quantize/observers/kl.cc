#include <algorithm>
#include <array>
#include <limits>

#include "quantize/observers/losses.h"
#include "quantize/observers/method.h"
#include "quantize/observers/range_search.h"
#include "quantize/params.h"
#include "runtime/math/math.h"

namespace xquant::quantize {
namespace {

double log_of(double x) {
  const auto in = static_cast<float>(x);
  float out = 0;
  runtime::math::log(&in, &out, 1);
  return static_cast<double>(out);
}

/// The sums of one int8 level.
struct Level {
  double count = 0;
  double log_density = 0;  ///< of the level's values spread evenly over its bins that are not empty
};

/// By how much counts of so few values in so many bins exaggerate the divergence on average: half a
/// degree of freedom for each bin beyond one in each level (Miller and Madow's correction of
/// entropies). Without it a range that clips looks better than it is, since its levels hold fewer
/// bins.
class SamplingBias {
 public:
  void add(const Distribution::Sums& level) {
    if (level.count > 0) freedom_ += std::max(level.support - 1, 0.0);
  }
  double of(double values) const { return freedom_ / (2 * values); }

 private:
  double freedom_ = 0;
};

/// What clipped values add to the divergence: they join the bin at the edge of the range, whose
/// level they did not help to make (Migacz, 8-bit inference with TensorRT, 2017).
double clipped_term(const Distribution::Sums& edge_bin, double clipped, const Level& level) {
  if (clipped <= 0) return 0;
  if (level.count <= 0) return std::numeric_limits<double>::infinity();
  const double joined = edge_bin.count + clipped;
  return joined * log_of(joined) - edge_bin.entropy - clipped * level.log_density;
}

}  // namespace

double divergence(const Distribution& values, const plan::QuantParams& params) {
  const auto scale = static_cast<double>(params.scales[0]);
  const double zero_point = params.zero_points[0];
  const double low = (-128 - zero_point) * scale - scale / 2;
  const double high = (127 - zero_point) * scale + scale / 2;

  std::array<Level, 256> levels;
  std::array<float, 256> densities{};
  const Distribution::Sums bottom = values.below(low);
  Distribution::Sums before = bottom;
  SamplingBias bias;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const Distribution::Sums upto =
        values.below((static_cast<double>(i) - 128 - zero_point) * scale + scale / 2);
    const Distribution::Sums here = upto - before;
    levels[i].count = here.count;
    bias.add(here);
    const bool any = here.count > 0 && here.support > 0;
    densities[i] = any ? static_cast<float>(here.count / here.support) : 1.0F;
    before = upto;
  }
  const Distribution::Sums top = before;
  std::array<float, 256> logs{};
  runtime::math::log(densities.data(), logs.data(), logs.size());
  double cross = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    levels[i].log_density = static_cast<double>(logs[i]);
    cross += levels[i].count * levels[i].log_density;
  }
  const double all = values.total().count;
  const double inside = top.count - bottom.count;
  if (inside <= 0) return std::numeric_limits<double>::infinity();
  const double width = values.bin_width();
  const double edges =
      clipped_term(values.below(low + width) - bottom, bottom.count, levels.front()) +
      clipped_term(top - values.below(high - width), all - top.count, levels.back());
  return (top.entropy - bottom.entropy - cross + edges) / all + log_of(inside / all) - bias.of(all);
}

namespace {

/// The divergence sees neither how far a clipped value is moved nor that many equal values are one
/// fact (silence, padding): alone it may clip half of a tensor. So it decides among the ranges
/// whose squared error is at most twice the smallest.
Range choose_kl(const TensorStats& stats, const MethodSettings&) {
  const Range start = best_range(stats, squared_error);
  const Distribution values(stats);
  if (values.empty()) return start;
  constexpr double kMost = 2;
  const double most = kMost * squared_error(values, asymmetric_params(start));
  const Loss loss = [most](const Distribution& all, const plan::QuantParams& params) {
    return squared_error(all, params) > most ? std::numeric_limits<double>::infinity()
                                             : divergence(all, params);
  };
  return best_range(stats, loss, start);
}

}  // namespace

const Method kKl = {config::CalibrationType::kKl, choose_kl};

}  // namespace xquant::quantize

#include "quantize/observers/losses.h"
#include "quantize/observers/method.h"
#include "quantize/observers/range_search.h"

namespace xquant::quantize {

double squared_error(const Distribution& values, const plan::QuantParams& params) {
  const auto scale = static_cast<double>(params.scales[0]);
  const double zero_point = params.zero_points[0];
  double error = 0;
  Distribution::Sums before{};
  for (int q = -128; q <= 127; ++q) {
    const double level = (q - zero_point) * scale;
    const Distribution::Sums upto = q == 127 ? values.total() : values.below(level + scale / 2);
    const Distribution::Sums here = upto - before;
    error += here.squares - 2 * level * here.sum + level * level * here.count;
    before = upto;
  }
  return error;
}

namespace {

Range choose_mse(const TensorStats& stats, const MethodSettings&) {
  return best_range(stats, squared_error);
}

}  // namespace

const Method kMse = {config::CalibrationType::kMse, choose_mse};

}  // namespace xquant::quantize

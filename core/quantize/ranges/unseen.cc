#include "quantize/ranges/unseen.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>

#include "quantize/params.h"
#include "runtime/math/math.h"

namespace xquant::quantize {
namespace {

/// Functions whose results have bounds that no data exceeds.
constexpr std::array<std::string_view, 8> kBounded = {
    "Sigmoid", "HardSigmoid", "Tanh", "Softmax", "LogSoftmax", "Clip", "Softsign", "Erf"};

/// Fewer say nothing about a tail.
constexpr std::uint64_t kFewestInTail = 8;
/// The limit depends on the width of the range, which it is a part of.
constexpr int kSweeps = 3;

/// The largest values of one side, as magnitudes.
struct Tail {
  double count = 0;
  double begin = 0;   ///< the smallest of them
  double excess = 0;  ///< how far they lie beyond it, in the mean
};

Tail tail_of(std::span<const std::uint64_t> counts, double bin_width, std::uint64_t wanted) {
  std::uint64_t count = 0;
  double sum = 0;
  for (std::size_t i = counts.size(); i-- > 0;) {
    count += counts[i];
    sum += static_cast<double>(counts[i]) * (static_cast<double>(i) + 0.5) * bin_width;
    if (count < wanted) continue;
    const double begin = static_cast<double>(i) * bin_width;
    return {static_cast<double>(count), begin, sum / static_cast<double>(count) - begin};
  }
  return {};
}

double mean_of(const Histogram& values) {
  double sum = 0;
  const auto add = [&](std::span<const std::uint64_t> counts, double unit) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      sum += static_cast<double>(counts[i]) * (static_cast<double>(i) + 0.5) * unit;
    }
  };
  add(values.positive(), values.bin_width());
  add(values.negative(), -values.bin_width());
  return sum / static_cast<double>(values.count());
}

/// How far from `centre` the side may end, all as magnitudes. other: what the range holds on the
/// other side.
double limit_of(const Tail& tail, double centre, double seen, double other, double count) {
  const double distance = tail.begin - centre;
  if (!(tail.count > 0) || !(tail.excess > 0) || !(distance > 0)) return seen;
  // Beyond a limit L a share (tail.count / count) * falls(L) of the values loses 2 * excess^2 in
  // the mean, and rounding costs each (width / 255)^2 / 12. The derivatives by L are equal where
  // falls(L) is this; and falls(L) = exp(-((L - centre)^2 - distance^2) / (2 * excess * distance)).
  double limit = seen;
  for (int i = 0; i < kSweeps; ++i) {
    const auto falls =
        static_cast<float>((limit + other) * count / (12.0 * 255 * 255 * tail.excess * tail.count));
    float logarithm = 0;
    runtime::math::log(&falls, &logarithm, 1);
    const double squared =
        distance * distance - 2 * tail.excess * distance * static_cast<double>(logarithm);
    limit = std::max(seen, centre + std::sqrt(std::max(squared, 0.0)));
  }
  return limit;
}

}  // namespace

Range with_unseen(const TensorStats& stats, Range range) {
  const Histogram& values = stats.histogram();
  const auto count = static_cast<double>(values.count());
  const auto wanted = std::max(kFewestInTail, static_cast<std::uint64_t>(std::sqrt(count)));
  if (values.count() < 4 * wanted) return range;
  const double mean = mean_of(values);
  const Tail above = tail_of(values.positive(), values.bin_width(), wanted);
  const Tail below = tail_of(values.negative(), values.bin_width(), wanted);
  return {-limit_of(below, -mean, -range.low, range.high, count),
          limit_of(above, mean, range.high, -range.low, count)};
}

void leave_room_in_outputs(const Graph& graph, const ActivationStats& stats, plan::Group& group) {
  const NodeId producer = graph.value(group.root).producer;
  const bool is_output =
      std::ranges::any_of(group.members, [&](ValueId id) { return graph.is_output(id); });
  if (!is_output || group.known || producer == NodeId::kNone) return;
  if (std::ranges::find(kBounded, graph.node(producer).op_type) != kBounded.end()) return;
  const Range range = range_of(group.params);
  const Range wider = with_unseen(stats.at(group.root), range);
  if (wider != range) group.params = activation_params(wider, group.activation);
}

}  // namespace xquant::quantize

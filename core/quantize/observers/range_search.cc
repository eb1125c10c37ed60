#include "quantize/observers/range_search.h"

#include <algorithm>

#include "quantize/params.h"

namespace xquant::quantize {
namespace {

constexpr int kSteps = 72;  // 0.95^72 is 1/40 of the range
constexpr double kStep = 0.95;

class RangeSearch {
 public:
  RangeSearch(const Distribution& values, const Loss& loss, Range whole, Range start)
      : values_(values), loss_(loss), whole_(whole), best_(start) {
    least_ = evaluate(start);
  }

  Range run() {
    scan([&](double share) { return Range{whole_.low * share, whole_.high * share}; });
    constexpr int kRounds = 2;
    for (int round = 0; round < kRounds; ++round) {
      const Range before = best_;
      if (whole_.low < 0) {
        scan([&, high = best_.high](double share) { return Range{whole_.low * share, high}; });
      }
      if (whole_.high > 0) {
        scan([&, low = best_.low](double share) { return Range{low, whole_.high * share}; });
      }
      if (best_ == before) break;
    }
    return best_;
  }

 private:
  double evaluate(Range range) const { return loss_(values_, asymmetric_params(range)); }

  template <typename Candidate>
  void scan(const Candidate& candidate) {
    double share = 1;
    for (int step = 0; step < kSteps; ++step, share *= kStep) {
      const Range range = candidate(share);
      if (range == best_) continue;
      const double here = evaluate(range);
      if (!(here < least_)) continue;
      least_ = here;
      best_ = range;
    }
  }

  const Distribution& values_;
  const Loss& loss_;
  Range whole_;
  Range best_;
  double least_;
};

/// What was seen, widened to contain zero as the emitted range does.
Range whole_range(const TensorStats& stats) {
  return {std::min(static_cast<double>(stats.min()), 0.0),
          std::max(static_cast<double>(stats.max()), 0.0)};
}

}  // namespace

Range best_range(const TensorStats& stats, const Loss& loss) {
  return best_range(stats, loss, whole_range(stats));
}

Range best_range(const TensorStats& stats, const Loss& loss, Range start) {
  const Distribution values(stats);
  if (values.empty()) return start;
  return RangeSearch(values, loss, whole_range(stats), start).run();
}

}  // namespace xquant::quantize

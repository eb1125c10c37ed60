#include "quantize/observers/range_search.h"

#include <algorithm>

#include "quantize/params.h"

namespace xquant::quantize {
namespace {

constexpr int kSteps = 72;  // 0.95^72 is 1/40 of the range
constexpr double kStep = 0.95;

class Search {
 public:
  Search(const Distribution& values, Loss loss, Range whole)
      : values_(values), loss_(loss), whole_(whole), best_(whole) {
    least_ = evaluate(whole);
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
      if (here >= least_) continue;
      least_ = here;
      best_ = range;
    }
  }

  const Distribution& values_;
  Loss loss_;
  Range whole_;
  Range best_;
  double least_;
};

}  // namespace

Range best_range(const TensorStats& stats, Loss loss) {
  const Range seen{static_cast<double>(stats.min()), static_cast<double>(stats.max())};
  const Distribution values(stats);
  if (values.empty()) return seen;
  // The emitted range contains zero: bounds on one side of it are no bounds.
  return Search(values, loss, {std::min(seen.low, 0.0), std::max(seen.high, 0.0)}).run();
}

}  // namespace xquant::quantize

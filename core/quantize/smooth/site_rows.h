#pragma once

#include <map>
#include <memory>
#include <vector>

#include "quantize/equalize/channel_ranges.h"
#include "quantize/float_run.h"
#include "quantize/smooth/channel_factors.h"
#include "quantize/smooth/site.h"

namespace xquant::quantize {

/// What samples showed of the sites and of other tensors.
struct SiteSamples {
  std::map<ValueId, ChannelRows> fit, held;  ///< of the sites, by turns
  RangesByValue ranges;                      ///< of the other tensors, over the samples of fit
};

/// Records `count` evenly spread samples of a pass.
class SiteRecorder final : public FloatRecorder {
 public:
  SiteRecorder(const std::vector<SmoothSite>& sites, const std::vector<ValueId>& others,
               std::int64_t count, std::int64_t available);

  bool wants(std::int64_t sample) const override;
  std::unique_ptr<RunObserver> observer() override;
  /// After the pass.
  SiteSamples take();

 private:
  class Observer;

  std::map<ValueId, std::size_t> channels_;  ///< of every site
  std::int64_t count_, available_;
  std::vector<std::map<ValueId, ChannelRows>> seen_;  ///< by sample that is recorded
  std::vector<ValueId> others_;
  std::vector<std::shared_ptr<RangeObserver>> ranges_;  ///< by thread
};

}  // namespace xquant::quantize

#pragma once

#include <map>
#include <memory>
#include <vector>

#include "quantize/calibrate/float_run.h"
#include "quantize/smooth/channel_factors.h"
#include "quantize/smooth/site.h"

namespace xquant::quantize {

/// What samples showed of the sites, by turns.
struct SiteSamples {
  std::map<ValueId, ChannelRows> fit, held;
};

/// Records `count` evenly spread samples of a pass, of each tensor those in which it is finite.
class SiteRecorder final : public FloatRecorder {
 public:
  SiteRecorder(const std::vector<SmoothSite>& sites, std::int64_t count, std::int64_t available);

  bool wants(std::int64_t sample) const override;
  std::unique_ptr<RunObserver> observer() override;
  /// After the pass.
  SiteSamples take();

 private:
  class Observer;

  std::map<ValueId, std::size_t> channels_;  ///< of every site
  std::int64_t count_, available_;
  std::vector<std::map<ValueId, ChannelRows>> seen_;  ///< by sample that is recorded
};

}  // namespace xquant::quantize

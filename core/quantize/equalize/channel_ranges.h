#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "graph/graph.h"
#include "quantize/calibrate/float_run.h"
#include "runtime/executor.h"

namespace xquant::quantize {

/// Smallest and largest value, 0 included, of each channel (index of axis 1) of a tensor; of the
/// whole tensor when it has fewer than two axes.
struct ChannelRanges {
  std::vector<float> low{};
  std::vector<float> high{};
};
using RangesByValue = std::map<ValueId, ChannelRanges>;

/// Notes the ranges of the given tensors while a program runs. Merging does not depend on order.
class RangeObserver final : public runtime::Observer {
 public:
  explicit RangeObserver(const std::vector<ValueId>& tensors);

  void on_value(ValueId id, const runtime::TensorView& view) override;
  void merge(const RangeObserver& other);
  const RangesByValue& ranges() const { return ranges_; }

 private:
  RangesByValue ranges_;
};

/// Records the ranges of the given tensors over every second one, from the first on, of `count`
/// evenly spread samples of a pass.
class RangesRecorder final : public FloatRecorder {
 public:
  RangesRecorder(std::vector<ValueId> tensors, std::int64_t count, std::int64_t available);

  bool wants(std::int64_t sample) const override;
  std::unique_ptr<RunObserver> observer() override;
  /// After the pass.
  RangesByValue take() const;

 private:
  std::vector<ValueId> tensors_;
  std::int64_t count_, available_;
  std::vector<std::shared_ptr<RangeObserver>> seen_;  ///< by thread
};

}  // namespace xquant::quantize

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "quantize/calibrate/samples.h"
#include "runtime/executor.h"

namespace xquant::quantize {

/// Sees the float model's runs that one thread makes.
class RunObserver : public runtime::Observer {
 public:
  /// Before a run; inputs are there until it ends.
  virtual void start(std::int64_t sample, std::span<const Tensor> inputs) = 0;
};

/// What looks at runs of the float model over the calibration samples. Several of them share one
/// pass.
class FloatRecorder {
 public:
  virtual ~FloatRecorder() = default;
  virtual bool wants(std::int64_t sample) const = 0;
  /// One for each thread; it lives no longer than the pass and this.
  virtual std::unique_ptr<RunObserver> observer() = 0;
};

/// Runs the float program once on every sample that a recorder wants; phase names the work to the
/// monitor.
void run_recorded(const std::shared_ptr<const runtime::Program>& program, Samples& samples,
                  std::string_view phase, std::span<FloatRecorder* const> recorders);

}  // namespace xquant::quantize

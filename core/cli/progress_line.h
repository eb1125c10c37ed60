#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/monitor.h"

namespace xquant::cli {

/// Progress as one line that is rewritten in place on stderr, with the time that the phase still
/// needs.
class ProgressLine final : public Monitor {
 public:
  /// stop becomes non-zero when the user interrupts. Both must outlive this object.
  ProgressLine(bool visible, const volatile std::sig_atomic_t& stop);

  ~ProgressLine() override { clear(); }

  void progress(const Progress& progress) override;
  bool cancelled() override { return stop_ != 0; }

  /// Removes the line.
  void clear();
  /// "calibrate 1.2 s" for each phase, a line each.
  std::string timings() const;

 private:
  using Clock = std::chrono::steady_clock;

  bool visible_;
  const volatile std::sig_atomic_t& stop_;
  std::string phase_;
  Clock::time_point phase_start_;
  Clock::time_point pass_start_;  ///< of what `done` counts
  std::int64_t done_ = 0;
  std::vector<std::pair<std::string, double>> timings_;
};

}  // namespace xquant::cli

#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace xquant {

/// How far a phase has come. total is 0 while it is unknown.
struct Progress {
  std::string_view phase;  ///< "load", "calibrate", "analyse", ...
  std::int64_t done = 0;
  std::int64_t total = 0;
};

inline Error cancelled_error() { return {ErrorKind::kCancelled, "XQ-RUN-001", "Cancelled."}; }

/// The caller's window into a running job. Both functions are called on the thread that started the
/// job.
class Monitor {
 public:
  virtual ~Monitor() = default;
  virtual void progress(const Progress&) {}
  virtual bool cancelled() { return false; }

  /// Reports progress; throws Error(kCancelled) when the caller wants to stop.
  void step(const Progress& progress_now) {
    check();
    last_ = progress_now;
    progress(progress_now);
  }
  /// Reports nothing; throws as step() does.
  void check() {
    if (cancelled()) throw cancelled_error();
  }
  /// Reports the last step anew, for places that do not know how far the phase has come: whoever
  /// wants to stop is heard there too. Phases given to step() must outlive the job.
  void again() { step(last_); }

 private:
  Progress last_{.phase = "start"};
};

}  // namespace xquant

#include "cli/progress_line.h"

#include <cstdio>

#include "report/number.h"

namespace xquant::cli {

ProgressLine::ProgressLine(bool visible, const volatile std::sig_atomic_t& stop)
    : visible_(visible), stop_(stop), phase_start_(Clock::now()) {}

void ProgressLine::progress(const Progress& progress) {
  const Clock::time_point now = Clock::now();
  const double elapsed = std::chrono::duration<double>(now - phase_start_).count();
  if (progress.phase != phase_) {
    if (!phase_.empty()) timings_.emplace_back(phase_, elapsed);
    phase_ = progress.phase;
    phase_start_ = now;
  }
  if (!visible_) return;
  std::string line = phase_;
  if (progress.total > 0) {
    line += " " + std::to_string(progress.done) + "/" + std::to_string(progress.total);
    if (progress.done > 0 && progress.done < progress.total) {
      const double left = elapsed * static_cast<double>(progress.total - progress.done) /
                          static_cast<double>(progress.done);
      line += ", " + report::fixed(left, 0) + " s left";
    }
  }
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
}

void ProgressLine::clear() {
  if (visible_) std::fputs("\r\033[K", stderr);
}

std::string ProgressLine::timings() const {
  std::string text;
  for (const auto& [phase, seconds] : timings_)
    text += phase + " " + report::fixed(seconds, 3) + " s\n";
  return text;
}

}  // namespace xquant::cli

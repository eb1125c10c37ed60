#include "cli/progress_line.h"

#include <cstdio>

#include "report/number.h"

namespace xquant::cli {

ProgressLine::ProgressLine(bool visible, const volatile std::sig_atomic_t& stop)
    : visible_(visible), stop_(stop), phase_start_(Clock::now()), pass_start_(phase_start_) {}

void ProgressLine::progress(const Progress& progress) {
  const Clock::time_point now = Clock::now();
  const double elapsed = std::chrono::duration<double>(now - phase_start_).count();
  if (progress.phase != phase_) {
    if (!phase_.empty()) timings_.emplace_back(phase_, elapsed);
    phase_ = progress.phase;
    phase_start_ = pass_start_ = now;
  } else if (progress.done < done_) {
    pass_start_ = now;  // the phase goes through its work once more
  }
  done_ = progress.done;
  if (!visible_) return;
  std::string line = phase_;
  if (progress.total > 0) {
    line += " " + std::to_string(progress.done) + "/" + std::to_string(progress.total);
    // Before that, a single large layer would say too much.
    const bool is_settled = progress.done > 0 && 10 * progress.done >= progress.total;
    if (is_settled && progress.done < progress.total) {
      const double passed = std::chrono::duration<double>(now - pass_start_).count();
      const double left = passed * static_cast<double>(progress.total - progress.done) /
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

// How soon a job hears that it is to stop, and how good its progress is:
//   pipeline_bench_cancel config.json [threads]
// Runs the whole job, natively, and prints a line of JSON for each phase: its seconds, the longest
// time in which nobody asked whether to stop, and by how many seconds the time that it said to
// remain was wrong at most. Who wants to stop waits for no longer than that and the clearing up
// behind it. Times are those of the thread that works: what else the machine does is not in them.

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/files.h"
#include "config/parse.h"
#include "pipeline/pipeline.h"

namespace xquant::pipeline {
namespace {

/// A phase that lasted no longer than this needs no estimate.
constexpr double kSettled = 1.0;

class Listener final : public Monitor {
 public:
  bool cancelled() override {
    const double now = seconds();
    Phase& phase = phases_.back();
    if (now - heard_ > phase.silence) {
      phase.silence = now - heard_;
    }
    heard_ = now;
    return false;
  }

  void progress(const Progress& progress) override {
    const double now = seconds();
    const std::vector<Report>& before = phases_.back().reports;
    const bool again = !before.empty() && progress.done < before.back().done;
    if (phases_.back().name != progress.phase || again) {
      phases_.back().end = now;
      phases_.push_back({.name = std::string(progress.phase), .begin = now});
    }
    phases_.back().reports.push_back({now, progress.done, progress.total});
  }

  void print() {
    cancelled();
    phases_.back().end = seconds();
    for (const Phase& phase : phases_) {
      std::printf(
          R"({"phase":"%s","begin":%.4f,"seconds":%.4f,"silence":%.4f,"estimate_error":%.2f})"
          "\n",
          phase.name.c_str(), phase.begin, phase.end - phase.begin, phase.silence,
          phase.estimate_error());
    }
  }

 private:
  struct Report {
    double time;
    std::int64_t done, total;
  };

  struct Phase {
    std::string name{};
    double begin = 0, end = 0;
    double silence = 0;
    std::vector<Report> reports{};

    /// Of what the command line would say, beginning when the phase is kSettled seconds old. A
    /// report without an estimate is as wrong as the phase is long from there.
    double estimate_error() const {
      double worst = 0;
      for (const Report& report : reports) {
        const double elapsed = report.time - begin;
        const double left = end - report.time;
        if (elapsed < kSettled) continue;
        const bool known = report.total > 0 && report.done > 0 && 10 * report.done >= report.total;
        const double said = known ? elapsed * static_cast<double>(report.total - report.done) /
                                        static_cast<double>(report.done)
                                  : 0.0;
        worst = std::max(worst, std::abs(said - left));
      }
      return worst;
    }
  };

  static double seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }

  double heard_ = 0;
  std::vector<Phase> phases_{{.name = "start"}};
};

int run(const std::string& config, int threads) {
  DiskFiles files;
  Diagnostics notes;
  Job job;
  job.config = config::parse(files.read(config), config, notes, {});
  job.threads = threads;
  Listener listener;
  quantize(job, files, listener);
  listener.print();
  return 0;
}

}  // namespace
}  // namespace xquant::pipeline

int main(int argc, char** argv) {
  if (argc < 2) {
    std::puts("usage: pipeline_bench_cancel config.json [threads]");
    return 0;
  }
  try {
    return xquant::pipeline::run(argv[1], argc > 2 ? std::atoi(argv[2]) : 1);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

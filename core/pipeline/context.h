#pragma once

#include "base/diagnostics.h"
#include "base/files.h"
#include "base/monitor.h"
#include "base/thread_pool.h"
#include "pipeline/pipeline.h"

namespace xquant::pipeline {

/// What every stage of one run has at hand.
struct Context {
  const Job& job;
  Files& files;
  Monitor& monitor;
  ThreadPool& pool;
  Diagnostics& diagnostics;

  const config::Config& config() const { return job.config; }
};

}  // namespace xquant::pipeline

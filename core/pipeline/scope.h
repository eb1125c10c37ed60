#pragma once

#include "base/diagnostics.h"
#include "config/config.h"

namespace xquant::pipeline {

/// Refuses what this release cannot run (Error kConfig with the place in the configuration), and
/// says in the diagnostics what it runs differently.
void check_scope(const config::Config& config, Diagnostics& diagnostics);

}  // namespace xquant::pipeline

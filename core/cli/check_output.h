#pragma once

#include <string>

#include "pipeline/check.h"

namespace xquant::cli {

/// What `xquant check` prints for a person: a table of operators, outputs, findings, verdict.
std::string text(const pipeline::CheckReport& report);
/// The same as one JSON object on one line, with the notes that a person reads on standard error:
/// "diagnostics", as those of other commands.
std::string json(const pipeline::CheckReport& report);

}  // namespace xquant::cli

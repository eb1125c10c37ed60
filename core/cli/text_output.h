#pragma once

#include <string>

#include "pipeline/pipeline.h"

namespace xquant::cli {

/// What a person reads at the end: where the model and report are, sizes, quality.
std::string text(const pipeline::Result& result);
std::string text(const pipeline::Inspection& inspection);

}  // namespace xquant::cli

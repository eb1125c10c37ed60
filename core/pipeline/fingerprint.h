#pragma once

#include <string>

#include "config/config.h"
#include "pipeline/float_model.h"

namespace xquant::pipeline {

/// SHA-256 of the prepared float model, weights included, before any cut.
std::string model_digest(const FloatModel& source);

/// Everything in the configuration that decides what a sample holds, as text that is equal for
/// equal preprocessing: "x: img bgr mean 0 std 255 batch 1; ...".
std::string preprocessing_text(const config::Config& config);

}  // namespace xquant::pipeline

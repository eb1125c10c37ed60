#pragma once

#include <string>

#include "base/error.h"
#include "pipeline/calibration_file.h"
#include "pipeline/pipeline.h"

/// What --json prints: one object on one line, the same from the native program and from `npx
/// xquant`.
namespace xquant::cli {

/// {"ok":true,"model":..,"report":..,"summary":{..},"diagnostics":[..]}; numbers that are not
/// finite are null.
std::string json(const pipeline::Result& result);
/// {"ok":true,"producer":..,"irVersion":..,..}
std::string json(const pipeline::Inspection& inspection);
/// {"ok":true,"calibration":path,"samples":..,"bytes":..,"diagnostics":[..]}
std::string json(const pipeline::CalibrationFile& state, const std::string& path);
/// {"ok":false,"error":{"code":..,"kind":..,"message":..,"place":{..},"fix":..}}
std::string json(const Error& error);

}  // namespace xquant::cli

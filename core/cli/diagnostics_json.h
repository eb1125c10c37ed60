#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "base/diagnostics.h"

namespace xquant::cli {

/// What is known of a place: "file", "line", "column", "pointer", "node", "tensor".
nlohmann::ordered_json place_json(const Place& place);
/// A list of {"severity":..,"code":..,"message":..,"place":{..},"fix":..}
nlohmann::ordered_json diagnostics_json(const std::vector<Diagnostic>& diagnostics);

}  // namespace xquant::cli

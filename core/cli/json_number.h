#pragma once

#include <cmath>
#include <nlohmann/json.hpp>

namespace xquant::cli {

/// null for what is not finite: JSON has no such numbers.
inline nlohmann::ordered_json finite(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

}  // namespace xquant::cli

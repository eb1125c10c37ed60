#pragma once

#include <nlohmann/json.hpp>

#include "config/config.h"

namespace xquant::config {

/// The typed configuration of a document that has been validated; place information is left empty.
Config fill(const nlohmann::json& document);

}  // namespace xquant::config

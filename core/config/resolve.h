#pragma once

#include <string>

#include "base/files.h"
#include "config/config.h"

namespace xquant::config {

/// The path under which a file named in the configuration is opened: an absolute path as it is; a
/// relative one against the working directory, and when nothing is there, against the configuration
/// file's folder. The path as written when neither exists.
std::string resolve(const Config& config, const std::string& written, const Files& files);

}  // namespace xquant::config

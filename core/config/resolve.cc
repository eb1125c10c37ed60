#include "config/resolve.h"

namespace xquant::config {

std::string resolve(const Config& config, const std::string& written, const Files& files) {
  if (path::is_absolute(written) || files.exists(written)) return written;
  const std::string beside = path::join(path::parent(config.file), written);
  return files.exists(beside) ? beside : written;
}

}  // namespace xquant::config

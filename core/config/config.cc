#include "config/config.h"

namespace xquant::config {

std::string_view name(CalibrationType type) {
  switch (type) {
    case CalibrationType::kDefault:
      return "default";
    case CalibrationType::kKl:
      return "kl";
    case CalibrationType::kMinmax:
      return "minmax";
    case CalibrationType::kPercentile:
      return "percentile";
    case CalibrationType::kMse:
      return "mse";
  }
  return "";
}

std::string_view name(FileType type) {
  switch (type) {
    case FileType::kImg:
      return "img";
    case FileType::kNpy:
      return "npy";
    case FileType::kRaw:
      return "raw";
  }
  return "";
}

std::string_view name(ColorFormat format) { return format == ColorFormat::kBgr ? "bgr" : "rgb"; }

std::string_view name(WeightScheme scheme) {
  switch (scheme) {
    case WeightScheme::kTarget:
      return "target";
    case WeightScheme::kPowerOfTwo:
      return "power_of_two";
    case WeightScheme::kPerTensor:
      return "per_tensor";
    case WeightScheme::kPerChannel:
      return "per_channel";
  }
  return "";
}

Place Config::place(std::string_view pointer) const {
  Place place{.file = file, .pointer = std::string(pointer)};
  if (!positions) return place;
  for (std::string_view at = pointer;; at = at.substr(0, at.rfind('/'))) {
    const auto found = positions->find(at);
    if (found != positions->end()) {
      place.line = found->second.line;
      place.column = found->second.column;
      return place;
    }
    if (at.empty()) return place;
  }
}

}  // namespace xquant::config

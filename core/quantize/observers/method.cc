#include "quantize/observers/method.h"

namespace xquant::quantize {

const Method& method(config::CalibrationType type) {
  switch (type) {
    case config::CalibrationType::kMinmax:
      return kMinmax;
    case config::CalibrationType::kPercentile:
      return kPercentile;
    case config::CalibrationType::kMse:
      return kMse;
    case config::CalibrationType::kKl:
      return kKl;
    case config::CalibrationType::kDefault:
      break;
  }
  return kDefault;
}

}  // namespace xquant::quantize

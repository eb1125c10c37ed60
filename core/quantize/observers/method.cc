#include "quantize/observers/method.h"

#include <array>
#include <string>

#include "base/error.h"

namespace xquant::quantize {
namespace {

constexpr std::array<const Method*, 2> kMethods = {&kMinmax, &kPercentile};

}  // namespace

const Method& method(config::CalibrationType type) {
  for (const Method* candidate : kMethods) {
    if (candidate->type == type) return *candidate;
  }
  throw Error(ErrorKind::kConfig, "XQ-CFG-041",
              "calibration_type " + std::string(config::name(type)) + " not implemented yet.",
              {.pointer = "/calibration_parameters/calibration_type"},
              "Use \"default\", \"minmax\" or \"percentile\".");
}

}  // namespace xquant::quantize

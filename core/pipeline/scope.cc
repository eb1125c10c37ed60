#include "pipeline/scope.h"

#include <string>

namespace xquant::pipeline {
namespace {

using config::Config;
using config::PrecisionLevel;

[[noreturn]] void refuse(const Config& config, const char* pointer, const std::string& what,
                         const std::string& fix) {
  throw Error(ErrorKind::kConfig, "XQ-CFG-060", what, config.place(pointer), fix);
}

void refuse_level(const Config& config, const std::string& pointer, PrecisionLevel level,
                  const std::string& fix) {
  refuse(config, pointer.c_str(),
         "precision_level " + std::to_string(static_cast<int>(level)) +
             " is not supported by this release.",
         fix);
}

void check_precision(const Config& config) {
  const PrecisionLevel level = config.quantization.precision_level;
  if (level > PrecisionLevel::kFloatSums) {
    refuse_level(config, "/quantization_parameters/precision_level", level,
                 "Use 0 (every eligible operator int8), 1 or 2 (sensitive operators stay float).");
  }
  for (const config::CustomSetting& setting : config.quantization.custom_setting) {
    const PrecisionLevel regional = setting.precision_level.value_or(PrecisionLevel::kInt8);
    if (regional <= PrecisionLevel::kDynamic) continue;
    refuse_level(config, setting.pointer + "/precision_level", regional,
                 "A custom_setting knows 0, 1, 2, and 3 for operators that stay float.");
  }
}

void check_percentile(const Config& config, Diagnostics& diagnostics) {
  const auto counts = [](config::CalibrationType type) {
    return type == config::CalibrationType::kPercentile ||
           type == config::CalibrationType::kDefault;
  };
  const auto note = [&](const std::string& pointer, config::CalibrationType type) {
    diagnostics.info(
        "XQ-CFG-061",
        "max_percentile has no effect on calibration_type " + std::string(config::name(type)) + ".",
        config.place(pointer), "Set calibration_type to percentile, or remove it.");
  };
  const config::CalibrationType overall = config.calibration.calibration_type;
  if (config.quantization.max_percentile && !counts(overall)) {
    note("/quantization_parameters/max_percentile", overall);
  }
  for (const config::CustomSetting& setting : config.quantization.custom_setting) {
    const config::CalibrationType type = setting.calibration_type.value_or(overall);
    if (setting.max_percentile && !counts(type)) note(setting.pointer + "/max_percentile", type);
  }
}

}  // namespace

void check_scope(const Config& config, Diagnostics& diagnostics) {
  check_precision(config);
  check_percentile(config, diagnostics);
  if (config.model.opset) {
    refuse(config, "/model_parameters/opset",
           "Converting the opset is not supported by this release.",
           "Remove it: the model keeps its opset unless int8 needs a newer one.");
  }
}

}  // namespace xquant::pipeline

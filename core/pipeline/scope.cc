#include "pipeline/scope.h"

#include <string>

#include "quantize/observers/method.h"

namespace xquant::pipeline {
namespace {

using config::Config;
using config::PrecisionLevel;

[[noreturn]] void refuse(const Config& config, const char* pointer, const std::string& what,
                         const std::string& fix) {
  throw Error(ErrorKind::kConfig, "XQ-CFG-060", what, config.place(pointer), fix);
}

void check_precision(const Config& config) {
  if (config.quantization.precision_level == PrecisionLevel::kInt8) return;
  refuse(config, "/quantization_parameters/precision_level",
         "precision_level " +
             std::to_string(static_cast<int>(config.quantization.precision_level)) +
             " is not supported by this release.",
         "Use 0 (every eligible operator int8), and ignore_op_types or ignore_op_names for "
         "operators that must stay "
         "float.");
}

}  // namespace

void check_scope(const Config& config, Diagnostics& diagnostics) {
  check_precision(config);
  if (!config.quantization.custom_setting.empty()) {
    refuse(config, "/quantization_parameters/custom_setting",
           "custom_setting is not supported by this release.",
           "Remove it to quantize the whole model alike.");
  }
  if (!config.quantization.truncate_var_names.empty()) {
    refuse(config, "/quantization_parameters/truncate_var_names",
           "truncate_var_names is not supported by this release.",
           "Remove it, or cut the model's post-processing off before.");
  }
  if (config.model.opset) {
    refuse(config, "/model_parameters/opset",
           "Converting the opset is not supported by this release.",
           "Remove it: the model keeps its opset unless int8 needs a newer one.");
  }
  const config::CalibrationType type = config.calibration.calibration_type;
  try {
    quantize::method(effective_type(type));
  } catch (const Error& error) {
    throw Error(error.kind(), error.code(), error.message(), config.place(error.place().pointer),
                error.fix());
  }
  if (type != effective_type(type)) {
    diagnostics.info("XQ-CFG-061", "calibration_type default runs as minmax in this release.");
  }
  if (config.quantization.finetune_level != 0) {
    diagnostics.info("XQ-CFG-062", "finetune_level " +
                                       std::to_string(config.quantization.finetune_level) +
                                       " runs as 0 (calibration only) in this release.");
  }
}

config::CalibrationType effective_type(config::CalibrationType type) {
  return type == config::CalibrationType::kDefault ? config::CalibrationType::kMinmax : type;
}

}  // namespace xquant::pipeline

#include "config/fill.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "config/scanner.h"

namespace xquant::config {
namespace {

using Json = nlohmann::json;

template <typename T>
void take(const Json& object, const char* key, T& out) {
  if (object.contains(key)) out = object[key].get<T>();
}

template <typename T>
void take(const Json& object, const char* key, std::optional<T>& out) {
  if (object.contains(key)) out = object[key].get<T>();
}

/// Sets out to the enumerator whose name stands in the document.
template <typename Enum, std::size_t N>
void take_enum(const Json& object, const char* key, const std::array<Enum, N>& all, Enum& out) {
  if (!object.contains(key)) return;
  const std::string written = object[key].get<std::string>();
  out = *std::find_if(all.begin(), all.end(), [&](Enum each) { return name(each) == written; });
}

constexpr std::array kCalibrationTypes{CalibrationType::kDefault, CalibrationType::kKl,
                                       CalibrationType::kMinmax, CalibrationType::kPercentile,
                                       CalibrationType::kMse};
constexpr std::array kFileTypes{FileType::kImg, FileType::kNpy, FileType::kRaw};
constexpr std::array kColorFormats{ColorFormat::kBgr, ColorFormat::kRgb};
constexpr std::array kWeightSchemes{WeightScheme::kTarget, WeightScheme::kPowerOfTwo,
                                    WeightScheme::kPerTensor, WeightScheme::kPerChannel};

/// An empty name counts as not given.
void take_names(const Json& object, const char* key, std::vector<std::string>& out) {
  take(object, key, out);
  std::erase(out, "");
}

void take_percentile(const Json& object, std::optional<double>& out) {
  constexpr double kSmallest = 0.99;
  take(object, "max_percentile", out);
  if (out) out = std::max(*out, kSmallest);
}

Json section(const Json& document, const char* key) { return document.value(key, Json::object()); }

ModelParameters model_parameters(const Json& object) {
  ModelParameters result;
  take(object, "onnx_model", result.onnx_model);
  take(object, "output_prefix", result.output_prefix);
  take(object, "working_dir", result.working_dir);
  take(object, "skip_onnxsim", result.skip_onnxsim);
  take(object, "opset", result.opset);
  take(object, "seed", result.seed);
  return result;
}

InputParameters input_parameters(const Json& object, const std::string& pointer) {
  InputParameters result;
  take(object, "input_name", result.input_name);
  take(object, "input_shape", result.input_shape);
  take(object, "dtype", result.dtype);
  take_enum(object, "file_type", kFileTypes, result.file_type);
  take_enum(object, "color_format", kColorFormats, result.color_format);
  take(object, "mean_value", result.mean_value);
  take(object, "std_value", result.std_value);
  take(object, "preprocess_file", result.preprocess_file);
  take(object, "data_list_path", result.data_list_path);
  result.pointer = pointer;
  return result;
}

CalibrationParameters calibration_parameters(const Json& object, const std::string& pointer) {
  CalibrationParameters result;
  take(object, "calibration_batch_size", result.calibration_batch_size);
  take(object, "calibration_step", result.calibration_step);
  take(object, "calibration_device", result.calibration_device);
  take_enum(object, "calibration_type", kCalibrationTypes, result.calibration_type);
  const char* const key =
      object.contains("input_parametres") ? "input_parametres" : "input_parameters";
  const Json list = object.value(key, Json::array());
  for (std::size_t i = 0; i < list.size(); ++i) {
    result.input_parameters.push_back(input_parameters(list[i], child(child(pointer, key), i)));
  }
  return result;
}

CustomSetting custom_setting(const Json& object, const std::string& pointer) {
  CustomSetting result;
  take_names(object, "input_names", result.input_names);
  take_names(object, "output_names", result.output_names);
  take_percentile(object, result.max_percentile);
  if (object.contains("precision_level")) {
    result.precision_level = static_cast<PrecisionLevel>(object["precision_level"].get<int>());
  }
  if (object.contains("calibration_type")) {
    take_enum(object, "calibration_type", kCalibrationTypes, result.calibration_type.emplace());
  }
  result.pointer = pointer;
  return result;
}

QuantizationParameters quantization_parameters(const Json& object, const std::string& pointer) {
  QuantizationParameters result;
  result.precision_level = static_cast<PrecisionLevel>(object.value("precision_level", 0));
  take(object, "finetune_level", result.finetune_level);
  take_percentile(object, result.max_percentile);
  const Json list = object.value("custom_setting", Json::array());
  for (std::size_t i = 0; i < list.size(); ++i) {
    result.custom_setting.push_back(
        custom_setting(list[i], child(child(pointer, "custom_setting"), i)));
  }
  take(object, "analysis_enable", result.analysis_enable);
  take_names(object, "truncate_var_names", result.truncate_var_names);
  take_names(object, "ignore_op_types", result.ignore_op_types);
  take_names(object, "ignore_op_names", result.ignore_op_names);
  take(object, "target", result.target);
  take_enum(object, "weight_scheme", kWeightSchemes, result.weight_scheme);
  take(object, "int32_bias", result.int32_bias);
  return result;
}

}  // namespace

Config fill(const Json& document) {
  Config config;
  config.model = model_parameters(section(document, "model_parameters"));
  config.calibration = calibration_parameters(section(document, "calibration_parameters"),
                                              "/calibration_parameters");
  config.quantization = quantization_parameters(section(document, "quantization_parameters"),
                                                "/quantization_parameters");
  return config;
}

}  // namespace xquant::config

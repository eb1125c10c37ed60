#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace xquant::config {

enum class PrecisionLevel {
  kInt8 = 0,           ///< every eligible operator int8
  kFloatNorms = 1,     ///< normalizations, Softmax-like and Gelu-like operators stay float
  kFloatSums = 2,      ///< and sums, differences, products of two activations, Sigmoid
  kDynamic = 3,        ///< dynamic quantization
  kFp16 = 4,           ///< half precision
  kSimplifyOnly = 100  ///< no quantization at all
};
enum class CalibrationType { kDefault, kKl, kMinmax, kPercentile, kMse };
enum class FileType { kImg, kNpy, kRaw };
enum class ColorFormat { kBgr, kRgb };
/// How scales of Gemm, MatMul and ConvTranspose weights are chosen. kTarget: as the target says.
enum class WeightScheme { kTarget, kPowerOfTwo, kPerTensor, kPerChannel };

/// As written in the configuration: "percentile", "img", "bgr", "per_channel", ...
std::string_view name(CalibrationType type);
std::string_view name(FileType type);
std::string_view name(ColorFormat format);
std::string_view name(WeightScheme scheme);

/// `model_parameters`. Paths are as written; resolve() finds the file.
struct ModelParameters {
  std::optional<std::string> onnx_model{};
  std::optional<std::string> output_prefix{};
  std::optional<std::string> working_dir{};
  bool skip_onnxsim = false;
  std::optional<int> opset{};
  std::uint64_t seed = 0;
};

/// `calibration_parameters.input_parameters[i]`.
struct InputParameters {
  std::optional<std::string> input_name{};
  std::optional<std::vector<std::int64_t>> input_shape{};
  std::optional<std::string> dtype{};  ///< "float32", ...: the element type of raw files
  FileType file_type = FileType::kImg;
  ColorFormat color_format = ColorFormat::kBgr;
  std::optional<std::vector<double>> mean_value{};  ///< for each channel, on the scale 0..255
  std::optional<std::vector<double>> std_value{};
  std::optional<std::string> preprocess_file{};  ///< "PT_IMAGENET", "IMAGENET", "file.py:function"
  std::optional<std::string> data_list_path{};
  std::string pointer{};  ///< where it stands: "/calibration_parameters/input_parameters/0"
};

/// `calibration_parameters`.
struct CalibrationParameters {
  std::int64_t calibration_batch_size = 1;
  std::int64_t calibration_step = 100;
  std::string calibration_device = "cpu";
  CalibrationType calibration_type = CalibrationType::kDefault;
  std::vector<InputParameters> input_parameters{};
};

/// `quantization_parameters.custom_setting[i]`: other settings for the region between tensors.
struct CustomSetting {
  std::vector<std::string> input_names{};
  std::vector<std::string> output_names{};
  std::optional<double> max_percentile{};
  std::optional<PrecisionLevel> precision_level{};
  std::optional<CalibrationType> calibration_type{};
  std::string pointer{};
};

/// `quantization_parameters`.
struct QuantizationParameters {
  PrecisionLevel precision_level = PrecisionLevel::kInt8;
  int finetune_level = 1;  ///< 0..3
  std::optional<double> max_percentile{};
  std::vector<CustomSetting> custom_setting{};
  bool analysis_enable = true;
  std::vector<std::string> truncate_var_names{};
  std::vector<std::string> ignore_op_types{};
  std::vector<std::string> ignore_op_names{};
  std::string target = "spacemit";
  WeightScheme weight_scheme = WeightScheme::kTarget;
  bool int32_bias = false;  ///< biases of int8 operators are int32 instead of float
};

/// Where something stands in the text, both 1-based; the column counts bytes.
struct Position {
  int line = 0;
  int column = 0;
};
/// Position of the value at each JSON pointer (RFC 6901); "" is the whole document.
using Positions = std::map<std::string, Position, std::less<>>;

/// A configuration with all defaults filled in.
struct Config {
  ModelParameters model{};
  CalibrationParameters calibration{};
  QuantizationParameters quantization{};
  std::string file{};  ///< name of the file it came from, empty when there is none
  std::shared_ptr<const Positions> positions{};

  /// File, line and column of the value at pointer, or of the nearest enclosing value that was
  /// written.
  Place place(std::string_view pointer) const;
};

}  // namespace xquant::config

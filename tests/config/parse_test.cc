#include "config/parse.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "config/resolve.h"

namespace xquant::config {
namespace {

Config parse_quietly(std::string_view text) {
  Diagnostics diagnostics;
  Config config = parse(text, "dir/cfg.json", diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.items()) {
    ADD_FAILURE() << "unexpected: " << diagnostic.to_string();
  }
  return config;
}

TEST(Parse, FillsInTheDocumentedDefaults) {
  const Config config = parse_quietly(R"({"calibration_parameters": {"input_parameters": [{}]}})");
  EXPECT_FALSE(config.model.onnx_model);
  EXPECT_FALSE(config.model.output_prefix);
  EXPECT_FALSE(config.model.working_dir);
  EXPECT_FALSE(config.model.skip_onnxsim);
  EXPECT_FALSE(config.model.opset);
  EXPECT_EQ(config.model.seed, 0U);
  EXPECT_EQ(config.calibration.calibration_batch_size, 1);
  EXPECT_EQ(config.calibration.calibration_step, 100);
  EXPECT_EQ(config.calibration.calibration_device, "cpu");
  EXPECT_EQ(config.calibration.calibration_type, CalibrationType::kDefault);
  const InputParameters& input = config.calibration.input_parameters.at(0);
  EXPECT_EQ(input.file_type, FileType::kImg);
  EXPECT_EQ(input.color_format, ColorFormat::kBgr);
  EXPECT_FALSE(input.mean_value || input.std_value || input.input_shape || input.data_list_path);
  EXPECT_EQ(config.quantization.precision_level, PrecisionLevel::kInt8);
  EXPECT_EQ(config.quantization.finetune_level, 1);
  EXPECT_TRUE(config.quantization.analysis_enable);
  EXPECT_FALSE(config.quantization.max_percentile);
  EXPECT_EQ(config.quantization.target, "spacemit");
  EXPECT_EQ(config.quantization.weight_scheme, WeightScheme::kTarget);
}

TEST(Parse, ReadsEveryField) {
  const Config config = parse_quietly(R"({
    "$schema": "schema.json",
    "model_parameters": {"onnx_model": "m.onnx", "output_prefix": "p", "working_dir": "w",
                         "skip_onnxsim": true, "opset": 17, "seed": 9007199254740991},
    "calibration_parameters": {
      "calibration_batch_size": 4, "calibration_step": 200, "calibration_device": "cpu",
      "calibration_type": "percentile",
      "input_parameters": [{"input_name": "x", "input_shape": [1, 3, 8, 9], "dtype": "float32",
        "file_type": "npy", "color_format": "rgb", "mean_value": [1, 2.5, 3],
        "std_value": [4, 5, 6], "preprocess_file": "IMAGENET", "data_list_path": "l.txt"}]},
    "quantization_parameters": {
      "precision_level": 2, "finetune_level": 3, "max_percentile": 0.9995,
      "custom_setting": [{"input_names": ["a"], "output_names": ["b", "c"],
        "max_percentile": 1, "precision_level": 100, "calibration_type": "mse"}],
      "analysis_enable": false, "truncate_var_names": ["t"], "ignore_op_types": ["Softmax"],
      "ignore_op_names": ["n"], "target": "ort", "weight_scheme": "per_channel"}
  })");
  EXPECT_EQ(config.model.onnx_model, "m.onnx");
  EXPECT_EQ(config.model.output_prefix, "p");
  EXPECT_EQ(config.model.working_dir, "w");
  EXPECT_TRUE(config.model.skip_onnxsim);
  EXPECT_EQ(config.model.opset, 17);
  EXPECT_EQ(config.model.seed, 9007199254740991U);
  EXPECT_EQ(config.calibration.calibration_batch_size, 4);
  EXPECT_EQ(config.calibration.calibration_step, 200);
  EXPECT_EQ(config.calibration.calibration_type, CalibrationType::kPercentile);
  const InputParameters& input = config.calibration.input_parameters.at(0);
  EXPECT_EQ(input.input_name, "x");
  EXPECT_EQ(input.input_shape, (std::vector<std::int64_t>{1, 3, 8, 9}));
  EXPECT_EQ(input.dtype, "float32");
  EXPECT_EQ(input.file_type, FileType::kNpy);
  EXPECT_EQ(input.color_format, ColorFormat::kRgb);
  EXPECT_EQ(input.mean_value, (std::vector<double>{1, 2.5, 3}));
  EXPECT_EQ(input.std_value, (std::vector<double>{4, 5, 6}));
  EXPECT_EQ(input.preprocess_file, "IMAGENET");
  EXPECT_EQ(input.data_list_path, "l.txt");
  EXPECT_EQ(input.pointer, "/calibration_parameters/input_parameters/0");
  const QuantizationParameters& quantization = config.quantization;
  EXPECT_EQ(quantization.precision_level, PrecisionLevel::kFloatSums);
  EXPECT_EQ(quantization.finetune_level, 3);
  EXPECT_EQ(quantization.max_percentile, 0.9995);
  const CustomSetting& custom = quantization.custom_setting.at(0);
  EXPECT_EQ(custom.input_names, std::vector<std::string>{"a"});
  EXPECT_EQ(custom.output_names, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(custom.max_percentile, 1.0);
  EXPECT_EQ(custom.precision_level, PrecisionLevel::kSimplifyOnly);
  EXPECT_EQ(custom.calibration_type, CalibrationType::kMse);
  EXPECT_FALSE(quantization.analysis_enable);
  EXPECT_EQ(quantization.truncate_var_names, std::vector<std::string>{"t"});
  EXPECT_EQ(quantization.ignore_op_types, std::vector<std::string>{"Softmax"});
  EXPECT_EQ(quantization.ignore_op_names, std::vector<std::string>{"n"});
  EXPECT_EQ(quantization.target, "ort");
  EXPECT_EQ(quantization.weight_scheme, WeightScheme::kPerChannel);
}

TEST(Parse, AcceptsTheHistoricalSpelling) {
  const Config config = parse_quietly(
      R"({"calibration_parameters": {"input_parametres": [{"data_list_path": "l.txt"}]}})");
  const InputParameters& input = config.calibration.input_parameters.at(0);
  EXPECT_EQ(input.data_list_path, "l.txt");
  EXPECT_EQ(input.pointer, "/calibration_parameters/input_parametres/0");
}

TEST(Parse, AcceptsCommentsAndTrailingCommas) {
  const Config config = parse_quietly(
      "{ // the model\n\"model_parameters\": {\"onnx_model\": \"m.onnx\", /* - */ },\n}");
  EXPECT_EQ(config.model.onnx_model, "m.onnx");
}

TEST(Parse, TakesEmptyStringsAsNotGiven) {
  const Config config = parse_quietly(R"({
    "model_parameters": {"onnx_model": "", "output_prefix": "", "working_dir": ""},
    "calibration_parameters": {"calibration_type": "", "calibration_device": "",
      "input_parameters": [{"preprocess_file": "", "input_name": "", "mean_value": ""}]},
    "quantization_parameters": {"truncate_var_names": [""], "max_percentile": ""}})");
  EXPECT_FALSE(config.model.onnx_model || config.model.output_prefix || config.model.working_dir);
  EXPECT_FALSE(config.calibration.input_parameters.at(0).preprocess_file);
  EXPECT_FALSE(config.calibration.input_parameters.at(0).mean_value);
  EXPECT_TRUE(config.quantization.truncate_var_names.empty());
}

TEST(Parse, TakesNullAsNotGivenAndSaysSo) {
  Diagnostics diagnostics;
  const Config config = parse(R"({"model_parameters": {"opset": null}})", "c.json", diagnostics);
  EXPECT_FALSE(config.model.opset);
  ASSERT_EQ(diagnostics.items().size(), 1U);
  EXPECT_EQ(diagnostics.items()[0].code, "XQ-CFG-103");
  EXPECT_EQ(diagnostics.items()[0].severity, Severity::kInfo);
}

TEST(Parse, TakesWholeFloatsAsIntegers) {
  const Config config = parse_quietly(
      R"({"calibration_parameters": {"calibration_step": 1e2},
          "model_parameters": {"opset": 13.0}})");
  EXPECT_EQ(config.calibration.calibration_step, 100);
  EXPECT_EQ(config.model.opset, 13);
}

TEST(Parse, FindsTheNearestPlaceThatWasWritten) {
  const Config config = parse_quietly("{\n \"model_parameters\": {\n  \"seed\": 3}}");
  EXPECT_EQ(config.place("/model_parameters/seed").line, 3);
  EXPECT_EQ(config.place("/model_parameters/seed").column, 11);
  EXPECT_EQ(config.place("/model_parameters/opset").line, 2);
  EXPECT_EQ(config.place("/quantization_parameters/target").line, 1);
  EXPECT_EQ(config.place("/model_parameters/opset").pointer, "/model_parameters/opset");
  EXPECT_EQ(Config{}.place("/model_parameters").line, 0);
}

TEST(Resolve, PrefersTheWorkingDirectoryToTheFolderOfTheConfig) {
  MemoryFiles files;
  files.put("both.onnx", "");
  files.put("dir/both.onnx", "");
  files.put("dir/beside.onnx", "");
  const Config config{.file = "dir/cfg.json"};
  EXPECT_EQ(resolve(config, "both.onnx", files), "both.onnx");
  EXPECT_EQ(resolve(config, "beside.onnx", files), "dir/beside.onnx");
  EXPECT_EQ(resolve(config, "nowhere.onnx", files), "nowhere.onnx");
  EXPECT_EQ(resolve(config, "/absolute.onnx", files), "/absolute.onnx");
}

TEST(Parse, ReadsTheConfigsOfRealModelsWithoutComplaint) {
  const char* data = std::getenv("XQUANT_DATA");
  if (data == nullptr) GTEST_SKIP() << "XQUANT_DATA is not set";
  DiskFiles files;
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(data) / "configs")) {
    const std::string file = entry.path().generic_string();
    SCOPED_TRACE(file);
    EXPECT_FALSE(parse_quietly(files.read(file)).calibration.input_parameters.empty());
    ++count;
  }
  EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace xquant::config

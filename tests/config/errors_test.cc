#include <gtest/gtest.h>

#include <algorithm>

#include "config/parse.h"

namespace xquant::config {
namespace {

constexpr const char* kNoUtf8 = "The configuration is no text in UTF-8.";

struct Case {
  std::string name;
  std::string text;  ///< ^ marks the place that the error names, and is taken out
  std::string code;
  std::string message;  ///< how the message begins
  std::string pointer;
  std::string fix = {};  ///< what the fix contains
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

class WrongConfig : public testing::TestWithParam<Case> {};

TEST_P(WrongConfig, IsAnErrorWithItsPlace) {
  const Case& expected = GetParam();
  const std::size_t mark = expected.text.find('^');
  ASSERT_NE(mark, std::string::npos);
  const std::string before = expected.text.substr(0, mark);
  const std::string text = before + expected.text.substr(mark + 1);
  Diagnostics diagnostics;
  try {
    parse(text, "cfg.json", diagnostics);
    FAIL() << "accepted: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    EXPECT_EQ(error.code(), expected.code);
    EXPECT_EQ(error.message().substr(0, expected.message.size()), expected.message);
    EXPECT_EQ(error.place().file, "cfg.json");
    EXPECT_EQ(error.place().pointer, expected.pointer);
    EXPECT_EQ(error.place().line, 1 + std::count(before.begin(), before.end(), '\n'));
    EXPECT_EQ(error.place().column, before.size() - (before.rfind('\n') + 1) + 1);
    EXPECT_NE(error.fix().find(expected.fix), std::string::npos) << error.fix();
  }
}

TEST(WrongConfig, InUtf16IsSaidToBe) {
  const std::string texts[] = {std::string("\xFF\xFE{\0}\0", 6), std::string("{\0}\0", 4)};
  for (const std::string& text : texts) {
    Diagnostics diagnostics;
    try {
      parse(text, "cfg.json", diagnostics);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "XQ-CFG-001");
      EXPECT_EQ(error.message(), kNoUtf8);
      EXPECT_EQ(error.place().file, "cfg.json");
      EXPECT_EQ(error.place().line, 1);
    }
  }
}

std::string model(const std::string& member) { return "{\"model_parameters\": {" + member + "}}"; }
std::string calibration(const std::string& member) {
  return "{\"calibration_parameters\": {\n  " + member + "}}";
}
std::string input(const std::string& member) {
  return calibration("\"input_parametres\": [{" + member + "}]");
}
std::string quantization(const std::string& member) {
  return "{\"quantization_parameters\": {" + member + "}}";
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, WrongConfig,
    testing::Values(
        Case{"empty", "^", "XQ-CFG-001", "Not valid JSON: ", ""},
        Case{"latin_1", "{\n\"a\": \"caf^\xE9\"}", "XQ-CFG-001", kNoUtf8, "", "UTF-8"},
        Case{"latin_1_in_a_comment", "{} // \xC3\xA9 ^\xE9", "XQ-CFG-001", kNoUtf8, "", "UTF-8"},
        Case{"unclosed", "{\n\"a\": 1^", "XQ-CFG-001", "Not valid JSON: ", ""},
        Case{"missing_comma", "{\n  \"a\": 1\n  \"b^\": 2}", "XQ-CFG-001",
             "Not valid JSON: syntax error while parsing object - unexpected string literal", ""},
        Case{"lone_comma", "{\"a\": [^,]}", "XQ-CFG-001", "Not valid JSON: ", ""},
        Case{"single_quotes", "{^'a': 1}", "XQ-CFG-001", "Not valid JSON: ", ""},
        Case{"huge_number", "{\"a\": [1,\n^1e400]}", "XQ-CFG-001",
             "Not valid JSON: the number 1e400 is too large for any computer.", ""},
        Case{"cut_off", "{\"a\": \"^\xF0\x9F\x98", "XQ-CFG-001", kNoUtf8, ""},
        Case{"too_long_a_form", "{\"a\": \"^\xC0\xAF\"}", "XQ-CFG-001", kNoUtf8, ""},
        Case{"surrogate", "{\"a\": \"^\xED\xA0\x80\"}", "XQ-CFG-001", kNoUtf8, ""},
        Case{"beyond_unicode", "{\"a\": \"^\xF4\x90\x80\x80\"}", "XQ-CFG-001", kNoUtf8, ""},
        Case{"not_utf8", "{\"a\": \"^\xFF\"}", "XQ-CFG-001", kNoUtf8, ""}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Type, WrongConfig,
    testing::Values(
        Case{"document", "^[1]", "XQ-CFG-002", "Expected an object, found an array.", ""},
        Case{"section", "{\"model_parameters\": ^\"m.onnx\"}", "XQ-CFG-002",
             "Expected an object, found a string.", "/model_parameters"},
        Case{"opset", model("\"opset\": ^\"13\""), "XQ-CFG-002",
             "opset type error, <class 'str'> .vs int. Expected an integer, found a string.",
             "/model_parameters/opset"},
        Case{"opset_bool", model("\"opset\": ^true"), "XQ-CFG-002",
             "opset type error, <class 'bool'> .vs int.", "/model_parameters/opset"},
        Case{"fraction", calibration("\"calibration_step\": ^10.5"), "XQ-CFG-002",
             "Expected an integer, found a number.", "/calibration_parameters/calibration_step"},
        Case{"mean", input("\"mean_value\": ^\"1,2,3\""), "XQ-CFG-002",
             "mean_value type error, <class 'str'> .vs str. Expected an array, found a string.",
             "/calibration_parameters/input_parametres/0/mean_value"},
        Case{"std", input("\"std_value\": ^57"), "XQ-CFG-002",
             "std_value type error, <class 'int'> .vs str.",
             "/calibration_parameters/input_parametres/0/std_value"},
        Case{"mean_element", input("\"mean_value\": [1,\n2, ^\"3\"]"), "XQ-CFG-002",
             "Expected a number, found a string.",
             "/calibration_parameters/input_parametres/0/mean_value/2"},
        Case{"preprocess", input("\"preprocess_file\": ^[1]"), "XQ-CFG-002",
             "preprocess_file type error, <class 'list'> .vs str.",
             "/calibration_parameters/input_parametres/0/preprocess_file"},
        Case{"list", input("\"data_list_path\": ^{}"), "XQ-CFG-002",
             "data_list_path type error, <class 'dict'> .vs str.",
             "/calibration_parameters/input_parametres/0/data_list_path"},
        Case{"custom_object", quantization("\"custom_setting\": ^{}"), "XQ-CFG-002",
             "Expected an array, found an object.", "/quantization_parameters/custom_setting"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Value, WrongConfig,
    testing::Values(
        Case{"calibration_type", calibration("\"calibration_type\": ^\"percentil\""), "XQ-CFG-003",
             "calibration_type percentil not implemented yet. Found \"percentil\", expected one of "
             "default, kl, minmax, percentile, mse.",
             "/calibration_parameters/calibration_type", "Did you mean \"percentile\"?"},
        Case{"file_type", input("\"file_type\": ^\"video\""), "XQ-CFG-003",
             "file_type video not implemented yet.",
             "/calibration_parameters/input_parametres/0/file_type"},
        Case{"long", input("\"file_type\": ^\"" + std::string(99, 'a') + "\xC3\xBC" + "b\""),
             "XQ-CFG-003",
             "file_type " + std::string(99, 'a') + "... not implemented yet. Found \"" +
                 std::string(99, 'a') + "..., expected one of img, npy, raw.",
             "/calibration_parameters/input_parametres/0/file_type"},
        Case{"model_with_zero", model(R"("onnx_model": ^"m.onnx\u0000.txt")"), "XQ-CFG-003",
             "A path holds a zero character.", "/model_parameters/onnx_model"},
        Case{"prefix_with_zero", model(R"("output_prefix": ^"a\u0000b")"), "XQ-CFG-003",
             "A path holds a zero character.", "/model_parameters/output_prefix"},
        Case{"folder_with_zero", model(R"("working_dir": ^"a\u0000b")"), "XQ-CFG-003",
             "A path holds a zero character.", "/model_parameters/working_dir"},
        Case{"list_with_zero", input(R"("data_list_path": ^"\u0000")"), "XQ-CFG-003",
             "A path holds a zero character.",
             "/calibration_parameters/input_parametres/0/data_list_path"},
        Case{"colour", input("\"color_format\": ^\"RGB\""), "XQ-CFG-003",
             "Found \"RGB\", expected one of bgr, rgb.",
             "/calibration_parameters/input_parametres/0/color_format", "Did you mean \"rgb\"?"},
        Case{"precision_level", quantization("\"precision_level\": ^5"), "XQ-CFG-003",
             "5 is not a valid PrecisionLevel. ", "/quantization_parameters/precision_level"},
        Case{"finetune_level", quantization("\"finetune_level\": ^-1"), "XQ-CFG-003",
             "-1 is not a valid AutoFinetuneLevel. ", "/quantization_parameters/finetune_level"},
        Case{"opset", model("\"opset\": ^0"), "XQ-CFG-004", "opset should be a positive integer. ",
             "/model_parameters/opset"},
        Case{"step", calibration("\"calibration_step\": ^0"), "XQ-CFG-004",
             "Found 0, expected at least 1.", "/calibration_parameters/calibration_step"},
        Case{"shape", input("\"input_shape\": [1, ^-1]"), "XQ-CFG-004",
             "Found -1, expected at least 1.",
             "/calibration_parameters/input_parametres/0/input_shape/1"},
        Case{"std_zero", input("\"std_value\": [^0]"), "XQ-CFG-004",
             "Found 0, expected more than 0.",
             "/calibration_parameters/input_parametres/0/std_value/0"},
        Case{"percentile", quantization("\"max_percentile\": ^99.99"), "XQ-CFG-004",
             "Found 99.99, expected at most 1.", "/quantization_parameters/max_percentile"},
        Case{"custom_incomplete", quantization("\"custom_setting\": [^{\"input_names\": [\"a\"]}]"),
             "XQ-CFG-005", "input_names and output_names should be set. output_names is missing.",
             "/quantization_parameters/custom_setting/0"},
        Case{"both_spellings", calibration("\"input_parameters\": [],\n^\"input_parametres\": []"),
             "XQ-CFG-008", "Both spellings", "/calibration_parameters/input_parametres"},
        Case{"no_inputs", calibration("\"input_parameters\": ^[]"), "XQ-CFG-009",
             "Calibration input_parameters setting not detected. ",
             "/calibration_parameters/input_parameters"}),
    [](const auto& info) { return info.param.name; });

struct Warning {
  std::string code;
  std::string message;
  int line;
  int column;
  std::string fix;
  bool operator==(const Warning&) const = default;
};

void PrintTo(const Warning& each, std::ostream* out) {
  *out << each.code << " " << each.line << ":" << each.column << " " << each.message << " "
       << each.fix;
}

std::vector<Warning> warnings(const std::string& text) {
  Diagnostics diagnostics;
  parse(text, "cfg.json", diagnostics);
  std::vector<Warning> result;
  for (const Diagnostic& each : diagnostics.items()) {
    EXPECT_EQ(each.severity, Severity::kWarning);
    result.push_back({each.code, each.message, each.place.line, each.place.column, each.fix});
  }
  return result;
}

TEST(Warnings, NameUnknownKeysAndWhatWasMeant) {
  EXPECT_EQ(warnings("{\n  \"calibration_parameters\": {\"calibration_setp\": 20}}"),
            (std::vector<Warning>{{"XQ-CFG-101", "Unknown key \"calibration_setp\" is ignored.", 2,
                                   30, "Did you mean \"calibration_step\"?"}}));
  EXPECT_EQ(warnings("{\"zzz\": 1}"),
            (std::vector<Warning>{{"XQ-CFG-101", "Unknown key \"zzz\" is ignored.", 1, 2, ""}}));
}

TEST(Warnings, NameTheSectionOfAMisplacedKey) {
  EXPECT_EQ(warnings("{\"finetune_level\": 2}"),
            (std::vector<Warning>{{"XQ-CFG-101", "Unknown key \"finetune_level\" is ignored.", 1, 2,
                                   "It belongs to \"quantization_parameters\"."}}));
}

TEST(Warnings, NameKeysThatAreGivenTwice) {
  EXPECT_EQ(warnings("{\"model_parameters\": {\"seed\": 1,\n\"seed\": 2}}"),
            (std::vector<Warning>{{"XQ-CFG-102", "The key is given twice; the last value is used.",
                                   2, 1, "Remove one of them."}}));
}

TEST(Warnings, TellOfAnUnusualCalibrationStep) {
  for (const char* step : {"9", "1001"}) {
    const auto found = warnings(calibration(std::string("\"calibration_step\": ") + step));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(
        found[0].message,
        "Specifies that calibration_step is too large or too small, it should be in [10, 1000].");
  }
  EXPECT_TRUE(warnings(calibration("\"calibration_step\": 10")).empty());
  EXPECT_TRUE(warnings(calibration("\"calibration_step\": 1000")).empty());
}

TEST(Warnings, TellThatASmallPercentileIsRaised) {
  Diagnostics diagnostics;
  const Config config = parse(quantization("\"max_percentile\": 0.9"), "c.json", diagnostics);
  EXPECT_EQ(config.quantization.max_percentile, 0.99);
  ASSERT_EQ(diagnostics.items().size(), 1U);
  EXPECT_EQ(diagnostics.items()[0].code, "XQ-CFG-104");
}

TEST(Warnings, TellThatThereIsNoCuda) {
  const auto found = warnings(calibration("\"calibration_device\": \"cuda\""));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].message, "Specifies that cuda is used but not detected. Turn to cpu.");
}

TEST(Strict, MakesUnknownAndDuplicateKeysErrors) {
  Diagnostics diagnostics;
  const ParseOptions strict{.strict = true};
  EXPECT_THROW(parse(R"({"model_parameter": {}})", "c.json", diagnostics, strict), Error);
  EXPECT_THROW(parse(R"({"$schema": "a", "$schema": "b"})", "c.json", diagnostics, strict), Error);
}

TEST(Levels, WithoutDataNeedNoInputs) {
  Diagnostics diagnostics;
  const std::string text =
      R"({"calibration_parameters": {"input_parameters": []},
          "quantization_parameters": {"precision_level": 3}})";
  EXPECT_EQ(parse(text, "c.json", diagnostics).quantization.precision_level,
            PrecisionLevel::kDynamic);
}

}  // namespace
}  // namespace xquant::config

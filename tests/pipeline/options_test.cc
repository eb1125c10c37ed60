// Options that do nothing, or something else, in other quantizers: B01 to B13 of the table in
// tests/quantize/README.md.
#include <gtest/gtest.h>

#include <cmath>

#include "data/job.h"
#include "pipeline/known_failure.h"

namespace xquant::pipeline {
namespace {

TEST(KnownFailure, B01_SkippingSimplificationLeavesTheGraphAlone) {
  for (const bool skips : {false, true}) {
    KnownFailure f;

    if (skips) f.model += R"(, "skip_onnxsim": true)";
    f.g.output(f.conv(f.g.op("Identity", {f.x()}, "same"), 1, 2, "y"));
    const Model result = parsed(f.run());
    EXPECT_EQ(result.graph.find_value("same") != ValueId::kNone, skips);
  }
}

TEST(KnownFailure, B02_EveryPrecisionLevelIsAnother) {
  std::vector<std::int64_t> counts;
  for (const char* level : {"0", "1", "2"}) {
    KnownFailure f;
    f.quantization = std::string(R"("precision_level": )") + level;
    const ValueId ones = f.g.constant("ones", {2}, {1, 1});
    const ValueId a = f.conv(f.x(), 1, 2, "a");
    const ValueId sum = f.g.op("Add", {a, f.conv(f.g["x"], 1, 2, "b")}, "sum");
    f.g.output(f.g.op("InstanceNormalization", {f.conv(sum, 2, 2, "c"), ones, ones}, "y"));
    counts.push_back(f.run().summary.quantized_operators);
  }
  EXPECT_EQ(counts, (std::vector<std::int64_t>{5, 4, 3}));
}

TEST(KnownFailure, B03_IgnoreListsAreHonouredInStaticQuantization) {
  SmallJob small;
  small.quantization = R"("ignore_op_types": ["Gemm"], "ignore_op_names": ["c_n*"])";
  const Result result = small.run();
  EXPECT_NE(result.report.find("its type is listed in ignore_op_types"), std::string::npos);
  EXPECT_NE(result.report.find("matches 'c_n*' in ignore_op_names"), std::string::npos);
}

TEST(KnownFailure, B04_LevelZeroOfFineTuningChangesNoWeight) {
  SmallJob small;
  small.quantization = R"("finetune_level": 0)";
  const Model result = parsed(small.run());
  const Tensor& weight = *result.graph.constant(result.graph.find_value("w"));
  // 0.5 and -1.5 on scales of their own: both are the end of their channel's range.
  EXPECT_EQ(weight.data<std::int8_t>()[0], 127);
  EXPECT_EQ(weight.data<std::int8_t>()[1], -127);
}

TEST(KnownFailure, B05_ARegionMayHaveALowerLevelThanTheModel) {
  KnownFailure f;
  f.quantization = R"("precision_level": 2, "custom_setting": [{"input_names": ["a", "b"],
      "output_names": ["y"], "precision_level": 0}])";
  const ValueId a = f.conv(f.x(), 1, 2, "a");
  f.g.output(f.g.op("Add", {a, f.conv(f.g["x"], 1, 2, "b")}, "y"));
  EXPECT_EQ(f.run().summary.quantized_operators, 3);
}

TEST(KnownFailure, B06_TheOpsetStaysThatOfTheInput) {
  KnownFailure f;
  f.opset = 15;
  f.g.output(f.conv(f.x(), 1, 2, "y"));
  EXPECT_EQ(parsed(f.run()).opset(), 15);
}

TEST(KnownFailure, B07_AMisspelledKeyIsNamed) {
  SmallJob small;
  small.quantization = R"("precison_level": 1)";
  small.run();
  ASSERT_FALSE(small.config_notes.items().empty());
  EXPECT_NE(small.config_notes.items()[0].to_string().find("precision_level"), std::string::npos);
}

TEST(KnownFailure, B08_InputNameSelectsTheInput) {
  KnownFailure f;
  const ValueId small = f.g.input("z", {1, 1, 1, 1});
  f.g.output(f.conv(f.g.op("Mul", {f.x(), small}, "product"), 1, 2, "y"));
  f.put(f.as_model());
  f.files.put("one.npy", data::npy("<f4", "(1, 1, 1, 1)", data::bytes_of<float>({2})));
  f.files.put("one.txt", "one.npy\n");
  // The entries stand in the other order than the inputs.
  const std::string text =
      R"({"model_parameters": {"onnx_model": "m.onnx"}, "calibration_parameters":
      {"input_parameters": [
        {"input_name": "x", "file_type": "npy", "data_list_path": "list.txt"},
        {"input_name": "z", "file_type": "npy", "data_list_path": "one.txt"}]}})";
  const Job job{.config = config::parse(text, "cfg.json", f.config_notes),
                .model_path = "",
                .output_path = ""};
  EXPECT_EQ(quantize(job, f.files, no_monitor()).summary.samples, 3);
}

TEST(KnownFailure, B09_ThePercentileCountsForPercentileAlone) {
  for (const char* type : {"minmax", "kl", "mse"}) {
    SmallJob with;
    with.calibration = std::string(R"("calibration_type": ")") + type + "\", ";
    with.quantization = R"("finetune_level": 0, "max_percentile": 0.99)";
    SmallJob without;
    without.calibration = with.calibration;
    without.quantization = R"("finetune_level": 0)";
    const Result result = with.run();
    EXPECT_TRUE(result.quantized_model == without.run().quantized_model) << type;
    EXPECT_NE(codes(result).find("XQ-CFG-061"), std::string::npos) << type;
  }
}

TEST(KnownFailure, B09_APercentileMayBeWrittenAsAnInteger) {
  SmallJob small;
  small.calibration = R"("calibration_type": "percentile", )";
  small.quantization = R"("finetune_level": 0, "max_percentile": 1)";
  SmallJob minmax;
  minmax.calibration = R"("calibration_type": "minmax", )";
  minmax.quantization = R"("finetune_level": 0)";
  EXPECT_TRUE(small.run().quantized_model == minmax.run().quantized_model);
}

TEST(KnownFailure, B10_AnUnusualNumberOfSamplesIsSaidAndRuns) {
  SmallJob small;
  small.calibration = R"("calibration_step": 2, )";
  EXPECT_EQ(small.run().summary.samples, 2);
  EXPECT_FALSE(small.config_notes.items().empty());
  SmallJob few;
  EXPECT_NE(codes(few.run()).find("XQ-DAT-101"), std::string::npos);
}

TEST(KnownFailure, B11_BothBoundsOfASigmoidClamp) {
  KnownFailure f;
  f.quantization = R"("finetune_level": 0)";
  const ValueId w = f.g.constant("w", {1, 1, 1, 1}, {50});
  f.g.output(f.g.op("Sigmoid", {f.g.op("Conv", {f.x(), w}, "c")}, "y"));
  const Model model = parsed(f.run());
  const ValueId pair = model.graph.find_value("c");
  const Node& dequantize = model.graph.node(model.graph.value(pair).producer);
  EXPECT_FLOAT_EQ(model.graph.constant(dequantize.input(1))->data<float>()[0], 16.0F / 254);
}

TEST(KnownFailure, B12_AnIgnoreEntryThatMatchesNothingIsNamed) {
  SmallJob small;
  small.quantization = R"("ignore_op_types": ["LayerNormalization"])";
  EXPECT_NE(codes(small.run()).find("XQ-QNT-002"), std::string::npos);
}

TEST(KnownFailure, B13_APadWithAxesRuns) {
  KnownFailure f;
  f.opset = 18;
  const ValueId zero = f.g.graph.add_constant("zero", Tensor::scalar(0.0F));
  f.g.output(f.g.op(
      "Pad",
      {f.conv(f.x(), 1, 2, "c"), f.g.integers("pads", {1, 1}), zero, f.g.integers("axes", {2})},
      "y"));
  EXPECT_EQ(f.run().summary.quantized_operators, 2);
}

}  // namespace
}  // namespace xquant::pipeline

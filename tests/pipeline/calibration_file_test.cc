#include "pipeline/calibration_file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "data/job.h"
#include "pipeline/small_job.h"

namespace xquant::pipeline {
namespace {

std::string state_of(SmallJob& small, data::Shard shard = {}, int threads = 1) {
  Job job = small.job(threads);
  job.shard = shard;
  return collect_calibration(job, small.files, no_monitor()).bytes;
}

Result run_with(SmallJob& small, const std::string& state) {
  small.files.put("s.xqcal", state);
  Job job = small.job();
  job.calibration_path = "s.xqcal";
  return quantize(job, small.files, no_monitor());
}

std::string refusal(SmallJob& small, const std::string& state) {
  try {
    run_with(small, state);
  } catch (const Error& error) {
    EXPECT_EQ(error.place().file, "s.xqcal");
    return error.message();
  }
  return "";
}

TEST(CalibrationFile, GivesTheSameModelAsARunForEveryMethodTargetAndLevel) {
  const std::string state = [] {
    SmallJob small;
    return state_of(small);
  }();
  for (const char* type : {"minmax", "percentile", "kl", "mse", "default"}) {
    for (const char* rest : {R"("target": "ort")", R"("precision_level": 2)",
                             R"("ignore_op_types": ["Gemm"])", R"("max_percentile": 0.99)"}) {
      SmallJob small;
      small.calibration = std::string(R"("calibration_type": ")") + type + "\", ";
      small.quantization = std::string(R"("finetune_level": 0, )") + rest;
      const std::string run = small.run().quantized_model;
      EXPECT_TRUE(run_with(small, state).quantized_model == run) << type << rest;
    }
  }
}

TEST(CalibrationFile, OfShardsMergesToThatOfOnePass) {
  SmallJob small;
  const std::string whole = state_of(small);
  EXPECT_TRUE(state_of(small, {}, 3) == whole);
  small.files.put("a", state_of(small, {1, 2}));
  small.files.put("b", state_of(small, {2, 2}, 2));
  for (const auto& order : {std::vector<std::string>{"a", "b"}, {"b", "a"}}) {
    const CalibrationFile merged = merge_calibrations(order, "all", small.files);
    EXPECT_TRUE(merged.bytes == whole);
    EXPECT_EQ(merged.samples, 3);
  }
}

TEST(CalibrationFile, IsNoneOfThoseThatAreMerged) {
  SmallJob small;
  small.files.put("a", state_of(small, {1, 2}));
  small.files.put("b", state_of(small, {2, 2}));
  try {
    merge_calibrations(std::vector<std::string>{"a", "b"}, "b", small.files);
    ADD_FAILURE() << "b is lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-CLI-011");
    EXPECT_EQ(error.message(), "The output would overwrite the input 'b'.");
  }
}

TEST(CalibrationFile, IsNoneOfTheSamples) {
  SmallJob small;
  Job job = small.job();
  job.output_path = "2.npy";
  EXPECT_THROW(collect_calibration(job, small.files, no_monitor()), Error);
}

TEST(CalibrationFile, OfAnotherModelIsRefused) {
  SmallJob small;
  const std::string state = state_of(small);
  Model other = small_model();
  other.graph.node(other.graph.value(other.graph.find_value("r")).producer).op_type = "Abs";
  small.put(other);
  EXPECT_NE(refusal(small, state).find("it is of another model"), std::string::npos);
}

TEST(CalibrationFile, OfOtherPreprocessingIsRefused) {
  SmallJob small;
  const std::string state = state_of(small);
  small.calibration = R"("calibration_batch_size": 1, "calibration_step": 2, )";
  EXPECT_EQ(refusal(small, state), "");
  small.calibration = R"("calibration_batch_size": 2, )";
  EXPECT_NE(refusal(small, state).find("its preprocessing is '?: npy; batch 1'"),
            std::string::npos);
}

TEST(CalibrationFile, OfOtherDataIsRefusedWithTheFile) {
  SmallJob small;
  const std::string state = state_of(small);
  small.files.put("0.npy", data::npy("<f4", "(1, 1, 4, 4)",
                                     data::bytes_of<float>(std::vector<float>(16, 1.0F))));
  EXPECT_NE(refusal(small, state).find("sample 0 (0.npy) is not the one"), std::string::npos);
}

TEST(CalibrationFile, OfAShardAloneSaysSo) {
  SmallJob small;
  const Result result = run_with(small, state_of(small, {1, 2}));
  const bool said = std::any_of(result.diagnostics.begin(), result.diagnostics.end(),
                                [](const auto& note) { return note.code == "XQ-CAL-013"; });
  EXPECT_TRUE(said);
}

TEST(CalibrationFile, WithoutTheTensorsOfTheWholeIsRefusedForIt) {
  SmallJob small;
  small.quantization = R"("truncate_var_names": ["r"])";
  const std::string state = state_of(small);
  small.quantization = R"("finetune_level": 0)";
  EXPECT_EQ(refusal(small, state),
            "The calibration state does not fit: it has no statistics of 'f'.");
}

TEST(CalibrationFile, NeverTakesThePlaceOfAnInput) {
  for (const char* output : {"m.onnx", "./m.onnx", "cfg.json"}) {
    SmallJob small;
    Job job = small.job();
    job.output_path = output;
    try {
      collect_calibration(job, small.files, no_monitor());
      ADD_FAILURE() << output;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "XQ-CLI-011") << error.what();
    }
  }
}

TEST(CalibrationFile, OfAShardWithoutSamplesIsRefused) {
  SmallJob small;
  try {
    state_of(small, {4, 4});
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-CLI-015");
    EXPECT_EQ(error.message(), "Shard 4/4 has no sample: there are only 3.");
  }
}

}  // namespace
}  // namespace xquant::pipeline

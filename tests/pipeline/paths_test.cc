#include <gtest/gtest.h>

#include "pipeline/small_job.h"

namespace xquant::pipeline {
namespace {

/// Where a job writes: model and report.
std::string written(const std::string& model_parameters, const std::string& output = "",
                    const std::string& input = "") {
  SmallJob small;
  small.files.put("dir/net.onnx", "model");
  small.model = model_parameters;
  Job job = small.job();
  job.output_path = output;
  job.model_path = input;
  const Paths paths = resolve_paths(job, small.files);
  return paths.quantized_model + " " + paths.report;
}

std::string code_of(const std::string& model_parameters, const std::string& output = "",
                    const std::string& input = "") {
  try {
    return written(model_parameters, output, input);
  } catch (const Error& error) {
    return error.code();
  }
}

constexpr const char* kNet = R"("onnx_model": "dir/net.onnx")";

TEST(Paths, FollowTheModelByDefault) {
  EXPECT_EQ(written(kNet), "dir/net.q.onnx dir/net.q_report.md");
}

TEST(Paths, TakeThePrefixWithAndWithoutQ) {
  const std::string net = kNet;
  EXPECT_EQ(written(net + R"(, "output_prefix": "p")"), "dir/p.q.onnx dir/p_report.md");
  EXPECT_EQ(written(net + R"(, "output_prefix": "p.q")"), "dir/p.q.onnx dir/p.q_report.md");
  EXPECT_EQ(written(net + R"(, "output_prefix": "net")"), "dir/net.q.onnx dir/net_report.md");
  EXPECT_EQ(written(net + R"(, "output_prefix": "p.onnx")"), "dir/p.q.onnx dir/p_report.md");
  EXPECT_EQ(written(net + R"(, "output_prefix": "p.q.onnx")"), "dir/p.q.onnx dir/p.q_report.md");
}

TEST(Paths, TakeTheWorkingFolder) {
  const std::string net = kNet;
  EXPECT_EQ(written(net + R"(, "working_dir": "out")"), "out/net.q.onnx out/net.q_report.md");
  EXPECT_EQ(written(net + R"(, "working_dir": "")"), "dir/net.q.onnx dir/net.q_report.md");
}

TEST(Paths, OfTheCommandLineWin) {
  EXPECT_EQ(written(kNet, "a/b.onnx"), "a/b.onnx a/b_report.md");
  EXPECT_EQ(written(kNet, "b.onnx"), "b.onnx b_report.md");
  EXPECT_EQ(written(kNet, "a"), "a/net.q.onnx a/net.q_report.md");
  EXPECT_EQ(written(kNet, "", "m.onnx"), "m.q.onnx m.q_report.md");
  EXPECT_EQ(written("", "", "m.onnx"), "m.q.onnx m.q_report.md");
}

TEST(Paths, NeverMeanTheInputModel) {
  EXPECT_EQ(code_of(kNet, "dir/net.onnx"), "XQ-CLI-011");
  EXPECT_EQ(code_of(kNet, "./dir/../dir/net.onnx"), "XQ-CLI-011");
  EXPECT_EQ(code_of(R"("onnx_model": "m.q.onnx", "output_prefix": "m")"), "XQ-CFG-051");
  SmallJob small;
  small.files.put("m.q.onnx", "model");
  small.model = R"("onnx_model": "m.q.onnx", "output_prefix": "m")";
  EXPECT_THROW(resolve_paths(small.job(), small.files), Error);
}

TEST(Paths, NeverMeanWhatTheJobReads) {
  const auto said = [](const std::string& list, const std::string& output) {
    SmallJob small;
    small.files.put(output, small.files.read("list.txt"));
    small.files.put("first.npy", small.files.read("0.npy"));
    small.files.put("out_report.md", small.files.read("0.npy"));
    small.files.put("list.txt", list);
    Job job = small.job();
    job.output_path = output;
    job.config.calibration.input_parameters[0].data_list_path = list.empty() ? output : "list.txt";
    try {
      quantize(job, small.files, no_monitor());
    } catch (const Error& error) {
      return error.code() + " " + error.message();
    }
    return std::string();
  };
  EXPECT_EQ(said("", "list.onnx"), "XQ-CLI-011 The output would overwrite the input 'list.onnx'.");
  EXPECT_EQ(said("first.npy\nout_report.md\n", "out.onnx"),
            "XQ-CLI-011 The output would overwrite the input 'out_report.md'.");
  EXPECT_EQ(said("0.npy\n1.npy\n", "old.onnx"), "") << "an earlier result may be overwritten";
}

TEST(Paths, WithoutAModelAreRefused) {
  EXPECT_EQ(code_of(""), "XQ-CFG-050");
  EXPECT_EQ(code_of(R"("onnx_model": "none.onnx")"), "XQ-CFG-051");
  EXPECT_EQ(code_of(kNet, "", "none.onnx"), "XQ-CLI-010");
}

TEST(Paths, NameTheLineOfAModelThatDoesNotExist) {
  SmallJob small;
  small.model = R"("onnx_model": "none.onnx")";
  const Error error = small.stop();
  EXPECT_EQ(error.place().file, "cfg.json");
  EXPECT_EQ(error.place().line, 1);
  EXPECT_EQ(error.place().pointer, "/model_parameters/onnx_model");
}

}  // namespace
}  // namespace xquant::pipeline

#include "pipeline/small_job.h"

#include <gtest/gtest.h>

#include "config/parse.h"
#include "data/job.h"
#include "onnx/model_file.h"

namespace xquant::pipeline {
namespace {

constexpr std::int64_t kOpset = 13;

}  // namespace

Model small_model() {
  SmallGraph g;
  const ValueId x = g.input("x", {1, 1, 4, 4});
  const ValueId c = g.op("Conv", {x, g.constant("w", {2, 1, 1, 1}, {0.5F, -1.5F})}, "c");
  const ValueId flat = g.op("Flatten", {g.op("Relu", {c}, "r")}, "f");
  std::vector<float> weights;
  for (int i = 0; i < 96; ++i) weights.push_back(static_cast<float>(i % 11) * 0.1F - 0.45F);
  const ValueId y = g.op("Gemm", {flat, g.constant("v", {32, 3}, weights)}, "y");
  g.graph.value(y).type.shape = DeclaredShape{std::int64_t{1}, std::int64_t{3}};
  g.output(y);
  g.graph.name = "small";
  return {.ir_version = 7, .opset_imports = {{"", kOpset}}, .graph = std::move(g.graph)};
}

SmallJob::SmallJob() {
  put(small_model());
  std::string list;
  for (int sample = 0; sample < 3; ++sample) {
    std::vector<float> values;
    for (int i = 0; i < 16; ++i)
      values.push_back(static_cast<float>((i * 7 + sample * 5) % 13) - 6);
    const std::string name = std::to_string(sample) + ".npy";
    files.put(name, data::npy("<f4", "(1, 1, 4, 4)", data::bytes_of<float>(values)));
    list += name + "\n";
  }
  files.put("list.txt", list);
}

void SmallJob::put(Model changed) { files.put("m.onnx", onnx::serialize(changed)); }

Job SmallJob::job(int threads) {
  const std::string text =
      "{\"model_parameters\": {" + model + "},\n\"calibration_parameters\": {" + calibration +
      R"("input_parameters": [{"file_type": "npy", "data_list_path": "list.txt"}]})" +
      ",\n\"quantization_parameters\": {" + quantization + "}}";
  return {.config = config::parse(text, "cfg.json", config_notes),
          .model_path = "",
          .output_path = "",
          .threads = threads};
}

Result SmallJob::run(int threads) { return quantize(job(threads), files, no_monitor()); }

Error SmallJob::stop() {
  try {
    run();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "the job was not stopped";
  return {ErrorKind::kInternal, "", ""};
}

Monitor& no_monitor() {
  static Monitor monitor;
  return monitor;
}

}  // namespace xquant::pipeline

#include "pipeline/predict.h"

#include <utility>

#include "base/cancellation.h"
#include "base/thread_pool.h"
#include "data/calibration_set.h"
#include "onnx/model_file.h"
#include "pipeline/prepare.h"
#include "quantize/calibrate/samples.h"
#include "runtime/executor.h"

namespace xquant::pipeline {
namespace {

std::vector<float> scores_of(const runtime::Executor& executor, const runtime::TensorView& view) {
  if (view.type != DataType::kFloat) {
    throw Error(ErrorKind::kModel, "XQ-MOD-003",
                "The first output is " + std::string(name(view.type)) + ", not float.",
                {.tensor = executor.program().value_name(executor.program().outputs()[0])},
                "Only models with a float first output can be asked for predictions.");
  }
  const auto values = view.as<float>();
  return {values.begin(), values.end()};
}

}  // namespace

std::vector<Prediction> predict(const Job& job, Files& files, Monitor& monitor,
                                Diagnostics& diagnostics) {
  const CancellationScope scope(monitor);
  monitor.step({"load", 0, 0});
  const Model model = onnx::load(resolve_model(job, files), files, onnx::Functions::kInline);
  runtime::CompileOptions options;
  options.observed.emplace();  // only the outputs count
  const auto program = runtime::Program::compile(model.graph, model.opset_imports, options);
  ThreadPool pool(job.threads);
  quantize::Samples samples(
      data::CalibrationSet::open(job.config, input_specs(model.graph), files, diagnostics), pool,
      monitor, diagnostics);
  std::vector<runtime::Executor> executors;
  for (int i = 0; i < pool.size(); ++i) executors.emplace_back(program);
  std::vector<Prediction> all(static_cast<std::size_t>(samples.count()), Prediction{.sample = -1});
  samples.for_each("predict", [&](std::int64_t sample, std::span<const Tensor> inputs, int worker) {
    runtime::Executor& executor = executors[static_cast<std::size_t>(worker)];
    std::vector<runtime::TensorView> views;
    for (const Tensor& input : inputs) views.push_back(runtime::view_of(input));
    all[static_cast<std::size_t>(sample)] = {
        sample, scores_of(executor, executor.run_views(views).front())};
  });
  std::erase_if(all, [](const Prediction& prediction) { return prediction.sample < 0; });
  return all;
}

}  // namespace xquant::pipeline

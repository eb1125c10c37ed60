#pragma once

#include <string>

#include "base/files.h"
#include "graph/small_graph.h"
#include "pipeline/pipeline.h"

namespace xquant::pipeline {

/// A small model, its data and a configuration in memory: Conv, Relu and Gemm on "x" of shape
/// [1, 1, 4, 4], with three .npy samples.
struct SmallJob {
  MemoryFiles files{};
  Diagnostics config_notes{};
  /// Members of model_parameters, of calibration_parameters and of quantization_parameters.
  std::string model = R"("onnx_model": "m.onnx")";
  std::string calibration{};
  std::string quantization{};

  SmallJob();

  /// Puts a model as "m.onnx".
  void put(Model changed);
  Job job(int threads = 1);
  Result run(int threads = 1);
  /// The error with which the job stops; fails the test when it does not.
  Error stop();
};

/// The model of SmallJob.
Model small_model();

Monitor& no_monitor();

}  // namespace xquant::pipeline

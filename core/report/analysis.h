#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/calibrate.h"
#include "quantize/calibrate/samples.h"
#include "quantize/policy/trace.h"
#include "report/bins.h"
#include "report/float_samples.h"
#include "report/metrics.h"
#include "runtime/program.h"

namespace xquant::report {

/// One tensor of the float model against the same tensor of the quantized one.
struct TensorError {
  std::string op;  ///< "<node name>[<type>]": the first operator that touches the tensor
  std::string tensor;
  bool constant = false;
  bool is_result = false;  ///< written (not read) by op
  std::string node{};      ///< name of op, as ignore_op_names takes it
  std::string op_type{};
  ErrorSums sums{};
  /// What the unit that writes the tensor adds by itself, its operands taken from the float model;
  /// measured on a part of the samples. count == 0: not measured (constants, operands, results
  /// without a pair of their own).
  ErrorSums isolated{};
  float float_min = 0, float_max = 0;
  float quantized_min = 0, quantized_max = 0;
  Bins histogram{};  ///< float values, equal bins between float_min and float_max
};

/// A graph output over all samples.
struct OutputError {
  std::string name;
  ErrorSums sums{};
  std::int64_t samples = 0;  ///< rows compared by their largest element
  std::int64_t agreeing = 0;
  bool is_vector = false;  ///< each sample is one row of scores, so agreement means something
};

struct Analysis {
  std::vector<TensorError> tensors;  ///< in the order of operators
  std::vector<OutputError> outputs;  ///< the float ones that a node computes, in the model's order
  std::int64_t samples = 0;
  /// Of a tensor with more elements than this, that is no output, so many are compared in each
  /// sample. 0: no tensor has more.
  std::size_t compared_elements = 0;
};

/// The two models that are compared, and what connects them.
struct Subject {
  const Graph& float_graph;
  std::shared_ptr<const runtime::Program> float_program;
  const Graph& quantized_graph;
  const std::map<std::string, std::string>& float_names;  ///< emit::Emitted::float_names
  const plan::QuantPlan& plan;
  const quantize::ActivationStats& stats;
  const runtime::OpsetImports& quantized_opsets;
  const Graph& raised_float_graph;  ///< float_graph as quantized_opsets has it, with its names
  const quantize::Trace& trace;     ///< of the float model
  /// What a pass of this float program has left; nullptr: it runs once more.
  const FloatSamples* recorded = nullptr;
  /// How many samples the error of units by themselves is measured on: two passes' worth of
  /// operators run for each of them, and it varies little from sample to sample.
  std::int64_t isolated_samples = 16;
};

/// Runs the float model, and the quantized one in integers (simulation.h), over all calibration
/// samples and compares every float tensor around quantized operators that are no pass-through;
/// over a part of them also each unit by itself. Deterministic for any number of threads.
Analysis analyse(const Subject& subject, quantize::Samples& samples);

}  // namespace xquant::report

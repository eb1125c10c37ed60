#include "pipeline/float_model.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "data/calibration_set.h"
#include "onnx/model_file.h"
#include "pipeline/measured_files.h"
#include "pipeline/prepare.h"

namespace xquant::pipeline {
namespace {

/// What int8 is for; it may not be lost behind an operator that cannot be run.
constexpr std::array<std::string_view, 4> kWorthQuantizing = {"Conv", "ConvTranspose", "Gemm",
                                                              "MatMul"};

std::shared_ptr<const runtime::Program> compile_what_runs(const Model& model,
                                                          Diagnostics& diagnostics) {
  const Graph& graph = model.graph;
  auto program = runtime::Program::compile(graph, model.opset_imports,
                                           {.obstacles = runtime::Obstacles::kLeaveOut});
  if (program->left_out().empty()) return program;
  std::string names;
  for (const NodeId id : program->left_out()) {
    const Node& node = graph.node(id);
    if (std::ranges::find(kWorthQuantizing, node.op_type) != kWorthQuantizing.end())
      return runtime::Program::compile(graph, model.opset_imports);  // refuses, with the reasons
    names += (names.empty() ? "" : ", ") + node.name + "[" + node.op_type + "]";
  }
  if (program->order().empty()) return runtime::Program::compile(graph, model.opset_imports);
  diagnostics.warn("XQ-MOD-004", "The model ends in operators that cannot be run here: " + names +
                                     ". They stay float, and the analysis ends before them.");
  return program;
}

}  // namespace

FloatModel load_float_model(const std::string& path, const Context& context) {
  context.monitor.step({"load", 0, 0});
  FloatModel source;
  MeasuredFiles measured(context.files);
  source.model = onnx::load(path, measured, onnx::Functions::kInline);
  source.file_bytes = measured.opened_bytes();
  refuse_quantized(source.model, path);
  Prepared prepared = prepare(source.model, context.config(), context.diagnostics);
  source.history = std::move(prepared.history);
  source.widened = std::move(prepared.widened);
  source.tail = truncate(source.model.graph, source.history, context);
  source.program = compile_what_runs(source.model, context.diagnostics);
  return source;
}

quantize::Samples open_samples(const FloatModel& source, const Context& context) {
  return {data::CalibrationSet::open(context.config(), input_specs(source.graph()), context.files,
                                     context.diagnostics),
          context.pool, context.monitor, context.diagnostics};
}

std::shared_ptr<const runtime::Program> recompiled(const Model& model) {
  return runtime::Program::compile(model.graph, model.opset_imports,
                                   {.obstacles = runtime::Obstacles::kLeaveOut});
}

}  // namespace xquant::pipeline

#include "pipeline/float_model.h"

#include "data/calibration_set.h"
#include "onnx/model_file.h"
#include "pipeline/measured_files.h"
#include "pipeline/prepare.h"

namespace xquant::pipeline {

FloatModel load_float_model(const std::string& path, const Context& context) {
  context.monitor.step({"load", 0, 0});
  FloatModel source;
  MeasuredFiles measured(context.files);
  source.model = onnx::load(path, measured, onnx::Functions::kInline);
  source.file_bytes = measured.opened_bytes();
  refuse_quantized(source.model, path);
  source.history = prepare(source.model, context.config(), context.diagnostics);
  source.tail = truncate(source.model.graph, source.history, context);
  source.program = runtime::Program::compile(source.graph(), source.model.opset_imports);
  return source;
}

quantize::Samples open_samples(const FloatModel& source, const Context& context) {
  return {data::CalibrationSet::open(context.config(), input_specs(source.graph()), context.files,
                                     context.diagnostics),
          context.pool, context.monitor, context.diagnostics};
}

}  // namespace xquant::pipeline

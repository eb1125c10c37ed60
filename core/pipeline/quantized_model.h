#pragma once

#include <map>
#include <string>

#include "emit/emit.h"
#include "pipeline/context.h"
#include "pipeline/float_model.h"
#include "plan/quant_plan.h"
#include "plan/target.h"
#include "quantize/calibrate/samples.h"
#include "quantize/policy/trace.h"

namespace xquant::pipeline {

/// The result as a model and as the bytes of its file.
struct QuantizedModel {
  Model model;  ///< what was quantized: without what stands behind truncate_var_names
  /// emit::Emitted::float_names of the graph.
  std::map<std::string, std::string> float_names{};
  /// The float model in the version of `model`: beside it the same operators can run.
  Graph float_graph{};
  std::string bytes{};  ///< ONNX, checked
};

/// Writes the plan into a copy of the model: QDQ, the post-processing that was cut off, the opset
/// that this needs, metadata.
QuantizedModel write_model(const FloatModel& source, const quantize::Trace& trace,
                           const plan::QuantPlan& plan, const plan::Target& target,
                           const std::string& path, quantize::Samples& samples,
                           const Context& context);

}  // namespace xquant::pipeline

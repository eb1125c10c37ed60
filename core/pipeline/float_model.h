#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "convert/half_precision.h"
#include "graph/graph.h"
#include "pipeline/context.h"
#include "pipeline/truncation.h"
#include "plan/quant_plan.h"
#include "quantize/calibrate/samples.h"
#include "runtime/program.h"
#include "simplify/history.h"

namespace xquant::pipeline {

/// The model that is quantized, as quantization wants it, and what runs it.
struct FloatModel {
  Model model;
  std::shared_ptr<const runtime::Program> program;
  std::int64_t file_bytes = 0;  ///< of the file, external data included
  simplify::History history;    ///< what became of the file's tensors
  /// Set when the file computes in half precision; the model here is float.
  std::optional<convert::WidenedModel> widened{};
  /// What truncate_var_names leaves float; the model is then what stands before it.
  std::optional<Tail> tail;
  /// Of values whose range does not depend on the data, by what is known of the inputs.
  std::map<ValueId, plan::Range> known_ranges{};
  /// Nodes that stages added to stay float, with the reason.
  std::map<NodeId, std::string> stays_float{};

  const Graph& graph() const { return model.graph; }
};

/// A changed model, compiled as when it was loaded: operators at its end may be unknown.
std::shared_ptr<const runtime::Program> recompiled(const Model& model);

/// Reads and prepares the model, and cuts it where the configuration asks for it. Throws
/// Error(kModel) when it holds quantized operators or operators that cannot be run.
FloatModel load_float_model(const std::string& path, const Context& context);

/// The calibration samples for the model's inputs. Throws Error(kConfig or kData).
quantize::Samples open_samples(const FloatModel& source, const Context& context);

}  // namespace xquant::pipeline

#pragma once

#include "pipeline/context.h"
#include "pipeline/float_model.h"
#include "quantize/policy/node_settings.h"

namespace xquant::pipeline {

/// The settings of the configuration for the whole model and, by custom_setting, for the nodes on
/// paths between boundary tensors. Where regions share nodes the last one's fields win, and the
/// diagnostics say so; a field that a region does not set keeps its value. Throws Error(kConfig)
/// for names that the model does not have.
quantize::Settings node_settings(const FloatModel& source, const Context& context);

}  // namespace xquant::pipeline

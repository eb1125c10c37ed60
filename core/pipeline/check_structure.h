#pragma once

#include <vector>

#include "config/config.h"
#include "graph/graph.h"
#include "pipeline/check.h"

namespace xquant::pipeline {

/// Throws Error(kModel) when the model is not quantized, and for a QuantizeLinear or
/// DequantizeLinear that cannot be right: no scale, a scale that is no positive finite number, a
/// zero point of another type or number, a type that is not known.
void require_sound_quantization(const Model& model, const std::string& path);

/// What is legal ONNX but not what integer hardware does: int32 biases whose scale is not the
/// product of the others, weights with a zero point, and scales that are no powers of two where the
/// configuration's target wants them. reference: integer::Lowered::reference.
std::vector<Finding> find_illegal_parameters(const Graph& reference,
                                             const std::optional<config::Config>& config);

}  // namespace xquant::pipeline

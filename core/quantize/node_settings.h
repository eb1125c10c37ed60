#pragma once

#include <map>

#include "config/config.h"
#include "graph/graph.h"
#include "plan/quant_plan.h"

namespace xquant::quantize {

/// What the configuration asks for one node. precision kDynamic (3) stands for "stays float", as
/// custom_setting documents it.
struct NodeSettings {
  config::PrecisionLevel precision = config::PrecisionLevel::kInt8;
  plan::CalibrationRule calibration{};
};

/// The settings of the whole model, and of the nodes of custom_setting regions.
struct Settings {
  NodeSettings overall{};
  std::map<NodeId, NodeSettings> regional{};

  const NodeSettings& of(NodeId node) const {
    const auto found = regional.find(node);
    return found == regional.end() ? overall : found->second;
  }
};

}  // namespace xquant::quantize

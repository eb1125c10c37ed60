#pragma once

#include <map>
#include <string>

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

/// The settings of the whole model, of the nodes of custom_setting regions, and of tensors.
struct Settings {
  NodeSettings overall{};
  std::map<NodeId, NodeSettings> regional{};
  /// Ranges that tensors have whatever the data, for calibration type `default`.
  std::map<ValueId, plan::Range> known_ranges{};
  /// Nodes that stay float whatever their type, with the reason.
  std::map<NodeId, std::string> stays_float{};

  const NodeSettings& of(NodeId node) const {
    const auto found = regional.find(node);
    return found == regional.end() ? overall : found->second;
  }
};

}  // namespace xquant::quantize

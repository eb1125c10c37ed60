#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "graph/graph.h"
#include "plan/target.h"

namespace xquant::plan {

/// Affine int8 quantization: real = (q - zero_point) * scale, q in [-128, 127].
struct QuantParams {
  std::vector<float> scales;             ///< one, or one for each index of axis
  std::vector<std::int8_t> zero_points;  ///< as many
  std::int64_t axis = -1;                ///< -1: per tensor

  bool per_channel() const { return axis >= 0; }
  bool known() const { return !scales.empty(); }
  bool operator==(const QuantParams&) const = default;
};

/// Tensors of one sharing group have one scale and zero point.
enum class GroupId : std::int32_t {};
constexpr std::size_t index(GroupId id) { return static_cast<std::size_t>(id); }

/// How the range of a group is chosen from what calibration saw.
struct CalibrationRule {
  config::CalibrationType type = config::CalibrationType::kDefault;
  double percentile = 0.9999;  ///< share of values inside each bound; for percentile alone
  bool operator==(const CalibrationRule&) const = default;
};

/// A closed interval of real values.
struct Range {
  double low = 0;
  double high = 0;
  bool operator==(const Range&) const = default;
};

/// One scale, and every tensor that has it.
struct Group {
  ValueId root;                  ///< the tensor whose range decides
  std::vector<ValueId> members;  ///< root included, in topological order
  CalibrationRule rule{};        ///< filled by the policy
  std::optional<Range> known{};  ///< the root's range whatever the data; by the policy
  ActivationRule activation{};   ///< of the target
  QuantParams params{};          ///< filled by calibration
  bool operator==(const Group&) const = default;
};

/// A constant operand that becomes int8.
struct ConstantOperand {
  enum class Kind {
    kWeight,   ///< of a computing operator: symmetric
    kOperand,  ///< of any other operator: asymmetric, per tensor
  };
  Use use;
  ValueId value;
  Kind kind = Kind::kWeight;
  bool power_of_two = false;
  QuantParams params{};  ///< axis is set by the policy, scales by calibration
  /// The int8 elements, where they are not simply the nearest to the float ones (reconstruction).
  std::optional<Tensor> rounded{};
};

/// A float operand in place of the one that the graph has (ValueId::kNone included): a bias that
/// makes up for what rounding does to the mean of a result.
struct OperandOverride {
  Use use;
  Tensor value;
};

/// What becomes of a node.
struct NodePlan {
  bool quantized = false;
  bool pass_through = false;
  /// Why the node stays float, in words for the report; empty when quantized.
  std::string reason{};
};

/// The decision for every tensor and node of one graph. Made by the policy, completed by
/// calibration, read by simulation, analysis and export. The graph itself is never annotated.
struct QuantPlan {
  std::vector<NodePlan> nodes;             ///< by NodeId
  std::vector<Group> groups;               ///< by GroupId
  std::map<ValueId, GroupId> group_of;     ///< activations that are quantized
  std::vector<ConstantOperand> constants;  ///< in topological order of their readers
  /// Results inside a unit (Conv before its Relu): they get no scale, the unit's result does.
  std::map<ValueId, ValueId> inner;  ///< inner tensor -> the unit's result
  /// At most one for each use; emission writes them in place of the graph's operands.
  std::vector<OperandOverride> overrides;

  const Group* find_group(ValueId value) const {
    const auto found = group_of.find(value);
    return found == group_of.end() ? nullptr : &groups[index(found->second)];
  }
  const NodePlan& node(NodeId id) const { return nodes[xquant::index(id)]; }
};

}  // namespace xquant::plan

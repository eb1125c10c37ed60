#include "report/advice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "quantize/params.h"
#include "quantize/policy/operands.h"
#include "report/level_advice.h"
#include "report/number.h"
#include "report/unit.h"

namespace xquant::report {
namespace {

using Json = nlohmann::ordered_json;
using config::PrecisionLevel;

/// Noise over signal from which on a part of a Concat counts as drowned: 20 dB, about 3 of 8 bits.
constexpr double kDrownedSnr = 0.01;
/// Output channels that differ by more than this make one scale for all of them coarse: 8 costs the
/// smallest 3 bits.
constexpr double kChannelSpread = 8;
/// The bulk of the values in less than this part of the range means that few values set it: half
/// costs one bit.
constexpr double kBulk = 0.5;
constexpr double kBulkShare = 0.9999;

constexpr std::array<std::string_view, 12> kSensitive{"LayerNormalization",
                                                      "InstanceNormalization",
                                                      "GroupNormalization",
                                                      "RMSNormalization",
                                                      "LpNormalization",
                                                      "LRN",
                                                      "Softmax",
                                                      "LogSoftmax",
                                                      "Gelu",
                                                      "Mish",
                                                      "Softplus",
                                                      "BatchNormalization"};

bool is_sensitive(std::string_view type) {
  return std::find(kSensitive.begin(), kSensitive.end(), type) != kSensitive.end();
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string quantization(const char* key, Json value) {
  Json inner = Json::object();
  inner[key] = std::move(value);
  Json outer = Json::object();
  outer["quantization_parameters"] = std::move(inner);
  return dump(outer);
}

/// A cause with its remedy.
struct Finding {
  std::string cause;
  std::string action;
  std::string json;
};

class Advisor {
 public:
  Advisor(const Subject& subject, const Analysis& analysis,
          const config::QuantizationParameters& wishes)
      : subject_(subject), analysis_(analysis), wishes_(wishes) {}

  std::vector<Advice> advise() const {
    std::vector<Advice> result;
    add_drowned_parts(result);
    for (const TensorError& row : analysis_.tensors) {
      if (row.isolated.count == 0 || row.isolated.snr() < kHarmlessSnr) continue;
      Finding finding = explain(row);
      result.push_back({.op = row.op,
                        .tensor = row.tensor,
                        .isolated_snr = row.isolated.snr(),
                        .accumulated_snr = row.sums.snr(),
                        .cause = std::move(finding.cause),
                        .action = std::move(finding.action),
                        .json = std::move(finding.json)});
    }
    std::ranges::sort(result, [](const Advice& a, const Advice& b) {
      if (a.isolated_snr != b.isolated_snr) return a.isolated_snr > b.isolated_snr;
      return std::tie(a.op, a.tensor) < std::tie(b.op, b.tensor);
    });
    if (result.size() > kMostAdvice) result.resize(kMostAdvice);
    return result;
  }

 private:
  Finding explain(const TensorError& row) const {
    if (auto found = sensitive_type(row)) return *found;
    if (auto found = coarse_weights(row)) return *found;
    if (auto found = rare_values(row)) return *found;
    return {"256 steps are few for the values of this result.",
            "Keep the operator float when its error matters for the outputs.", keep_float(row)};
  }

  std::string keep_float(const TensorError& row) const {
    Json names = Json::array();
    for (const std::string& name : wishes_.ignore_op_names) names.push_back(name);
    const Graph& graph = subject_.float_graph;
    for (const NodeId node : unit_of(graph, subject_.plan, graph.find_value(row.tensor))) {
      names.push_back(graph.node(node).name);
    }
    return quantization("ignore_op_names", std::move(names));
  }

  std::optional<Finding> sensitive_type(const TensorError& row) const {
    if (!is_sensitive(row.op_type) || wishes_.precision_level != PrecisionLevel::kInt8) return {};
    return Finding{
        row.op_type + " computes sums, ratios or exponentials that int8 results carry badly.",
        "Precision level 1 keeps operators of this kind float.", precision_level_json(1)};
  }

  /// The constant operand of the row's operator with the largest error.
  const TensorError* worst_constant(const TensorError& row) const {
    const TensorError* worst = nullptr;
    for (const TensorError& other : analysis_.tensors) {
      if (!other.constant || other.op != row.op) continue;
      if (worst == nullptr || other.sums.snr() > worst->sums.snr()) worst = &other;
    }
    return worst;
  }

  /// The part of the operator's own error that rounding its result makes.
  double result_share(const TensorError& row) const {
    const plan::Group* group =
        subject_.plan.find_group(subject_.float_graph.find_value(row.tensor));
    if (group == nullptr || group->params.scales.empty()) return 0;
    const double step = static_cast<double>(group->params.scales[0]);
    const double rounding = step * step / 12 * static_cast<double>(row.isolated.count);
    return rounding / row.isolated.noise;
  }

  /// The operator's constant operand with the largest error, when operands make most of the
  /// operator's own error.
  const plan::ConstantOperand* worst_weight(const TensorError& row) const {
    if (result_share(row) > 0.5) return nullptr;
    const TensorError* worst = worst_constant(row);
    if (worst == nullptr) return nullptr;
    const ValueId value = subject_.float_graph.find_value(worst->tensor);
    const auto& constants = subject_.plan.constants;
    const auto found = std::find_if(constants.begin(), constants.end(),
                                    [&](const auto& operand) { return operand.value == value; });
    if (found == constants.end()) return nullptr;
    const bool one_scale = !found->params.per_channel();
    const bool uneven = one_scale && channel_spread(*found) > kChannelSpread;
    return uneven || worst->sums.snr() >= 0.5 * row.isolated.snr() ? &*found : nullptr;
  }

  /// Largest over smallest magnitude among the largest magnitudes of output channels.
  double channel_spread(const plan::ConstantOperand& operand) const {
    const Node& node = subject_.float_graph.node(operand.use.node);
    const Tensor& weight = *subject_.float_graph.constant(operand.value);
    const std::int64_t axis = quantize::weight_axis(node, weight.shape());
    if (axis < 0) return 1;
    const plan::QuantParams channels = quantize::symmetric_params(weight, axis);
    const auto [small, large] = std::ranges::minmax(channels.scales);
    return static_cast<double>(large) / static_cast<double>(small);
  }

  std::optional<Finding> coarse_weights(const TensorError& row) const {
    const plan::ConstantOperand* weight = worst_weight(row);
    if (weight == nullptr) return {};
    Finding finding{"The rounding of its weights '" +
                        subject_.float_graph.value(weight->value).name +
                        "' makes most of its error.",
                    "Raise finetune_level: rounding that looks at the results makes up for it.",
                    quantization("finetune_level", std::min(wishes_.finetune_level + 1, 3))};
    const bool one_scale = !weight->params.per_channel();
    if (one_scale && wishes_.weight_scheme != config::WeightScheme::kPerChannel) {
      finding.cause += " All output channels share one scale; the largest is " +
                       fixed(channel_spread(*weight), 1) + " times the smallest.";
      finding.action = "Give each channel a scale, where the runtime has that.";
      finding.json = quantization("weight_scheme", "per_channel");
    } else if (wishes_.finetune_level >= 3) {
      finding.action = "Keep the operator float when its error matters for the outputs.";
      finding.json = keep_float(row);
    }
    return finding;
  }

  std::optional<Finding> rare_values(const TensorError& row) const {
    const auto stats = subject_.stats.find(subject_.float_graph.find_value(row.tensor));
    if (stats == subject_.stats.end() || stats->second.histogram().empty()) return {};
    const auto& histogram = stats->second.histogram();
    const double low = std::min(histogram.quantile(1 - kBulkShare), 0.0);
    const double high = std::max(histogram.quantile(kBulkShare), 0.0);
    const double full_low = std::min(static_cast<double>(stats->second.min()), 0.0);
    const double full_high = std::max(static_cast<double>(stats->second.max()), 0.0);
    if (high - low >= kBulk * (full_high - full_low)) return {};
    return Finding{fixed(100 * kBulkShare, 2) + " % of the values lie in [" + fixed(low, 3) + ", " +
                       fixed(high, 3) + "], the rest reaches from " + fixed(full_low, 3) + " to " +
                       fixed(full_high, 3) + ": a few values set the step of all.",
                   "Let the squared error choose the range here; whether the rare values matter, "
                   "the outputs tell.",
                   region(row, "mse")};
  }

  /// custom_setting for the one operator of the row.
  std::string region(const TensorError& row, const char* type) const {
    const Graph& graph = subject_.float_graph;
    const ValueId result = graph.find_value(row.tensor);
    const Node& node = graph.node(graph.value(result).producer);
    Json inputs = Json::array();
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == ValueId::kNone || !quantize::carries_value(node, i)) continue;
      if (graph.constant(node.inputs[i]) == nullptr)
        inputs.push_back(graph.value(node.inputs[i]).name);
    }
    Json setting = Json::object();
    setting["input_names"] = std::move(inputs);
    setting["output_names"] = Json::array({row.tensor});
    setting["calibration_type"] = type;
    return quantization("custom_setting", Json::array({std::move(setting)}));
  }

  /// Noise over signal of one part of a Concat's result, from the result's step: rounding adds
  /// step^2 / 12 to the mean square of every element (Widrow and Kollar, Quantization Noise, 2008),
  /// however small the part's elements are.
  double part_snr(const TensorError& part, double step) const {
    if (part.sums.count == 0 || part.sums.signal == 0) return 0;
    return step * step / 12 / (part.sums.signal / static_cast<double>(part.sums.count));
  }

  const TensorError* row_of(const std::string& tensor) const {
    const auto found = std::find_if(analysis_.tensors.begin(), analysis_.tensors.end(),
                                    [&](const TensorError& row) { return row.tensor == tensor; });
    return found == analysis_.tensors.end() ? nullptr : &*found;
  }

  /// A Concat whose smaller part drowns in the step of the larger one. The SNR of the whole does
  /// not show it, because the larger part is nearly all of the signal.
  void add_drowned_parts(std::vector<Advice>& advice) const {
    const Graph& graph = subject_.float_graph;
    for (const TensorError& row : analysis_.tensors) {
      if (!row.is_result || row.op_type != "Concat") continue;
      const ValueId result = graph.find_value(row.tensor);
      const plan::Group* group = subject_.plan.find_group(result);
      if (group == nullptr || group->params.scales.empty()) continue;
      const double step = static_cast<double>(group->params.scales[0]);
      const TensorError* worst = nullptr;
      for (const ValueId input : graph.node(graph.value(result).producer).inputs) {
        const TensorError* part = row_of(graph.value(input).name);
        if (part == nullptr || part->constant) continue;
        if (worst == nullptr || part_snr(*part, step) > part_snr(*worst, step)) worst = part;
      }
      if (worst == nullptr || part_snr(*worst, step) < kDrownedSnr) continue;
      advice.push_back({.op = row.op,
                        .tensor = row.tensor,
                        .isolated_snr = part_snr(*worst, step),
                        .accumulated_snr = row.sums.snr(),
                        .cause = "The values of '" + worst->tensor + "' (" +
                                 fixed(static_cast<double>(worst->float_min), 3) + " to " +
                                 fixed(static_cast<double>(worst->float_max), 3) +
                                 ") get the step " + fixed(step, 4) +
                                 " of the larger parts beside them.",
                        .action = "Keep the operator float, or cut the model at its operands with "
                                  "truncate_var_names.",
                        .json = keep_float(row)});
    }
  }

  const Subject& subject_;
  const Analysis& analysis_;
  const config::QuantizationParameters& wishes_;
};

}  // namespace

std::vector<Advice> advise(const Subject& subject, const Analysis& analysis,
                           const config::QuantizationParameters& wishes) {
  return Advisor(subject, analysis, wishes).advise();
}

}  // namespace xquant::report

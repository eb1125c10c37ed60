#include "pipeline/node_settings.h"

#include <map>
#include <string>
#include <vector>

#include "pipeline/tensor_names.h"
#include "quantize/policy/region.h"

namespace xquant::pipeline {
namespace {

using config::CustomSetting;

std::vector<ValueId> boundary(const std::vector<std::string>& names, const std::string& pointer,
                              const FloatModel& source, const Context& context) {
  std::vector<ValueId> tensors;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Place place = context.config().place(pointer + "/" + std::to_string(i));
    for (const ValueId id :
         tensors_named(names[i], source.graph(), source.history, place, context.diagnostics)) {
      tensors.push_back(id);
    }
  }
  return tensors;
}

std::vector<NodeId> nodes_of(const CustomSetting& setting, const FloatModel& source,
                             const Context& context) {
  const std::vector<ValueId> first =
      boundary(setting.input_names, setting.pointer + "/input_names", source, context);
  const std::vector<ValueId> last =
      boundary(setting.output_names, setting.pointer + "/output_names", source, context);
  const Place place = context.config().place(setting.pointer);
  if (first.empty() || last.empty()) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-073", "input_names and output_names should be set.",
                place, "Each needs at least one tensor that is no constant.");
  }
  std::vector<NodeId> nodes = quantize::nodes_between(source.graph(), first, last);
  if (nodes.empty()) {
    context.diagnostics.warn("XQ-CFG-074",
                             "No operator lies between the input_names and output_names of this "
                             "custom_setting; it changes nothing.",
                             place, "The outputs must depend on the inputs.");
  }
  return nodes;
}

void apply(const CustomSetting& setting, quantize::NodeSettings& settings) {
  if (setting.precision_level) settings.precision = *setting.precision_level;
  if (setting.calibration_type) settings.calibration.type = *setting.calibration_type;
  if (setting.max_percentile) settings.calibration.percentile = *setting.max_percentile;
}

/// Says which earlier regions share nodes with region i.
void report_overlaps(std::size_t i, const std::map<std::size_t, std::size_t>& shared,
                     const CustomSetting& setting, const Context& context) {
  for (const auto& [earlier, count] : shared) {
    context.diagnostics.info("XQ-CFG-075",
                             "custom_setting " + std::to_string(i) + " shares " +
                                 std::to_string(count) + " operators with custom_setting " +
                                 std::to_string(earlier) + "; there the fields of custom_setting " +
                                 std::to_string(i) + ", the later one, count.",
                             context.config().place(setting.pointer));
  }
}

}  // namespace

quantize::Settings node_settings(const FloatModel& source, const Context& context) {
  const config::QuantizationParameters& wishes = context.config().quantization;
  quantize::Settings settings;
  settings.known_ranges = source.known_ranges;
  settings.stays_float = source.stays_float;
  settings.overall.precision = wishes.precision_level;
  settings.overall.calibration.type = context.config().calibration.calibration_type;
  if (wishes.max_percentile) settings.overall.calibration.percentile = *wishes.max_percentile;
  std::map<NodeId, std::size_t> last_region;
  for (std::size_t i = 0; i < wishes.custom_setting.size(); ++i) {
    const CustomSetting& setting = wishes.custom_setting[i];
    std::map<std::size_t, std::size_t> shared;
    for (const NodeId node : nodes_of(setting, source, context)) {
      apply(setting, settings.regional.try_emplace(node, settings.overall).first->second);
      const auto [before, is_new] = last_region.try_emplace(node, i);
      if (!is_new) ++shared[before->second];
      before->second = i;
    }
    report_overlaps(i, shared, setting, context);
  }
  return settings;
}

}  // namespace xquant::pipeline

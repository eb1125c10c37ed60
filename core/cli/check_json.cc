#include <nlohmann/json.hpp>

#include "cli/check_output.h"
#include "cli/diagnostics_json.h"
#include "cli/json_number.h"

namespace xquant::cli {
namespace {

using Json = nlohmann::ordered_json;

const char* name_of(integer::Execution execution) {
  switch (execution) {
    case integer::Execution::kInt8:
      return "int8";
    case integer::Execution::kInt8ToFloat:
      return "int8ToFloat";
    case integer::Execution::kFloat:
      return "float";
  }
  return "";
}

Json operator_json(const pipeline::OperatorCheck& entry) {
  Json json{{"node", entry.decision.node},
            {"type", entry.decision.op_type},
            {"execution", name_of(entry.decision.execution)},
            {"reason", entry.decision.reason}};
  if (entry.stats) {
    const integer::IslandStats& stats = *entry.stats;
    json["difference"] = {{"elements", stats.elements},
                          {"largestSteps", stats.largest_steps},
                          {"ties", stats.ties},
                          {"coarseBias", stats.coarse_bias},
                          {"farthestTie", finite(stats.farthest_tie)},
                          {"unexplained", stats.unexplained},
                          {"largestDifference", finite(stats.largest_difference)},
                          {"largestMagnitude", finite(stats.largest_magnitude)}};
    json["saturated"] = {{"low", stats.saturated_low}, {"high", stats.saturated_high}};
  }
  if (entry.headroom) {
    const std::size_t channel = entry.headroom->worst_channel();
    json["accumulator"] = {{"depth", entry.headroom->depth},
                           {"channel", channel},
                           {"lowest", entry.headroom->lowest[channel]},
                           {"highest", entry.headroom->highest[channel]},
                           {"spareBits", finite(entry.headroom->spare_bits())},
                           {"fitsInt32", entry.headroom->fits_int32()},
                           {"biasRounding", finite(entry.bias_rounding)}};
  }
  return json;
}

Json output_json(const pipeline::OutputCheck& output) {
  Json json{{"name", output.name},
            {"sha256", output.sha256},
            {"elements", output.elements},
            {"different", output.different},
            {"largestDifference", finite(output.largest_difference)},
            {"largestMagnitude", finite(output.largest_magnitude)}};
  if (output.sqnr_db) json["sqnrDb"] = finite(*output.sqnr_db);
  if (output.cosine) json["cosine"] = finite(*output.cosine);
  return json;
}

Json finding_json(const pipeline::Finding& finding) {
  return {{"fails", finding.weight == pipeline::Finding::Weight::kFailure},
          {"code", finding.code},
          {"message", finding.message},
          {"place", place_json(finding.place)}};
}

template <typename Entries, typename Function>
Json list(const Entries& entries, Function function) {
  Json json = Json::array();
  for (const auto& entry : entries) json.push_back(function(entry));
  return json;
}

}  // namespace

std::string json(const pipeline::CheckReport& report) {
  const Json json{{"ok", true},
                  {"passed", report.passed()},
                  {"model", report.model},
                  {"inputs", report.inputs},
                  {"samples", report.samples},
                  {"kernels", report.isa},
                  {"operators", list(report.operators, operator_json)},
                  {"outputs", list(report.outputs, output_json)},
                  {"findings", list(report.findings, finding_json)},
                  {"diagnostics", diagnostics_json(report.diagnostics)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace xquant::cli

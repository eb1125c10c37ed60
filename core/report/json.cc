#include <cmath>
#include <nlohmann/json.hpp>

#include "report/content.h"

namespace xquant::report {
namespace {

using Json = nlohmann::ordered_json;

/// JSON has no infinities; null stands for what is no finite number.
Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
Json finite(float value) { return finite(static_cast<double>(value)); }

Json outputs_json(const std::vector<OutputError>& outputs) {
  Json list = Json::array();
  for (const OutputError& output : outputs) {
    Json entry = {{"name", output.name},
                  {"sqnrDb", finite(output.sums.sqnr_db())},
                  {"cosine", finite(output.sums.cosine())},
                  {"agreement", nullptr}};
    if (output.is_vector && output.samples > 0) {
      entry["agreement"] =
          static_cast<double>(output.agreeing) / static_cast<double>(output.samples);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Json advice_json(const std::vector<Advice>& advice) {
  Json list = Json::array();
  for (const Advice& entry : advice) {
    list.push_back({{"operator", entry.op},
                    {"tensor", entry.tensor},
                    {"isolatedSnr", finite(entry.isolated_snr)},
                    {"snr", finite(entry.accumulated_snr)},
                    {"cause", entry.cause},
                    {"action", entry.action},
                    {"configuration", entry.json.empty() ? Json(nullptr) : Json::parse(entry.json)},
                    {"outputsDb", finite(entry.outputs_db)},
                    {"outputsDbWhenFloat", finite(entry.float_outputs_db)}});
  }
  return list;
}

Json levels_json(const std::vector<LevelAdvice>& levels) {
  Json list = Json::array();
  for (const LevelAdvice& entry : levels) {
    list.push_back({{"level", entry.level},
                    {"operatorsMoreFloat", entry.operators},
                    {"outputsDb", finite(entry.outputs_db)},
                    {"outputsDbAtLevel", finite(entry.level_outputs_db)},
                    {"configuration", Json::parse(precision_level_json(entry.level))}});
  }
  return list;
}

Json stages_json(const std::vector<quantize::StageRecord>& stages) {
  Json list = Json::array();
  for (const quantize::StageRecord& row : stages) {
    list.push_back({{"stage", row.stage},
                    {"operator", row.node},
                    {"tensor", row.tensor},
                    {"choice", row.choice},
                    {"beforeDb", finite(row.before_db)},
                    {"afterDb", finite(row.after_db)}});
  }
  return list;
}

Json notes_json(const std::vector<Diagnostic>& notes) {
  Json list = Json::array();
  for (const Diagnostic& note : notes) {
    list.push_back(
        {{"severity", name(note.severity)}, {"code", note.code}, {"text", note.to_string()}});
  }
  return list;
}

Json tensor_json(const TensorError& row) {
  return {{"operator", row.op},
          {"tensor", row.tensor},
          {"constant", row.constant},
          {"snr", finite(row.sums.snr())},
          {"isolatedSnr", row.isolated.count > 0 ? finite(row.isolated.snr()) : Json(nullptr)},
          {"mse", finite(row.sums.mse())},
          {"cosine", finite(row.sums.cosine())},
          {"bad", is_bad_snr(row.sums.snr()) || is_bad_cosine(row.sums.cosine())},
          {"quantizedRange", {finite(row.quantized_min), finite(row.quantized_max)}},
          {"floatRange", {finite(row.float_min), finite(row.float_max)}},
          {"histogram", row.histogram}};
}

}  // namespace

std::string json(const Content& content) {
  const Heading& heading = content.heading;
  Json tensors = Json::array();
  for (const TensorError* row : worst_first(content.analysis.tensors)) {
    tensors.push_back(tensor_json(*row));
  }
  const Json report = {
      {"model", heading.model},
      {"settings", heading.settings},
      {"operators", {{"total", heading.operators}, {"int8", heading.quantized_operators}}},
      {"bytes", {{"float", heading.float_bytes}, {"quantized", heading.quantized_bytes}}},
      {"samples", content.analysis.samples},
      {"comparedElements", content.analysis.compared_elements > 0
                               ? Json(content.analysis.compared_elements)
                               : Json(nullptr)},
      {"outputs", outputs_json(content.analysis.outputs)},
      {"precisionLevels", levels_json(content.levels)},
      {"advice", advice_json(content.advice)},
      {"stages", stages_json(content.stages)},
      {"notes", notes_json(heading.notes)},
      {"floatOperators", heading.float_islands},
      {"tensors", std::move(tensors)}};
  // Names come from files and may hold anything: bytes that are no UTF-8 are replaced, not refused.
  return report.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace xquant::report

#include "cli/json_output.h"

#include <nlohmann/json.hpp>

#include "cli/diagnostics_json.h"
#include "cli/json_number.h"

namespace xquant::cli {
namespace {

using Json = nlohmann::ordered_json;

Json summary_json(const pipeline::Summary& summary) {
  Json outputs = Json::array();
  for (const pipeline::OutputQuality& output : summary.outputs) {
    outputs.push_back({{"name", output.name},
                       {"sqnrDb", finite(output.sqnr_db)},
                       {"cosine", finite(output.cosine)},
                       {"agreement", finite(output.agreement)}});
  }
  return {{"samples", summary.samples},
          {"skippedSamples", summary.skipped_samples},
          {"operators", summary.operators},
          {"quantizedOperators", summary.quantized_operators},
          {"quantizedTensors", summary.quantized_tensors},
          {"floatBytes", summary.float_bytes},
          {"quantizedBytes", summary.quantized_bytes},
          {"outputs", outputs}};
}

Json tensors_json(const std::vector<pipeline::Inspection::Tensor>& tensors) {
  Json list = Json::array();
  for (const auto& tensor : tensors) {
    list.push_back({{"name", tensor.name}, {"type", tensor.type}, {"shape", tensor.shape}});
  }
  return list;
}

Json written(const pipeline::Result& result, const std::string& report_path) {
  return result.report.empty() ? Json(nullptr) : Json(report_path);
}

/// Names come from files and may hold anything: bytes that are no UTF-8 are replaced, not refused.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string json(const pipeline::Result& result) {
  return dump({{"ok", true},
               {"model", result.paths.quantized_model},
               {"report", written(result, result.paths.report)},
               {"reportJson", written(result, result.paths.report_json)},
               {"reportHtml", written(result, result.paths.report_html)},
               {"summary", summary_json(result.summary)},
               {"diagnostics", diagnostics_json(result.diagnostics)}});
}

std::string json(const pipeline::CalibrationFile& state, const std::string& path) {
  return dump({{"ok", true},
               {"calibration", path},
               {"samples", state.samples},
               {"bytes", state.bytes.size()},
               {"diagnostics", diagnostics_json(state.diagnostics)}});
}

std::string json(const pipeline::Inspection& inspection) {
  Json operators = Json::array();
  for (const auto& entry : inspection.operators) {
    operators.push_back({{"type", entry.type},
                         {"count", entry.count},
                         {"remaining", entry.remaining},
                         {"quantizable", entry.quantizable}});
  }
  return dump({{"ok", true},
               {"producer", inspection.producer},
               {"irVersion", inspection.ir_version},
               {"opset", inspection.opset},
               {"parameters", inspection.parameters},
               {"inputs", tensors_json(inspection.inputs)},
               {"outputs", tensors_json(inspection.outputs)},
               {"operators", operators},
               {"quantized", inspection.quantized},
               {"missing", inspection.missing}});
}

std::string json(const Error& error) {
  return dump({{"ok", false},
               {"error",
                {{"code", error.code()},
                 {"kind", name(error.kind())},
                 {"message", error.message()},
                 {"place", place_json(error.place())},
                 {"fix", error.fix()}}}});
}

}  // namespace xquant::cli

#include "plan/target.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "plan/target_files.h"

namespace xquant::plan {
namespace {

using nlohmann::json;

std::set<std::string, std::less<>> names(const json& list) {
  std::set<std::string, std::less<>> result;
  for (const json& entry : list) result.insert(entry.get<std::string>());
  return result;
}

Target read(const json& file) {
  Target target;
  target.name = file.at("name").get<std::string>();
  target.description = file.at("description").get<std::string>();
  target.quantizable = names(file.at("quantizable"));
  target.computing = names(file.at("computing"));
  target.pass_through = names(file.at("pass_through"));
  target.fused_after_any = names(file.at("fused_activations").at("after_any"));
  target.fused_after_computing = names(file.at("fused_activations").at("after_computing"));
  target.fused_matmul_bias = file.at("fused_matmul_bias").get<bool>();
  for (const auto& [type, level] : file.at("float_results").items()) {
    target.float_results[type] = level.get<int>();
  }
  for (const auto& [type, rule] : file.at("weights").items()) {
    target.weights[type] = {rule.at("granularity") == "channel", rule.value("power_of_two", false)};
  }
  const bool always = file.at("pass_through_qdq") == "always";
  target.pass_through_qdq = always ? PassThroughQdq::kAlways : PassThroughQdq::kFanOut;
  return target;
}

}  // namespace

Target target(std::string_view name) {
  for (const auto& [file_name, text] : kTargetFiles) {
    if (file_name == name) return read(json::parse(text));
  }
  std::string known;
  for (const std::string& other : target_names()) known += (known.empty() ? "" : ", ") + other;
  throw Error(ErrorKind::kConfig, "XQ-CFG-040", "target '" + std::string(name) + "' is not known.",
              {.pointer = "/quantization_parameters/target"}, "Known targets: " + known + ".");
}

std::vector<std::string> target_names() {
  std::vector<std::string> result;
  for (const auto& [file_name, text] : kTargetFiles) result.emplace_back(file_name);
  return result;
}

}  // namespace xquant::plan

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

[[noreturn]] void refuse(const std::string& pointer, const std::string& what,
                         const std::string& fix) {
  throw Error(ErrorKind::kConfig, "XQ-CFG-041", what, {.pointer = pointer}, fix);
}

/// The entry, which must be there.
const json& entry(const json& object, const std::string& pointer, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) {
    refuse(pointer + "/" + name, "The target has no '" + std::string(name) + "'.",
           "core/plan/targets has complete examples.");
  }
  return *found;
}

bool one_of(const json& value, const std::string& pointer, std::string_view yes,
            std::string_view no) {
  if (value == yes) return true;
  if (value != no) {
    refuse(pointer, value.dump() + " is not known here.",
           "Write \"" + std::string(yes) + "\" or \"" + std::string(no) + "\".");
  }
  return false;
}

void refuse_unknown(const json& file) {
  static const std::set<std::string, std::less<>> kKnown = {
      "name",         "description",       "quantizable",     "computing",
      "pass_through", "fused_activations", "weights",         "fused_matmul_bias",
      "activations",  "float_results",     "pass_through_qdq"};
  for (const auto& item : file.items()) {
    if (!kKnown.contains(item.key())) {
      refuse("/" + item.key(), "A target has no entry '" + item.key() + "'.", "Remove it.");
    }
  }
}

WeightRule weight_rule(const json& rule, const std::string& pointer) {
  return {
      one_of(entry(rule, pointer, "granularity"), pointer + "/granularity", "channel", "tensor"),
      rule.value("power_of_two", false)};
}

Target read(const json& file) {
  refuse_unknown(file);
  Target target;
  target.name = entry(file, "", "name").get<std::string>();
  target.description = entry(file, "", "description").get<std::string>();
  target.quantizable = names(entry(file, "", "quantizable"));
  target.computing = names(entry(file, "", "computing"));
  target.pass_through = names(entry(file, "", "pass_through"));
  const json& fused = entry(file, "", "fused_activations");
  target.fused_after_any = names(entry(fused, "/fused_activations", "after_any"));
  target.fused_after_computing = names(entry(fused, "/fused_activations", "after_computing"));
  target.fused_matmul_bias = entry(file, "", "fused_matmul_bias").get<bool>();
  const json float_results = file.value("float_results", json::object());
  for (const auto& [type, level] : float_results.items()) {
    target.float_results[type] = level.get<int>();
  }
  for (const auto& [type, rule] : entry(file, "", "weights").items()) {
    target.weights[type] = weight_rule(rule, "/weights/" + type);
  }
  const json activations = file.value("activations", json::object());
  target.activations = {activations.value("symmetric", false),
                        activations.value("power_of_two", false)};
  const bool always =
      one_of(entry(file, "", "pass_through_qdq"), "/pass_through_qdq", "always", "fan_out");
  target.pass_through_qdq = always ? PassThroughQdq::kAlways : PassThroughQdq::kFanOut;
  return target;
}

}  // namespace

Target target(std::string_view name) {
  for (const auto& [file_name, text] : kTargetFiles) {
    if (file_name == name) return parse_target(text);
  }
  std::string known;
  for (const std::string& other : target_names()) known += (known.empty() ? "" : ", ") + other;
  throw Error(ErrorKind::kConfig, "XQ-CFG-040", "target '" + std::string(name) + "' is not known.",
              {.pointer = "/quantization_parameters/target"}, "Known targets: " + known + ".");
}

Target parse_target(std::string_view text) {
  try {
    return read(json::parse(text));
  } catch (const json::exception& error) {
    refuse("", std::string("The target is not the JSON that it should be: ") + error.what(),
           "core/plan/targets has complete examples.");
  }
}

std::vector<std::string> target_names() {
  std::vector<std::string> result;
  for (const auto& [file_name, text] : kTargetFiles) result.emplace_back(file_name);
  return result;
}

}  // namespace xquant::plan

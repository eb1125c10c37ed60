#include "cli/diagnostics_json.h"

#include <string>

namespace xquant::cli {

using Json = nlohmann::ordered_json;

Json place_json(const Place& place) {
  Json json = Json::object();
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  add("file", place.file);
  if (place.line > 0) json["line"] = place.line;
  if (place.column > 0) json["column"] = place.column;
  add("pointer", place.pointer);
  add("node", place.node);
  add("tensor", place.tensor);
  return json;
}

Json diagnostics_json(const std::vector<Diagnostic>& diagnostics) {
  Json list = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    list.push_back({{"severity", name(diagnostic.severity)},
                    {"code", diagnostic.code},
                    {"message", diagnostic.message},
                    {"place", place_json(diagnostic.place)},
                    {"fix", diagnostic.fix}});
  }
  return list;
}

}  // namespace xquant::cli

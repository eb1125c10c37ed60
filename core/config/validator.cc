#include "config/validator.h"

#include <cmath>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/suggest.h"

namespace xquant::config {
namespace {

using Json = nlohmann::json;

/// JSON Schema counts 1.0 among the integers.
bool is_whole(const Json& value) {
  if (value.is_number_integer()) return true;
  return value.is_number_float() && std::floor(value.get<double>()) == value.get<double>();
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return is_whole(value);
  return value.is_number();
}

std::string_view json_type(const Json& value) {
  if (value.is_number()) return value.is_number_integer() ? "an integer" : "a number";
  if (value.is_string()) return "a string";
  if (value.is_array()) return "an array";
  if (value.is_object()) return "an object";
  return value.is_boolean() ? "a boolean" : "null";
}

std::string_view python_type(const Json& value) {
  if (value.is_number()) return value.is_number_integer() ? "<class 'int'>" : "<class 'float'>";
  if (value.is_string()) return "<class 'str'>";
  if (value.is_array()) return "<class 'list'>";
  if (value.is_object()) return "<class 'dict'>";
  return value.is_boolean() ? "<class 'bool'>" : "<class 'NoneType'>";
}

std::string article(const std::string& type) {
  return (type.find_first_of("aeiou") == 0 ? "an " : "a ") + type;
}

/// The text of a string without quotes, anything else as JSON.
std::string plain(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// As much of a value as a message takes.
std::string shown(std::string value) {
  constexpr std::size_t kMost = 100;
  if (value.size() <= kMost) return value;
  std::size_t end = kMost;
  while ((static_cast<unsigned char>(value[end]) & 0xC0U) == 0x80U) --end;  // inside of a character
  return value.substr(0, end) + "...";
}

/// The annotated text with {} filled in, and a space; "" when there is none.
std::string known_text(const Json& schema, const std::string& annotation,
                       std::string_view filling) {
  if (!schema.contains(annotation)) return "";
  std::string text = schema[annotation].get<std::string>();
  const std::size_t hole = text.find("{}");
  if (hole != text.npos) text.replace(hole, 2, filling);
  return text + (text.ends_with('.') ? " " : ". ");
}

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, unused] : object.items()) keys.push_back(key);
  return keys;
}

std::string did_you_mean(const std::string& written, const std::vector<std::string>& candidates) {
  const std::string best = nearest(written, candidates);
  return best.empty() ? "" : "Did you mean \"" + best + "\"?";
}

}  // namespace

Place Validator::place(const std::string& pointer) const {
  const auto found = outline_.values.find(pointer);
  const Position position = found == outline_.values.end() ? Position{} : found->second;
  return {.file = file_, .line = position.line, .column = position.column, .pointer = pointer};
}

Place Validator::key_place(const std::string& pointer) const {
  const auto found = outline_.keys.find(pointer);
  const Position position = found == outline_.keys.end() ? Position{} : found->second;
  return {.file = file_, .line = position.line, .column = position.column, .pointer = pointer};
}

const Json& Validator::resolved(const Json* schema) {
  if (!schema->contains("$ref")) return *schema;
  const auto [at, is_new] = followed_.try_emplace(schema);
  Json& result = at->second;
  if (!is_new) return result;
  result = root_.at(Json::json_pointer((*schema)["$ref"].get<std::string>().substr(1)));
  result.update(*schema);
  result.erase("$ref");
  return result;
}

void Validator::check(Json& value, const Json& unresolved, const std::string& pointer) {
  const Json& schema = resolved(&unresolved);
  check_type(value, schema, pointer);
  check_enum(value, schema, pointer);
  check_path(value, schema, pointer);
  if (value.is_number()) {
    check_range(value, schema, pointer);
    check_recommended(value, schema, pointer);
  }
  if (value.is_object()) check_object(value, schema, pointer);
  if (value.is_array()) check_array(value, schema, pointer);
}

void Validator::check_type(const Json& value, const Json& schema, const std::string& pointer) {
  const std::string type = schema["type"].get<std::string>();
  if (has_type(value, type)) return;
  throw Error(ErrorKind::kConfig, "XQ-CFG-002",
              known_text(schema, "x-type-message", python_type(value)) + "Expected " +
                  article(type) + ", found " + std::string(json_type(value)) + ".",
              place(pointer), schema.value("description", ""));
}

void Validator::check_enum(const Json& value, const Json& schema, const std::string& pointer) {
  if (!schema.contains("enum")) return;
  std::string list;
  std::vector<std::string> candidates;
  for (const Json& allowed : schema["enum"]) {
    if (allowed == value) return;
    candidates.push_back(plain(allowed));
    list += (list.empty() ? "" : ", ") + plain(allowed);
  }
  throw Error(ErrorKind::kConfig, "XQ-CFG-003",
              known_text(schema, "x-enum-message", shown(plain(value))) + "Found " +
                  shown(value.dump()) + ", expected one of " + list + ".",
              place(pointer), value.is_string() ? did_you_mean(plain(value), candidates) : "");
}

/// What follows a zero character is no part of the name for an operating system.
void Validator::check_path(const Json& value, const Json& schema, const std::string& pointer) {
  if (!schema.contains("x-path") ||
      value.get_ref<const std::string&>().find('\0') == std::string::npos)
    return;
  throw Error(ErrorKind::kConfig, "XQ-CFG-003", "A path holds a zero character.", place(pointer),
              schema.value("description", ""));
}

void Validator::check_range(const Json& value, const Json& schema, const std::string& pointer) {
  const double number = value.get<double>();
  std::string expected;
  if (schema.contains("minimum") && number < schema["minimum"].get<double>()) {
    expected = "at least " + schema["minimum"].dump();
  } else if (schema.contains("maximum") && number > schema["maximum"].get<double>()) {
    expected = "at most " + schema["maximum"].dump();
  } else if (schema.contains("exclusiveMinimum") &&
             number <= schema["exclusiveMinimum"].get<double>()) {
    expected = "more than " + schema["exclusiveMinimum"].dump();
  } else {
    return;
  }
  throw Error(ErrorKind::kConfig, "XQ-CFG-004",
              known_text(schema, "x-range-message", value.dump()) + "Found " + value.dump() +
                  ", expected " + expected + ".",
              place(pointer), schema.value("description", ""));
}

void Validator::check_recommended(const Json& value, const Json& schema,
                                  const std::string& pointer) {
  if (!schema.contains("x-recommended")) return;
  const Json& range = schema["x-recommended"];
  const double number = value.get<double>();
  if (number >= range[0].get<double>() && number <= range[1].get<double>()) return;
  diagnostics_.warn("XQ-CFG-104", schema["x-recommended-message"].get<std::string>(),
                    place(pointer), "Found " + value.dump() + ".");
}

void Validator::check_object(Json& object, const Json& schema, const std::string& pointer) {
  for (const std::string& key : keys_of(object)) {
    const std::string member = child(pointer, key);
    if (!schema["properties"].contains(key)) {
      report_unknown(key, schema, pointer);
      object.erase(key);
      continue;
    }
    const Json& rule = schema["properties"][key];
    Json& value = object[key];
    if (value.is_null()) {
      diagnostics_.info("XQ-CFG-103", "null counts as not given.", place(member));
    }
    // NOLINTNEXTLINE(readability-container-size-empty): an empty list is something else
    if (value.is_null() || value == "") {
      object.erase(key);
      continue;
    }
    if (rule.contains("x-alias-of") && object.contains(rule["x-alias-of"].get<std::string>())) {
      throw Error(ErrorKind::kConfig, "XQ-CFG-008",
                  "Both spellings, " + key + " and " + rule["x-alias-of"].get<std::string>() +
                      ", are given.",
                  key_place(member), "Remove one of them.");
    }
    check(value, rule, member);
  }
  for (const Json& key : schema.value("required", Json::array())) {
    if (object.contains(key.get<std::string>())) continue;
    throw Error(
        ErrorKind::kConfig, "XQ-CFG-005",
        known_text(schema, "x-required-message", "") + key.get<std::string>() + " is missing.",
        place(pointer), schema.value("description", ""));
  }
}

void Validator::check_array(Json& array, const Json& schema, const std::string& pointer) {
  if (array.size() < schema.value("minItems", std::size_t{0})) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-004", "The array is empty.", place(pointer),
                schema.value("description", ""));
  }
  for (std::size_t i = 0; i < array.size(); ++i)
    check(array[i], schema["items"], child(pointer, i));
}

void Validator::report_unknown(const std::string& key, const Json& schema,
                               const std::string& pointer) {
  std::string fix = did_you_mean(key, keys_of(schema["properties"]));
  for (const auto& [section, rule] : root_["properties"].items()) {
    const Json& other = resolved(&rule);
    if (other.contains("properties") && other["properties"].contains(key)) {
      fix = "It belongs to \"" + section + "\".";
    }
  }
  const Place where = key_place(child(pointer, key));
  if (options_.strict) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-006", "Unknown key \"" + key + "\".", where, fix);
  }
  diagnostics_.warn("XQ-CFG-101", "Unknown key \"" + key + "\" is ignored.", where, fix);
}

void Validator::report_duplicate_keys() {
  for (const Outline::Duplicate& duplicate : outline_.duplicates) {
    const Place where{.file = file_,
                      .line = duplicate.position.line,
                      .column = duplicate.position.column,
                      .pointer = duplicate.pointer};
    if (options_.strict) {
      throw Error(ErrorKind::kConfig, "XQ-CFG-007", "The key is given twice.", where,
                  "Remove one of them.");
    }
    diagnostics_.warn("XQ-CFG-102", "The key is given twice; the last value is used.", where,
                      "Remove one of them.");
  }
}

}  // namespace xquant::config

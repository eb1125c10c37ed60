#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/diagnostics.h"
#include "config/parse.h"
#include "config/scanner.h"

namespace xquant::config {

/// Checks a document against the part of JSON Schema that schema.json uses ($ref, type, properties,
/// additionalProperties, required, items, minItems, enum, minimum, maximum, exclusiveMinimum) and
/// its annotations:
///   x-type-message, x-enum-message, x-range-message, x-required-message
///                  the text for such an error; {} is the value, for types the name of its Python
///                  class
///   x-recommended  [low, high]: outside is a warning with x-recommended-message
///   x-path         the string names a file
///   x-alias-of     another spelling of a key; only one of them may be given
/// What is not given (null, "") and what is not known is removed from the document.
class Validator {
 public:
  Validator(const nlohmann::json& schema, const Outline& outline, const std::string& file,
            Diagnostics& diagnostics, ParseOptions options)
      : root_(schema),
        outline_(outline),
        file_(file),
        diagnostics_(diagnostics),
        options_(options) {}

  /// Throws Error(kConfig) for the first violation.
  void check(nlohmann::json& document) {
    report_duplicate_keys();
    check(document, root_, "");
  }

 private:
  using Json = nlohmann::json;

  void check(Json& value, const Json& schema, const std::string& pointer);
  void check_type(const Json& value, const Json& schema, const std::string& pointer);
  void check_enum(const Json& value, const Json& schema, const std::string& pointer);
  void check_path(const Json& value, const Json& schema, const std::string& pointer);
  void check_range(const Json& value, const Json& schema, const std::string& pointer);
  void check_recommended(const Json& value, const Json& schema, const std::string& pointer);
  void check_object(Json& object, const Json& schema, const std::string& pointer);
  void check_array(Json& array, const Json& schema, const std::string& pointer);
  void report_unknown(const std::string& key, const Json& schema, const std::string& pointer);
  void report_duplicate_keys();

  /// The schema with a $ref followed; keywords beside $ref win. Kept by its address:
  /// it has to be a part of the root or of what this returned.
  const Json& resolved(const Json* schema);
  Place place(const std::string& pointer) const;
  Place key_place(const std::string& pointer) const;

  const Json& root_;
  const Outline& outline_;
  const std::string& file_;
  Diagnostics& diagnostics_;
  ParseOptions options_;
  std::map<const Json*, Json> followed_;  ///< schemas with a $ref, each followed once
};

}  // namespace xquant::config

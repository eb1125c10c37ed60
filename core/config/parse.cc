#include "config/parse.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "config/fill.h"
#include "config/scanner.h"
#include "config/utf8.h"
#include "config/validator.h"

namespace xquant::config {
namespace {

using Json = nlohmann::json;

/// What the JSON library says behind its own prefix: "syntax error while parsing value - unexpected
/// ...".
std::string reason(const Json::parse_error& error) {
  const std::string text = error.what();
  const std::size_t column = text.find("column");
  const std::size_t colon = text.find(": ", column == text.npos ? 0 : column);
  return colon == text.npos ? text : text.substr(colon + 2);
}

/// UTF-16 of plain letters is UTF-8 with zeros between them.
void check_encoding(std::string_view text, const std::string& file_name) {
  const std::size_t valid = std::min(valid_utf8(text), text.find('\0'));
  if (valid >= text.size()) return;
  const Position position = position_at(text, valid);
  throw Error(ErrorKind::kConfig, "XQ-CFG-001", "The configuration is no text in UTF-8.",
              {.file = file_name, .line = position.line, .column = position.column},
              "Save the file as UTF-8.");
}

Json parse_json(const std::string& text, const std::string& file_name) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    // The library counts from 1 and points at the last character that it read.
    const Position position = position_at(text, error.byte > 0 ? error.byte - 1 : 0);
    throw Error(ErrorKind::kConfig, "XQ-CFG-001", "Not valid JSON: " + reason(error) + ".",
                {.file = file_name, .line = position.line, .column = position.column},
                "Comments and trailing commas are allowed, everything else is plain JSON.");
  } catch (const Json::out_of_range& error) {
    // A number such as 1e400. The text of it is all that the library tells.
    const std::string what = error.what();
    const std::size_t open = what.find('\'');
    const std::string number =
        open == what.npos ? "" : what.substr(open + 1, what.size() - open - 2);
    const Position position = position_at(text, std::min(text.find(number), text.size()));
    throw Error(ErrorKind::kConfig, "XQ-CFG-001",
                "Not valid JSON: the number " + number + " is too large for any computer.",
                {.file = file_name, .line = position.line, .column = position.column},
                "Write a smaller one.");
  }
}

bool needs_data(PrecisionLevel level) {
  return level == PrecisionLevel::kInt8 || level == PrecisionLevel::kFloatNorms ||
         level == PrecisionLevel::kFloatSums;
}

void check_inputs_given(const Json& document, const Config& config) {
  const Json calibration = document.value("calibration_parameters", Json::object());
  for (const char* key : {"input_parameters", "input_parametres"}) {
    if (calibration.contains(key) && calibration[key].empty() &&
        needs_data(config.quantization.precision_level)) {
      throw Error(ErrorKind::kConfig, "XQ-CFG-009",
                  "Calibration input_parameters setting not detected. The list is empty.",
                  config.place(std::string("/calibration_parameters/") + key),
                  "Add one entry for each input of the model.");
    }
  }
}

void warn_of_device(const Config& config, Diagnostics& diagnostics) {
  if (config.calibration.calibration_device != "cuda") return;
  diagnostics.warn("XQ-CFG-105", "Specifies that cuda is used but not detected. Turn to cpu.",
                   config.place("/calibration_parameters/calibration_device"),
                   "Set it to \"cpu\".");
}

}  // namespace

Config parse(std::string_view text, const std::string& file_name, Diagnostics& diagnostics,
             ParseOptions options) {
  check_encoding(text, file_name);
  const std::string plain = to_plain_json(text, file_name);
  Json document = parse_json(plain, file_name);
  Outline where = outline(plain);
  static const Json rules = Json::parse(schema());
  Validator(rules, where, file_name, diagnostics, options).check(document);
  Config config = fill(document);
  config.file = file_name;
  config.positions = std::make_shared<const Positions>(std::move(where.values));
  check_inputs_given(document, config);
  warn_of_device(config, diagnostics);
  return config;
}

}  // namespace xquant::config

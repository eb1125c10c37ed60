#include "pipeline/fingerprint.h"

#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "base/sha256.h"
#include "onnx/model_file.h"

namespace xquant::pipeline {
namespace {

template <typename Number>
std::string shortest(Number value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return std::string(digits.data(), end);
}

template <typename Number>
std::string list(const char* name, const std::optional<std::vector<Number>>& values) {
  if (!values) return "";
  std::string text = std::string(" ") + name;
  for (const Number value : *values) text += " " + shortest(value);
  return text;
}

}  // namespace

std::string model_digest(const FloatModel& source) {
  Model whole = source.model;
  if (source.tail) whole.graph = source.tail->whole;
  Sha256 hash;
  onnx::write(whole, [&](std::string_view piece) { hash.update(piece); });
  return hash.hex();
}

std::string preprocessing_text(const config::Config& config) {
  std::string text;
  for (const config::InputParameters& input : config.calibration.input_parameters) {
    text += input.input_name.value_or("?") + ": " + std::string(config::name(input.file_type));
    if (input.file_type == config::FileType::kImg) {
      text += " " + std::string(config::name(input.color_format));
    }
    if (input.dtype) text += " " + *input.dtype;
    text += list("shape", input.input_shape) + list("mean", input.mean_value) +
            list("std", input.std_value);
    if (input.preprocess_file) text += " by " + *input.preprocess_file;
    text += "; ";
  }
  return text + "batch " + shortest(config.calibration.calibration_batch_size);
}

}  // namespace xquant::pipeline

#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "base/files.h"
#include "config/parse.h"
#include "data/calibration_set.h"

namespace xquant::data {

/// A configuration, a model's inputs and files in memory, for tests of CalibrationSet.
struct Job {
  MemoryFiles files{};
  Diagnostics diagnostics{};
  std::vector<InputSpec> specs{};
  std::string
      parameters{};  ///< more members of calibration_parameters, each with a comma behind it
  config::Config config{};

  /// entries: the JSON objects of input_parameters.
  CalibrationSet open(const std::string& entries) {
    config = config::parse("{\"calibration_parameters\": {" + parameters +
                               "\n\"input_parameters\": [\n" + entries + "]}}",
                           "cfg.json", diagnostics);
    return CalibrationSet::open(config, specs, files, diagnostics);
  }

  /// The codes of all diagnostics, each with a blank behind it.
  std::string codes() const {
    std::string text;
    for (const Diagnostic& each : diagnostics.items()) text += each.code + " ";
    return text;
  }
};

/// A .npy file of a C-ordered array.
inline std::string npy(const std::string& descr, const std::string& shape,
                       const std::string& elements) {
  const std::string header =
      "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
         elements;
}

template <typename T>
std::string bytes_of(const std::vector<T>& elements) {
  return {reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(T)};
}

template <typename T>
std::vector<T> values(const Tensor& tensor) {
  return {tensor.data<T>().begin(), tensor.data<T>().end()};
}

/// A 2 x 1 bitmap of 24 bits whose pixels are red-green-blue (10, 20, 30) and (40, 50, value).
inline std::string bitmap(unsigned char value) {
  const std::vector<unsigned char> bytes{
      'B', 'M', 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0,                              // file header
      40,  0,   0,  0, 2, 0, 0, 0, 1, 0, 0,  0, 1, 0, 24, 0, 0, 0, 0,  0,  8,  0,  // image header
      0,   0,   0,  0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 30, 20, 10, value,
      50,  40,  0,  0};  // blue, green, red; rows are padded to 4 bytes
  return {bytes.begin(), bytes.end()};
}

}  // namespace xquant::data

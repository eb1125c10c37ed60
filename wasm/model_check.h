#pragma once

#include <string>

#include "host.h"
#include "requests.h"
#include "results.h"

namespace xquant::wasm {

/// What to check; registered as a value object of the same field names.
struct CheckRequest {
  std::string modelPath;
  std::string floatPath;   ///< "" = none
  std::string configText;  ///< "" = none
  std::string configFile;
  StringList dataLists{emscripten::val::array()};
  double seed = 1;
  int samples = 2;
  int threads = 1;  ///< 1 in the build without threads
  bool strict = false;
  bool vectors = false;       ///< make test vectors
  std::string vectorsFolder;  ///< where they will be stored; "" = not known
};

EMSCRIPTEN_DECLARE_VAL_TYPE(VectorFileArray)  ///< VectorFileValue[]

struct VectorFileValue {
  std::string path;  ///< below the folder of the test vectors
  Bytes bytes{emscripten::val::undefined()};
};

struct CheckValue {
  bool passed = false;
  std::string text;  ///< what `xquant check` prints
  std::string json;  ///< what it prints under --json
  DiagnosticArray diagnostics{emscripten::val::array()};
  VectorFileArray vectors{emscripten::val::array()};
};

CheckValue check_model(const CheckRequest& request, const Host& host);

}  // namespace xquant::wasm

#include "int8_check.h"

#include <cstdint>
#include <vector>

#include "int8/vectors/check_vectors.h"

namespace xquant::wasm {

VectorReportValue check_int8_vectors(const Bytes& bytes) {
  const std::vector<std::uint8_t> file =
      emscripten::convertJSArrayToNumberVector<std::uint8_t>(bytes);
  const int8::VectorReport report = int8::check_vectors(file.data(), file.size());
  return {.isa = report.isa,
          .cases = static_cast<double>(report.cases),
          .mismatches = static_cast<double>(report.mismatches),
          .firstMismatch = report.first_mismatch};
}

}  // namespace xquant::wasm

#include "int8/vectors/check_vectors.h"

#include "int8/vectors/format.h"
#include "int8/vectors/run_case.h"
#include "int8/xq_int8.h"

namespace xquant::int8 {
namespace {

// Empty when equal.
std::string difference(const VectorCase& expected, const Bytes& computed) {
  const std::string where = std::string(operator_name(expected.op)) + " '" + expected.name + "'";
  if (computed.size() != expected.expected.size()) {
    return where + ": " + std::to_string(computed.size()) + " bytes computed, " +
           std::to_string(expected.expected.size()) + " expected";
  }
  for (size_t i = 0; i < computed.size(); ++i) {
    if (computed[i] == expected.expected[i]) continue;
    return where + ": byte " + std::to_string(i) + " is " + std::to_string(computed[i]) +
           ", expected " + std::to_string(expected.expected[i]);
  }
  return "";
}

void add_mismatch(VectorReport& report, const std::string& text) {
  ++report.mismatches;
  if (report.first_mismatch.empty()) report.first_mismatch = text;
}

}  // namespace

VectorReport check_vectors(const uint8_t* data, size_t size) {
  VectorReport report;
  report.isa = xq_int8_isa();
  VectorReader reader(data, size);
  VectorCase next;
  while (reader.read(next)) {
    ++report.cases;
    const std::optional<Bytes> computed = run_case(next);
    const std::string text =
        computed ? difference(next, *computed) : "'" + next.name + "': sizes contradict its shape";
    if (!text.empty()) add_mismatch(report, text);
  }
  if (!reader.error().empty()) add_mismatch(report, reader.error());
  return report;
}

}  // namespace xquant::int8

#include <gtest/gtest.h>

#include <limits>

#include "cli/json_output.h"
#include "cli/text_output.h"

namespace xquant::cli {
namespace {

pipeline::Result result() {
  pipeline::Result made;
  made.paths = {.model = "m.onnx",
                .quantized_model = "m.q.onnx",
                .report = "m.q_report.md",
                .report_json = "m.q_report.json",
                .report_html = "m.q_report.html"};
  made.report = "# m";
  made.summary = {.samples = 9,
                  .skipped_samples = 1,
                  .operators = 4,
                  .quantized_operators = 3,
                  .quantized_tensors = 5,
                  .float_bytes = 4000,
                  .quantized_bytes = 1234,
                  .outputs = {{"y", std::numeric_limits<double>::infinity(), 1, 0.75}}};
  made.diagnostics = {{Severity::kWarning, "XQ-X-001", "Careful.", {.node = "n"}, "Mend it."}};
  return made;
}

TEST(Json, IsOneObjectOnOneLine) {
  EXPECT_EQ(
      json(result()),
      R"({"ok":true,"model":"m.q.onnx","report":"m.q_report.md",)"
      R"("reportJson":"m.q_report.json","reportHtml":"m.q_report.html","summary":{"samples":9,)"
      R"("skippedSamples":1,"operators":4,"quantizedOperators":3,"quantizedTensors":5,)"
      R"("floatBytes":4000,"quantizedBytes":1234,"outputs":[{"name":"y","sqnrDb":null,)"
      R"("cosine":1.0,"agreement":0.75}]},"diagnostics":[{"severity":"warning",)"
      R"("code":"XQ-X-001","message":"Careful.","place":{"node":"n"},"fix":"Mend it."}]})");
}

TEST(Json, OfAnErrorHasItsPlace) {
  const Error error(ErrorKind::kConfig, "XQ-CFG-001", "No.", {.file = "c.json", .line = 2}, "Yes.");
  EXPECT_EQ(json(error),
            R"({"ok":false,"error":{"code":"XQ-CFG-001","kind":"config","message":"No.",)"
            R"("place":{"file":"c.json","line":2},"fix":"Yes."}})");
}

TEST(Json, ReplacesBytesThatAreNoUtf8) {
  const Error error(ErrorKind::kModel, "X", "bad \xff name");
  EXPECT_NE(json(error).find("bad \xEF\xBF\xBD name"), std::string::npos);
}

TEST(Text, SaysWhereSizesAndQuality) {
  EXPECT_EQ(text(result()),
            "model    m.q.onnx  (4.0 kB -> 1.2 kB)\n"
            "report   m.q_report.md\n"
            "         m.q_report.html\n"
            "int8     3 of 4 operators, 9 calibration samples (1 unreadable)\n"
            "output   y  SQNR inf dB, cosine 1.00000, agreement 75.0 %\n");
}

}  // namespace
}  // namespace xquant::cli

#include <gtest/gtest.h>

#include <limits>

#include "report/content.h"
#include "report/number.h"

namespace xquant::report {
namespace {

/// A result of which sum x^2 is about 1, so that its SNR is about `noise`.
TensorError row(const std::string& op, const std::string& tensor, double noise,
                bool is_result = true) {
  TensorError error{.op = op, .tensor = tensor, .is_result = is_result};
  error.sums = {.signal = 1 - 1e-7, .quantized = 1, .product = 1, .noise = noise, .count = 1};
  return error;
}

std::string text_of(std::vector<TensorError> rows) {
  Analysis analysis;
  analysis.tensors = std::move(rows);
  return markdown({.heading = {.model = "m.onnx"}, .analysis = std::move(analysis)});
}

/// The operators of the table's rows in order.
std::string order(const std::string& text) {
  std::string ops;
  std::size_t at = text.find("|--:|:--|");
  for (at = text.find('\n', at); at + 1 < text.size(); at = text.find('\n', at + 1)) {
    const std::size_t begin = text.find(" | ", at) + 3;
    ops += text.substr(begin, text.find(" | ", begin) - begin) + " ";
  }
  return ops;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Report, HasTheKnownColumns) {
  EXPECT_TRUE(
      has(text_of({}), "\n| | Op | Var | SNR | MSE | Cosine | Q.MinMax | F.MinMax | F.Hist |\n"));
}

TEST(Report, WritesARowAsDocumented) {
  TensorError error = row("c[Conv]", "w", 0.0125);
  error.constant = true;
  error.float_min = -1;
  error.float_max = 2.5F;
  error.quantized_min = -1.25F;
  error.quantized_max = 2;
  error.histogram[0] = 3;
  error.histogram[31] = 4;
  std::string bins = "3";
  for (int i = 1; i < 31; ++i) bins += ",0";
  EXPECT_TRUE(has(text_of({error}),
                  "| 0 | c[Conv] | w[Constant] | 0.0125 | 0.0125 | 1.0000 | -1.250, 2.000 | "
                  "-1.000, 2.500 | " +
                      bins + ",4 |\n"));
}

TEST(Report, PutsTheWorstResultFirstAndKeepsOperatorsTogether) {
  const std::string text = text_of({row("a[X]", "a_in", 9, false), row("a[X]", "a_out", 0.1),
                                    row("b[X]", "b_out", 0.5), row("a[X]", "a_more", 0.2),
                                    row("c[X]", "c_out", 0.5), row("d[X]", "d_in", 99, false)});
  EXPECT_EQ(order(text), "b[X] c[X] a[X] a[X] a[X] d[X] ");
}

TEST(Report, PutsWhatIsNotANumberFirst) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string text = text_of({row("a[X]", "a", 5), row("b[X]", "b", nan)});
  EXPECT_EQ(order(text), "b[X] a[X] ");
  EXPECT_TRUE(has(text, "<font color=\"red\">nan</font>"));
}

TEST(Report, MarksAnSnrAboveATenthRed) {
  EXPECT_FALSE(has(text_of({row("a[X]", "a", 0.1)}), "\"red\""));
  EXPECT_TRUE(has(text_of({row("a[X]", "a", 0.1001)}), "<font color=\"red\">0.1001</font>"));
}

TEST(Report, MarksACosineBelow99PercentRed) {
  TensorError error = row("a[X]", "a", 0);
  error.sums.signal = 1;
  error.sums.product = 0.99;
  EXPECT_FALSE(has(text_of({error}), "\"red\""));
  error.sums.product = 0.9899;
  EXPECT_TRUE(has(text_of({error}), "<font color=\"red\">0.9899</font>"));
}

TEST(Report, LetsNoNameEndACellOrStartMarkup) {
  const std::string text = text_of({row("a|b[X]", "t\n<img src=x>", 0)});
  EXPECT_TRUE(has(text, "| a\\|b[X] | t &lt;img src=x> |"));
}

TEST(Report, EscapesABackslashBeforeABar) {
  EXPECT_TRUE(has(text_of({row("a\\|b[X]", "t", 0)}), "| a\\\\\\|b[X] | t |"));
}

TEST(Report, SaysWhatCostsMostAndWhatToPaste) {
  const std::string text = markdown({.advice = {{.op = "s[Softmax]",
                                                 .tensor = "p",
                                                 .isolated_snr = 0.25,
                                                 .accumulated_snr = 0.5,
                                                 .cause = "Because.",
                                                 .action = "Do this.",
                                                 .json = "{\"a\":1}"}}});
  EXPECT_TRUE(has(text,
                  "## What costs most\n\n- s[Softmax]: SNR 0.2500 by itself, 0.5000 with what "
                  "comes before it. Because. Do this. `{\"a\":1}`\n"));
}

TEST(Report, PutsALevelThatIsWorthItBeforeOperators) {
  const LevelAdvice level{
      .level = 2, .operators = 3, .outputs_db = 12.25, .level_outputs_db = 18.5};
  EXPECT_TRUE(has(markdown({.levels = {level}}),
                  "## What costs most\n\n- What precision_level 2 keeps float, 3 operators. To be "
                  "expected before fine-tuning: outputs 12.2 -> 18.5 dB. "
                  "`{\"quantization_parameters\":{\"precision_level\":2}}`\n"));
}

TEST(Report, SaysWhatEachStageBrought) {
  const std::string text = markdown({.stages = {{.stage = "reconstruction",
                                                 .node = "c",
                                                 .tensor = "w",
                                                 .choice = "nearest",
                                                 .before_db = 20.5,
                                                 .after_db = 31}}});
  EXPECT_TRUE(has(text, "| reconstruction | c | w | nearest | 20.50 | 31.00 |\n"));
}

TEST(Report, SaysHowFarTheOutputsAre) {
  Analysis analysis;
  analysis.samples = 7;
  analysis.outputs = {{.name = "scores", .samples = 4, .agreeing = 3, .is_vector = true},
                      {.name = "picture"}};
  for (OutputError& output : analysis.outputs) {
    output.sums = {.signal = 100, .quantized = 100, .product = 100, .noise = 1, .count = 4};
  }
  const std::string text = markdown({.heading = {.model = "m"}, .analysis = analysis});
  EXPECT_TRUE(has(text, "| scores | 20.00 | 1.000000 | 0.7500 |\n"));
  EXPECT_TRUE(has(text, "| picture | 20.00 | 1.000000 |  |\n"));
  EXPECT_TRUE(has(text, "measured on 7 calibration samples."));
}

TEST(Report, SaysWhenNotAllElementsAreCompared) {
  Analysis analysis;
  const std::string whole = markdown({.heading = {.model = "m"}, .analysis = analysis});
  EXPECT_FALSE(has(whole, "are compared"));
  analysis.compared_elements = 320;
  const std::string part = markdown({.heading = {.model = "m"}, .analysis = analysis});
  EXPECT_TRUE(has(part, "with more than 320 elements, 320 of each sample are compared"));
}

TEST(Report, ListsNotesAndFloatIslands) {
  Diagnostics notes;
  notes.warn("XQ-X-001", "Look here.");
  const std::string text =
      markdown({.heading = {.model = "m",
                            .notes = {notes.items().begin(), notes.items().end()},
                            .float_islands = {"s[Softmax]: no int8"}}});
  EXPECT_TRUE(has(text, "## Notes\n\n- warning: Look here. [XQ-X-001]\n"));
  EXPECT_TRUE(has(text, "## Operators that stay float\n\n- s[Softmax]: no int8\n"));
}

TEST(Fixed, WritesNumbersAlikeEverywhere) {
  EXPECT_EQ(fixed(0.12345, 4), "0.1235");
  EXPECT_EQ(fixed(0.5, 0), "0");  // half to even
  EXPECT_EQ(fixed(-0.00001, 4), "0.0000");
  EXPECT_EQ(fixed(-0.5, 1), "-0.5");
  EXPECT_EQ(fixed(std::numeric_limits<double>::infinity(), 2), "inf");
  EXPECT_EQ(fixed(1e300, 1).size(), 303U);
}

}  // namespace
}  // namespace xquant::report

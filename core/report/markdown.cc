#include <cmath>
#include <span>
#include <string>
#include <string_view>

#include "report/content.h"
#include "report/number.h"
#include "report/what_if.h"

namespace xquant::report {
namespace {

/// A cell must not end early or start markup: '|' and line ends are the table's own.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|' || c == '\\')
      result += std::string("\\") + c;
    else if (c == '\n' || c == '\r')
      result += ' ';
    else if (c == '<')
      result += "&lt;";
    else
      result += c;
  }
  return result;
}

std::string marked(double value, bool bad) {
  const std::string text = fixed(value, 4);
  return bad ? "<font color=\"red\">" + text + "</font>" : text;
}

std::string range(float low, float high) {
  return fixed(static_cast<double>(low), 3) + ", " + fixed(static_cast<double>(high), 3);
}

std::string bins(const TensorError& row) {
  std::string text;
  for (const std::uint64_t count : row.histogram) {
    text += (text.empty() ? "" : ",") + std::to_string(count);
  }
  return text;
}

std::string table_row(std::size_t number, const TensorError& row) {
  const double snr = row.sums.snr();
  const double cosine = row.sums.cosine();
  return "| " + std::to_string(number) + " | " + cell(row.op) + " | " +
         cell(row.tensor + (row.constant ? "[Constant]" : "")) + " | " +
         marked(snr, is_bad_snr(snr)) + " | " + fixed(row.sums.mse(), 4) + " | " +
         marked(cosine, is_bad_cosine(cosine)) + " | " +
         range(row.quantized_min, row.quantized_max) + " | " + range(row.float_min, row.float_max) +
         " | " + bins(row) + " |\n";
}

std::string outputs_table(const Analysis& analysis) {
  if (analysis.outputs.empty()) return "";
  std::string text = "| Output | SQNR dB | Cosine | Agreement |\n|:--|--:|--:|--:|\n";
  for (const OutputError& output : analysis.outputs) {
    const std::string agreement =
        output.is_vector && output.samples > 0
            ? fixed(static_cast<double>(output.agreeing) / static_cast<double>(output.samples), 4)
            : "";
    text += "| " + cell(output.name) + " | " + fixed(output.sums.sqnr_db(), 2) + " | " +
            fixed(output.sums.cosine(), 6) + " | " + agreement + " |\n";
  }
  return text + "\n";
}

std::string list(const std::string& title, std::span<const std::string> lines) {
  if (lines.empty()) return "";
  std::string text = "## " + title + "\n\n";
  for (const std::string& line : lines) text += "- " + cell(line) + "\n";
  return text + "\n";
}

std::string measured_gain(const Advice& entry) {
  if (std::isnan(entry.outputs_db)) return "";
  return " Measured, float alone here: outputs " + fixed(entry.outputs_db, 1) + " -> " +
         fixed(entry.float_outputs_db, 1) + " dB" +
         (shown_gain(entry) > 0 ? "." : ": nothing to gain by it alone.");
}

/// The error of a unit alone against what has come together at its result.
std::string advice_list(const std::vector<LevelAdvice>& levels, const std::vector<Advice>& advice) {
  if (advice.empty() && levels.empty()) return "";
  std::string text = "## What costs most\n\n";
  for (const LevelAdvice& entry : levels) {
    text += "- What precision_level " + std::to_string(entry.level) + " keeps float, " +
            std::to_string(entry.operators) +
            " operators. To be expected before fine-tuning: outputs " + fixed(entry.outputs_db, 1) +
            " -> " + fixed(entry.level_outputs_db, 1) + " dB. `" +
            precision_level_json(entry.level) + "`\n";
  }
  for (const Advice& entry : advice) {
    text += "- " + cell(entry.op) + ": SNR " + fixed(entry.isolated_snr, 4) + " by itself, " +
            fixed(entry.accumulated_snr, 4) + " with what comes before it. " + cell(entry.cause) +
            " " + cell(entry.action) + (entry.json.empty() ? "" : " `" + cell(entry.json) + "`") +
            measured_gain(entry) + "\n";
  }
  return text + "\n";
}

std::string stage_table(const std::vector<quantize::StageRecord>& stages) {
  if (stages.empty()) return "";
  std::string text =
      "## What each stage brought\n\nSignal over noise on held-back calibration samples, dB.\n\n"
      "| Stage | Operator | Tensor | Choice | Before | After |\n"
      "| :-- | :-- | :-- | :-- | --: | --: |\n";
  for (const quantize::StageRecord& row : stages) {
    text += "| " + cell(row.stage) + " | " + cell(row.node) + " | " + cell(row.tensor) + " | " +
            cell(row.choice) + " | " + fixed(row.before_db, 2) + " | " + fixed(row.after_db, 2) +
            " |\n";
  }
  return text + "\n";
}

}  // namespace

std::string markdown(const Content& content) {
  const Heading& heading = content.heading;
  std::string text = "# " + cell(heading.model) + "\n\n";
  text += std::to_string(heading.quantized_operators) + " of " + std::to_string(heading.operators) +
          " operators int8; " + std::to_string(heading.float_bytes) + " bytes before, " +
          std::to_string(heading.quantized_bytes) + " after; " + heading.settings +
          "; measured on " + std::to_string(content.analysis.samples) + " calibration samples.\n\n";
  text += outputs_table(content.analysis);
  text += advice_list(content.levels, content.advice);
  text += stage_table(content.stages);
  std::vector<std::string> notes;
  for (const Diagnostic& note : heading.notes) notes.push_back(note.to_string());
  text += list("Notes", notes);
  text += list("Operators that stay float", heading.float_islands);
  text += "## Tensors\n\n";
  if (content.analysis.compared_elements > 0) {
    const std::string most = std::to_string(content.analysis.compared_elements);
    text +=
        "Of a tensor with more than " + most + " elements, " + most +
        " of each sample are compared, of outputs more, spread over all of it; minima and maxima "
        "are of all.\n\n";
  }
  text += "| | Op | Var | SNR | MSE | Cosine | Q.MinMax | F.MinMax | F.Hist |\n";
  text += "|--:|:--|:--|--:|--:|--:|:--|:--|:--|\n";
  std::size_t number = 0;
  for (const TensorError* row : worst_first(content.analysis.tensors)) {
    text += table_row(number++, *row);
  }
  return text;
}

}  // namespace xquant::report

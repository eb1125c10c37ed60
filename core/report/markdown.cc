#include "report/markdown.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>

namespace xquant::report {
namespace {

/// A cell must not end early or start markup: '|' and line ends are the table's own.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|')
      result += "\\|";
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
         marked(snr, !(snr <= 0.1)) + " | " + fixed(row.sums.mse(), 4) + " | " +
         marked(cosine, !(cosine >= 0.99)) + " | " + range(row.quantized_min, row.quantized_max) +
         " | " + range(row.float_min, row.float_max) + " | " + bins(row) + " |\n";
}

/// Rows of one operator stay together; operators come by the largest SNR of their results, largest
/// first, equal ones in the order of the graph.
std::vector<const TensorError*> worst_first(const std::vector<TensorError>& tensors) {
  struct Operator {
    double worst = -1;
    std::size_t position = 0;
    std::vector<const TensorError*> rows;
  };
  std::map<std::string, Operator> by_name;
  for (const TensorError& row : tensors) {
    Operator& op = by_name.try_emplace(row.op, Operator{-1, by_name.size(), {}}).first->second;
    // NaN is worse than any number.
    const double snr = row.sums.snr();
    if (row.is_result) {
      op.worst =
          std::max(op.worst, std::isnan(snr) ? std::numeric_limits<double>::infinity() : snr);
    }
    op.rows.push_back(&row);
  }
  std::vector<const Operator*> order;
  for (const auto& [name, op] : by_name) order.push_back(&op);
  std::sort(order.begin(), order.end(), [](const Operator* a, const Operator* b) {
    return a->worst != b->worst ? a->worst > b->worst : a->position < b->position;
  });
  std::vector<const TensorError*> rows;
  for (const Operator* op : order) rows.insert(rows.end(), op->rows.begin(), op->rows.end());
  return rows;
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

}  // namespace

std::string fixed(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char text[400];
  const int length = std::snprintf(text, sizeof text, "%.*f", digits, value);
  const std::string result(text, static_cast<std::size_t>(length));
  // "-0.0000" reads as a sign that is not there.
  const bool zero = result.find_first_not_of("-0.") == std::string::npos;
  return zero && result[0] == '-' ? result.substr(1) : result;
}

std::string markdown(const Heading& heading, const Analysis& analysis) {
  std::string text = "# " + cell(heading.model) + "\n\n";
  text += std::to_string(heading.quantized_operators) + " of " + std::to_string(heading.operators) +
          " operators int8; " + std::to_string(heading.float_bytes) + " bytes before, " +
          std::to_string(heading.quantized_bytes) + " after; " + heading.settings +
          "; measured on " + std::to_string(analysis.samples) + " calibration samples.\n\n";
  text += outputs_table(analysis);
  std::vector<std::string> notes;
  for (const Diagnostic& note : heading.notes) notes.push_back(note.to_string());
  text += list("Notes", notes);
  text += list("Operators that stay float", heading.float_islands);
  text += "## Tensors\n\n";
  text += "| | Op | Var | SNR | MSE | Cosine | Q.MinMax | F.MinMax | F.Hist |\n";
  text += "|--:|:--|:--|--:|--:|--:|:--|:--|:--|\n";
  std::size_t number = 0;
  for (const TensorError* row : worst_first(analysis.tensors)) text += table_row(number++, *row);
  return text;
}

}  // namespace xquant::report

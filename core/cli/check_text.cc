#include <algorithm>
#include <cmath>
#include <vector>

#include "base/printable.h"
#include "cli/check_output.h"
#include "report/number.h"

namespace xquant::cli {
namespace {

using Row = std::vector<std::string>;

std::string way(integer::Execution execution) {
  switch (execution) {
    case integer::Execution::kInt8:
      return "int8";
    case integer::Execution::kInt8ToFloat:
      return "int8>float";
    case integer::Execution::kFloat:
      return "float";
  }
  return "";
}

std::string share(std::int64_t part, std::int64_t whole) {
  if (part == 0) return "0";
  return report::fixed(100.0 * static_cast<double>(part) / static_cast<double>(whole), 2) + "%";
}

Row row_of(const pipeline::OperatorCheck& entry) {
  Row row{
      entry.decision.node,  entry.decision.op_type, way(entry.decision.execution), "", "", "", "",
      entry.decision.reason};
  if (entry.stats) {
    const integer::IslandStats& stats = *entry.stats;
    row[3] = std::to_string(stats.largest_steps);
    row[4] = std::to_string(stats.ties);
    row[5] = share(stats.saturated_low, stats.elements) + " " +
             share(stats.saturated_high, stats.elements);
  }
  if (entry.headroom) row[6] = report::fixed(entry.headroom->spare_bits(), 1);
  return row;
}

std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line += std::string(widths[i] - row[i].size() + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string scientific(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.2e", value);
  return buffer;
}

std::string text_of(const pipeline::OutputCheck& output) {
  std::string text = "output   " + output.name + "  " + output.sha256.substr(0, 16) +
                     "  against the float path: " + std::to_string(output.different) + " of " +
                     std::to_string(output.elements) + " differ";
  if (output.different > 0 && output.largest_magnitude > 0)
    text += ", at most " + scientific(output.largest_difference / output.largest_magnitude) +
            " of the largest";
  if (output.sqnr_db)
    text += "; against the float model: SQNR " + report::fixed(*output.sqnr_db, 1) +
            " dB, cosine " + report::fixed(*output.cosine, 5);
  return text + "\n";
}

}  // namespace

std::string text(const pipeline::CheckReport& report) {
  std::vector<Row> rows{
      {"operator", "type", "runs as", "steps", "ties", "saturated low high", "spare bits", "why"}};
  std::int64_t in_int8 = 0;
  for (const pipeline::OperatorCheck& entry : report.operators) {
    rows.push_back(row_of(entry));
    in_int8 += entry.decision.execution != integer::Execution::kFloat ? 1 : 0;
  }
  std::string text = table(rows);
  text += "\nint8     " + std::to_string(in_int8) + " of " +
          std::to_string(report.operators.size()) + " operators, kernels: " + report.isa + "\n";
  text += "inputs   " + std::to_string(report.samples) + " samples, " + report.inputs + "\n";
  for (const pipeline::OutputCheck& output : report.outputs) text += text_of(output);
  for (const pipeline::Finding& finding : report.findings) {
    const bool fails = finding.weight == pipeline::Finding::Weight::kFailure;
    text += std::string(fails ? "failure  " : "note     ") + finding.place.to_string() + ": " +
            finding.message + " [" + finding.code + "]\n";
  }
  return printable(text) + "verdict  " + (report.passed() ? "passed" : "failed") + "\n";
}

}  // namespace xquant::cli

#include "cli/text_output.h"

#include <cmath>

#include "base/printable.h"
#include "report/number.h"

namespace xquant::cli {
namespace {

std::string kilobytes(std::int64_t bytes) {
  return report::fixed(static_cast<double>(bytes) / 1000.0, 1) + " kB";
}

std::string joined(const std::vector<std::string>& shape) {
  std::string text;
  for (const std::string& dim : shape) text += (text.empty() ? "" : ",") + dim;
  return "[" + text + "]";
}

std::string tensors(const char* title, const std::vector<pipeline::Inspection::Tensor>& list) {
  std::string text;
  for (const auto& tensor : list)
    text += std::string(title) + tensor.name + "  " + tensor.type + joined(tensor.shape) + "\n";
  return text;
}

}  // namespace

std::string text(const pipeline::Result& result) {
  const pipeline::Summary& summary = result.summary;
  std::string text = "model    " + result.paths.quantized_model + "  (" +
                     kilobytes(summary.float_bytes) + " -> " + kilobytes(summary.quantized_bytes) +
                     ")\n";
  if (!result.report.empty()) {
    text += "report   " + result.paths.report + "\n         " + result.paths.report_html + "\n";
  }
  text += "int8     " + std::to_string(summary.quantized_operators) + " of " +
          std::to_string(summary.operators) + " operators, " + std::to_string(summary.samples) +
          " calibration samples";
  if (summary.skipped_samples > 0)
    text += " (" + std::to_string(summary.skipped_samples) + " unreadable)";
  text += "\n";
  for (const pipeline::OutputQuality& output : summary.outputs) {
    text += "output   " + output.name + "  SQNR " + report::fixed(output.sqnr_db, 1) +
            " dB, cosine " + report::fixed(output.cosine, 5);
    if (!std::isnan(output.agreement))
      text += ", agreement " + report::fixed(100 * output.agreement, 1) + " %";
    text += "\n";
  }
  return printable(text);
}

std::string text(const pipeline::CalibrationFile& state, const std::string& path) {
  return "state    " + path + "  (" + std::to_string(state.samples) + " samples, " +
         kilobytes(static_cast<std::int64_t>(state.bytes.size())) + ")\n";
}

namespace {

/// "27 x BatchNormalization, folded away", "28 x Conv, 28 can be int8", "0 x Gelu in the file, 6
/// after fusing, 6 can be int8".
std::string operators(const pipeline::Inspection::Operators& entry) {
  std::string text = std::to_string(entry.count) + " x " + entry.type;
  if (entry.remaining == 0) return text + ", folded away";
  if (entry.remaining > entry.count)
    text += " in the file, " + std::to_string(entry.remaining) + " after fusing";
  if (entry.remaining < entry.count)
    text += ", " + std::to_string(entry.count - entry.remaining) + " folded away";
  return text + ", " + std::to_string(entry.quantizable) + " can be int8";
}

}  // namespace

std::string text(const pipeline::Inspection& inspection) {
  std::string text = "opset    " + std::to_string(inspection.opset) + ", IR " +
                     std::to_string(inspection.ir_version) +
                     (inspection.producer.empty() ? "" : ", made by " + inspection.producer) + "\n";
  text += "weights  " + std::to_string(inspection.parameters) + " elements\n";
  text += tensors("input    ", inspection.inputs) + tensors("output   ", inspection.outputs);
  std::int64_t remaining = 0, quantizable = 0;
  for (const auto& entry : inspection.operators) {
    text += "operator " + operators(entry) + "\n";
    remaining += entry.remaining;
    quantizable += entry.quantizable;
  }
  text += "int8     " + std::to_string(quantizable) + " of the " + std::to_string(remaining) +
          " operators that folding and fusing leave can be int8\n";
  if (inspection.quantized) text += "The model is quantized already.\n";
  for (const std::string& type : inspection.missing)
    text += "This release cannot run " + type + ".\n";
  return printable(text);
}

}  // namespace xquant::cli

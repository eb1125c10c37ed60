#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "base/files.h"
#include "base/monitor.h"
#include "config/config.h"
#include "data/shard.h"
#include "quantize/stage_record.h"

/// The product's main job from bytes to bytes. The only module that knows the order of stages.
namespace xquant::pipeline {

/// What to do. Paths are as the user wrote them; resolve_paths() says what they mean.
struct Job {
  config::Config config;
  std::string model_path;   ///< overrides the configuration's onnx_model; "" = not given
  std::string output_path;  ///< a .onnx file or a folder; "" = as the configuration says
  int threads = 0;          ///< 0: one for each core
  /// A `.xqcal` file whose statistics take the place of a run over the data; "" = none.
  std::string calibration_path{};
  data::Shard shard{};  ///< the part of the samples that collect_calibration() takes
};

/// Where a job reads and writes.
struct Paths {
  std::string model;
  std::string quantized_model;
  std::string report;  ///< markdown
  std::string report_json;
  std::string report_html;
};

/// The model that the job works on. Throws Error(kConfig or kUsage) when none is given or it does
/// not exist.
std::string resolve_model(const Job& job, const Files& files);

/// Output naming: `<working_dir>/<output_prefix>.q.onnx` (".q" is not doubled) and
/// `<working_dir>/<output_prefix>_report.md`, `.json` and `.html`; the prefix defaults to `<stem of
/// the model>.q`, the working folder to the model's. An output path ending in .onnx names the
/// model, and with
/// `_report.md` the report. Throws Error(kConfig) when no model is given or does not exist, and
/// Error(kUsage) when an output would overwrite the model or the configuration; other inputs are
/// refused when they are opened.
Paths resolve_paths(const Job& job, const Files& files);

/// Throws Error(kUsage) when output, a file to be written, is the model or the job's configuration.
void refuse_overwriting_inputs(const std::string& output, const std::string& model, const Job& job,
                               const Files& files);

/// How far the quantized model's outputs are from the float model's, over the calibration samples.
struct OutputQuality {
  std::string name;
  double sqnr_db = 0;  ///< 10 log10(signal power / noise power)
  double cosine = 0;
  double agreement =
      0;  ///< share of samples with equal index of the largest element; NaN for non-vectors
};

struct Summary {
  std::int64_t samples = 0;
  std::int64_t skipped_samples = 0;
  std::int64_t operators = 0;
  std::int64_t quantized_operators = 0;
  std::int64_t quantized_tensors = 0;
  std::int64_t float_bytes = 0;      ///< size of the input file, external data included
  std::int64_t quantized_bytes = 0;  ///< size of the output file
  std::vector<OutputQuality> outputs;
};

struct Result {
  Paths paths;
  std::string quantized_model;  ///< ONNX bytes, checked
  std::string report;           ///< markdown; "" when analysis is disabled, and so are the others
  std::string report_json;
  std::string report_html;
  Summary summary;
  std::vector<quantize::StageRecord> stages;  ///< what fine-tuning did, tensor by tensor
  std::vector<Diagnostic> diagnostics;
};

/// Runs the job. Reads through files only, writes nothing: the caller stores the result (so that a
/// stopped run leaves nothing behind). files and monitor are used on the calling thread only.
Result quantize(const Job& job, Files& files, Monitor& monitor);

/// What a model holds, for a person who has just dropped it.
struct Inspection {
  struct Tensor {
    std::string name;
    std::string type;                ///< "float", "int64", ...
    std::vector<std::string> shape;  ///< numbers and symbols; "?" where nothing is known
  };
  struct Operators {
    std::string type;              ///< "Conv", "com.microsoft.Gelu"
    std::int64_t count = 0;        ///< in the file; 0 for what simplification makes of others
    std::int64_t remaining = 0;    ///< after simplification, which folds and fuses
    std::int64_t quantizable = 0;  ///< of those that remain
  };
  std::string producer;
  std::int64_t ir_version = 0;
  std::int64_t opset = 0;
  std::int64_t parameters = 0;
  std::vector<Tensor> inputs{};
  std::vector<Tensor> outputs{};
  std::vector<Operators> operators{};
  bool quantized = false;              ///< holds QuantizeLinear or DequantizeLinear nodes
  std::vector<std::string> missing{};  ///< operator types that this build cannot run
};

Inspection inspect(const std::string& model_path, Files& files);

}  // namespace xquant::pipeline

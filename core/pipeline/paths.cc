#include "config/resolve.h"
#include "pipeline/pipeline.h"

namespace xquant::pipeline {
namespace {

bool ends_with_onnx(const std::string& path) { return path.size() > 5 && path.ends_with(".onnx"); }

/// The folder that a configured working_dir means: beside the configuration file when that is where
/// it exists.
std::string working_dir(const Job& job, const std::string& model, const Files& files) {
  const auto& written = job.config.model.working_dir;
  if (!written) return path::parent(model);
  return config::resolve(job.config, *written, files);
}

/// File names without their endings.
struct Names {
  std::string model;
  std::string report;
};

/// output_prefix "p" and "p.q" both mean p.q.onnx, so that a prefix equal to the model's stem is no
/// danger.
Names configured_names(const Job& job, const std::string& model) {
  const auto& written = job.config.model.output_prefix;
  std::string prefix = written ? *written : path::stem(model) + ".q";
  if (ends_with_onnx(prefix)) prefix.resize(prefix.size() - 5);
  return {prefix.ends_with(".q") ? prefix : prefix + ".q", prefix};
}

void refuse_overwriting(const std::string& output, const std::string& input,
                        const std::string& what, const Files& files) {
  if (input.empty() || output.empty() || !files.same(output, input)) return;
  throw Error(ErrorKind::kUsage, "XQ-CLI-011", "The output would overwrite the " + what + ".",
              {.file = output}, "Choose another name with -o, output_prefix or working_dir.");
}

}  // namespace

void refuse_overwriting_inputs(const std::string& output, const std::string& model, const Job& job,
                               const Files& files) {
  refuse_overwriting(output, model, "input model", files);
  refuse_overwriting(output, job.config.file, "configuration", files);
}

std::string resolve_model(const Job& job, const Files& files) {
  if (!job.model_path.empty()) {
    if (files.exists(job.model_path)) return job.model_path;
    throw Error(ErrorKind::kUsage, "XQ-CLI-010", "input_onnx_model_or_path set error.",
                {.file = job.model_path}, "There is no file of this name; check the path.");
  }
  const auto& written = job.config.model.onnx_model;
  if (!written) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-050", "No model is given.",
                job.config.place("/model_parameters/onnx_model"),
                "Set model_parameters.onnx_model, or name the model with -i.");
  }
  const std::string path = config::resolve(job.config, *written, files);
  if (files.exists(path)) return path;
  Place place = job.config.place("/model_parameters/onnx_model");
  throw Error(ErrorKind::kConfig, "XQ-CFG-051", "The model '" + *written + "' does not exist.",
              place,
              "A relative path is tried against the working directory, then against the "
              "configuration file's folder.");
}

Paths resolve_paths(const Job& job, const Files& files) {
  Paths paths;
  paths.model = resolve_model(job, files);
  std::string folder = working_dir(job, paths.model, files);
  Names names = configured_names(job, paths.model);
  if (ends_with_onnx(job.output_path)) {
    folder = path::parent(job.output_path);
    names = {path::stem(job.output_path), path::stem(job.output_path)};
  } else if (!job.output_path.empty()) {
    folder = job.output_path;
  }
  paths.quantized_model = path::join(folder, names.model + ".onnx");
  paths.report = path::join(folder, names.report + "_report.md");
  paths.report_json = path::join(folder, names.report + "_report.json");
  paths.report_html = path::join(folder, names.report + "_report.html");
  for (const std::string& output :
       {paths.quantized_model, paths.report, paths.report_json, paths.report_html}) {
    refuse_overwriting_inputs(output, paths.model, job, files);
  }
  return paths;
}

}  // namespace xquant::pipeline

#include "pipeline/check_inputs.h"

#include <utility>

#include "data/calibration_set.h"
#include "integer/random_inputs.h"
#include "pipeline/prepare.h"

namespace xquant::pipeline {
namespace {

class RandomInputs final : public CheckInputs {
 public:
  RandomInputs(const CheckJob& job, const Graph& graph)
      : job_(job), graph_(graph), inputs_(graph, job.seed) {}

  std::string description() const override { return "random, seed " + std::to_string(job_.seed); }
  std::int64_t count() const override { return job_.random_samples; }
  std::vector<Tensor> sample(std::int64_t index) override { return inputs_.sample(index); }
  void fit(const std::function<void(const std::vector<Tensor>&)>& run) override {
    inputs_ = integer::runnable_inputs(graph_, job_.seed, run);
  }

 private:
  const CheckJob& job_;
  const Graph& graph_;
  integer::RandomInputs inputs_;
};

class ListedInputs final : public CheckInputs {
 public:
  ListedInputs(std::string description, data::CalibrationSet set)
      : description_(std::move(description)), set_(std::move(set)) {}
  std::string description() const override { return description_; }
  std::int64_t count() const override { return set_.size(); }
  std::vector<Tensor> sample(std::int64_t index) override { return set_.decode(set_.read(index)); }

 private:
  std::string description_;
  data::CalibrationSet set_;
};

config::FileType type_of_list(const std::string& path, Files& files) {
  const std::string text = files.read(path);
  const std::string line = text.substr(0, text.find_first_of("\r\n"));
  if (line.ends_with(".npy")) return config::FileType::kNpy;
  const bool raw = line.ends_with(".bin") || line.ends_with(".raw") || line.ends_with(".f32");
  return raw ? config::FileType::kRaw : config::FileType::kImg;
}

/// A configuration that says no more than where the data is.
config::Config config_of(const CheckJob& job, Files& files) {
  config::Config config;
  for (std::size_t i = 0; i < job.data_lists.size(); ++i) {
    if (!files.exists(job.data_lists[i])) {
      throw Error(ErrorKind::kUsage, "XQ-CLI-013", "The data list does not exist.",
                  {.file = job.data_lists[i]}, "Check the path after --data.");
    }
    config::InputParameters input;
    input.data_list_path = job.data_lists[i];
    input.file_type = type_of_list(job.data_lists[i], files);
    input.pointer = "/calibration_parameters/input_parameters/" + std::to_string(i);
    config.calibration.input_parameters.push_back(input);
  }
  return config;
}

}  // namespace

std::unique_ptr<CheckInputs> open_inputs(const CheckJob& job, const Graph& graph, Files& files,
                                         Diagnostics& diagnostics) {
  if (!job.config && job.data_lists.empty()) return std::make_unique<RandomInputs>(job, graph);
  const config::Config config = job.config ? *job.config : config_of(job, files);
  Diagnostics notes;
  std::string description = job.config ? "the configuration's data" : "";
  for (const std::string& list : job.data_lists)
    description += (description.empty() ? "" : ", ") + list;
  data::CalibrationSet set = data::CalibrationSet::open(config, input_specs(graph), files, notes);
  for (const Diagnostic& note : notes.items()) {
    // Without a configuration nobody asked for a number of samples.
    if (job.config || note.code != "XQ-DAT-101") diagnostics.add(note);
  }
  return std::make_unique<ListedInputs>(description, std::move(set));
}

}  // namespace xquant::pipeline

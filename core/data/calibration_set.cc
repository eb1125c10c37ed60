#include "data/calibration_set.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "base/error.h"
#include "config/resolve.h"
#include "data/input_plan.h"
#include "data/list_file.h"
#include "data/sample.h"

namespace xquant::data {

/// One input with its files.
struct Source {
  InputPlan plan;
  std::string list_path{};
  std::vector<ListEntry> entries{};  ///< empty: zeros
  std::optional<Tensor> zeros{};
  bool is_repeated = false;  ///< the same single file in every sample
};

struct CalibrationSet::State {
  Files* files = nullptr;
  std::vector<Source> sources;
  std::int64_t batch = 1;
  std::int64_t size = 0;
};

namespace {

std::string text_of_list(const std::string& path, const Place& place, Files& files) {
  try {
    return files.read(path);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kIo) throw;
    throw Error(ErrorKind::kData, "XQ-DAT-004", error.message(), place,
                "data_list_path names a text file with the path of one data file on each line.");
  }
}

Source open_source(const config::Config& config, InputPlan plan, Files& files,
                   Diagnostics& diagnostics) {
  Source source{.plan = std::move(plan)};
  const InputPlan& known = source.plan;
  if (!known.list) {
    diagnostics.warn(
        "XQ-CFG-122",
        "The input '" + known.name + "' has no data_list_path: it is calibrated on zeros.",
        config.place(known.pointer), "Name a list of representative data.");
    return source;
  }
  Place place = config.place(known.pointer + "/data_list_path");
  source.list_path = config::resolve(config, *known.list, files);
  if (!files.exists(source.list_path)) {
    throw Error(
        ErrorKind::kData, "XQ-DAT-004", source.list_path + ": there is no such list file.", place,
        "Relative paths are tried against the working directory, then against the folder of "
        "the configuration file.");
  }
  source.entries = read_list(text_of_list(source.list_path, place, files), source.list_path);
  if (source.entries.empty()) {
    throw Error(ErrorKind::kData, "XQ-DAT-005",
                "Calibration input " + known.name + " finds 0 items. The list " + source.list_path +
                    " has no entry.",
                place, "Write the path of one data file on each line.");
  }
  return source;
}

std::string fix_of_line(const std::string& path) {
  const bool is_of_windows = path.find('\\') != path.npos;
  const bool is_quoted = path.ends_with('"') || path.ends_with('\'');
  return std::string(
             "Correct or remove the line; a relative path begins at the folder of the list.") +
         (is_of_windows ? " Write / instead of \\." : "") +
         (is_quoted ? " Write it without quotation marks." : "");
}

/// Files for one sample: calibration_batch_size, or what input_shape says for a single image input;
/// never against a batch size that the model prescribes.
std::int64_t files_per_sample(const config::Config& config, const std::vector<Source>& sources,
                              Diagnostics& diagnostics) {
  std::int64_t batch = config.calibration.calibration_batch_size;
  const bool asked = batch > 1;
  const auto is_image = [](const Source& source) {
    return source.plan.file_type == config::FileType::kImg;
  };
  if (!asked && sources.size() == 1 && is_image(sources[0])) batch = sources[0].plan.file_batch;
  for (const Source& source : sources) {
    const InputPlan& plan = source.plan;
    if (!plan.is_batch_fixed) continue;
    const std::int64_t fixed = is_image(source) ? plan.shape[0] : 1;
    const bool fits = is_image(source) ? batch == fixed : batch <= plan.shape[0];
    if (fits) continue;
    if (asked) {
      diagnostics.warn(
          "XQ-CFG-121",
          "calibration_batch_size " + std::to_string(batch) + " is ignored: the model's input '" +
              plan.name + "' has a fixed batch size of " + std::to_string(plan.shape[0]) + ".",
          config.place("/calibration_parameters/calibration_batch_size"), "Leave it out.");
    }
    batch = fixed;
  }
  return batch;
}

/// Files of the shortest list; lists of one entry beside other inputs serve every sample.
std::int64_t count_files(std::vector<Source>& sources, Diagnostics& diagnostics) {
  std::int64_t shortest = std::numeric_limits<std::int64_t>::max();
  std::int64_t longest = 0;
  const Source* short_source = nullptr;
  for (Source& source : sources) {
    source.is_repeated = sources.size() > 1 && source.entries.size() == 1;
    if (source.entries.empty() || source.is_repeated) continue;
    const auto count = static_cast<std::int64_t>(source.entries.size());
    longest = std::max(longest, count);
    if (count < shortest) {
      shortest = count;
      short_source = &source;
    }
  }
  if (short_source == nullptr) return 0;
  if (shortest != longest) {
    diagnostics.warn("XQ-DAT-102",
                     "The lists differ in length, " + std::to_string(shortest) + " to " +
                         std::to_string(longest) + " entries: the first " +
                         std::to_string(shortest) + " are used.",
                     {.file = short_source->list_path}, "Line k of every list makes up sample k.");
  }
  return shortest;
}

std::int64_t count_samples(const config::Config& config, std::int64_t files, std::int64_t batch,
                           Diagnostics& diagnostics) {
  const std::int64_t steps = config.calibration.calibration_step;
  const Place place = config.place("/calibration_parameters/calibration_step");
  if (files == 0) return 1;  // zeros, or one file for each input
  if (files < batch) {
    throw Error(ErrorKind::kData, "XQ-DAT-009",
                "A sample takes " + std::to_string(batch) + " files, but there are only " +
                    std::to_string(files) + ".",
                config.place("/calibration_parameters/calibration_batch_size"),
                "Add files, or use a smaller batch.");
  }
  const std::int64_t samples = files / batch;
  if (samples <= steps && files % batch != 0) {
    diagnostics.info("XQ-DAT-103",
                     std::to_string(files % batch) + " of " + std::to_string(files) +
                         " files do not fill a batch of " + std::to_string(batch) +
                         " and are not used.",
                     config.place("/calibration_parameters/calibration_batch_size"));
  }
  if (samples < steps) {
    diagnostics.info("XQ-DAT-101",
                     "There are " + std::to_string(samples) + " samples; calibration_step allows " +
                         std::to_string(steps) + ".",
                     place);
  }
  return std::min(samples, steps);
}

}  // namespace

CalibrationSet CalibrationSet::open(const config::Config& config, std::span<const InputSpec> specs,
                                    Files& files, Diagnostics& diagnostics) {
  auto state = std::make_unique<State>();
  state->files = &files;
  for (InputPlan& plan : plan_inputs(config, specs, diagnostics)) {
    state->sources.push_back(open_source(config, std::move(plan), files, diagnostics));
  }
  state->batch = files_per_sample(config, state->sources, diagnostics);
  const std::int64_t count = count_files(state->sources, diagnostics);
  state->size = count_samples(config, count, state->batch, diagnostics);
  for (Source& source : state->sources) {
    if (source.entries.empty()) source.zeros = zeros(source.plan, state->batch, config);
  }
  return CalibrationSet(std::move(state));
}

CalibrationSet::CalibrationSet(std::unique_ptr<State> state) : state_(std::move(state)) {}
CalibrationSet::CalibrationSet(CalibrationSet&&) noexcept = default;
CalibrationSet& CalibrationSet::operator=(CalibrationSet&&) noexcept = default;
CalibrationSet::~CalibrationSet() = default;

const Preprocess* CalibrationSet::preprocess(std::size_t input) const {
  const Source& source = state_->sources[input];
  return source.plan.image && !source.entries.empty() ? &*source.plan.image : nullptr;
}
std::int64_t CalibrationSet::size() const { return state_->size; }
std::int64_t CalibrationSet::batch_size() const { return state_->batch; }

std::string CalibrationSet::file_of(std::int64_t index) const {
  for (const Source& source : state_->sources) {
    const std::int64_t at = index * state_->batch;
    if (source.is_repeated || at >= static_cast<std::int64_t>(source.entries.size())) continue;
    return source.entries[static_cast<std::size_t>(at)].path;
  }
  return "";
}

CalibrationSet::RawSample CalibrationSet::read(std::int64_t index) {
  RawSample sample;
  std::vector<Error> errors;
  for (const Source& source : state_->sources) {
    std::vector<RawFile>& files = sample.inputs.emplace_back();
    if (source.entries.empty()) continue;
    for (std::int64_t i = 0; i < state_->batch; ++i) {
      const std::int64_t at = source.is_repeated ? 0 : index * state_->batch + i;
      const ListEntry& entry = source.entries[static_cast<std::size_t>(at)];
      const Place place{.file = source.list_path, .line = entry.line};
      try {
        files.push_back({entry.path, state_->files->read(entry.path), place});
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kIo) throw;
        errors.emplace_back(ErrorKind::kData, "XQ-DAT-006", error.message(), place,
                            fix_of_line(entry.path));
      }
    }
  }
  if (!errors.empty()) fail(errors);
  return sample;
}

std::vector<Tensor> CalibrationSet::decode(const RawSample& sample) const {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < state_->sources.size(); ++i) {
    const Source& source = state_->sources[i];
    tensors.push_back(source.zeros ? *source.zeros : decode_input(source.plan, sample.inputs[i]));
  }
  return tensors;
}

}  // namespace xquant::data

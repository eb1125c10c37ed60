#include "data/input_plan.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

#include "base/error.h"
#include "data/convert.h"

namespace xquant::data {
namespace {

using config::Config;
using config::InputParameters;

std::string names_of(std::span<const InputSpec> specs) {
  std::string text;
  for (const InputSpec& spec : specs) text += (text.empty() ? "" : ", ") + spec.name;
  return text;
}

Place place_of(const Config& config, const InputParameters& input, const std::string& key,
               const InputSpec& spec) {
  Place place = config.place(key.empty() ? input.pointer : input.pointer + "/" + key);
  place.tensor = spec.name;
  return place;
}

void check_count(const Config& config, std::span<const InputSpec> specs) {
  const std::size_t count = config.calibration.input_parameters.size();
  if (count == 0) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-009",
                "Calibration input_parameters setting not detected. The model has " +
                    std::to_string(specs.size()) + " inputs: " + names_of(specs) + ".",
                config.place("/calibration_parameters"),
                "Add input_parameters with one entry for each input of the model.");
  }
  if (count == specs.size()) return;
  const std::string& first = config.calibration.input_parameters.front().pointer;
  throw Error(ErrorKind::kConfig, "XQ-CFG-021",
              "Calibration input_parameters size should <= model inputs size. There are " +
                  std::to_string(count) + " entries, but the model has " +
                  std::to_string(specs.size()) + " inputs: " + names_of(specs) + ".",
              config.place(first.substr(0, first.rfind('/'))),
              "Give one entry for each input of the model.");
}

/// For each entry the index of its spec.
std::vector<std::size_t> match(const Config& config, std::span<const InputSpec> specs) {
  const std::vector<InputParameters>& inputs = config.calibration.input_parameters;
  std::vector<std::size_t> result(inputs.size(), specs.size());
  std::vector<bool> taken(specs.size(), false);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].input_name) continue;
    const std::string& name = *inputs[i].input_name;
    const auto found = std::find_if(specs.begin(), specs.end(),
                                    [&](const InputSpec& spec) { return spec.name == name; });
    const Place place = config.place(inputs[i].pointer + "/input_name");
    if (found == specs.end()) {
      throw Error(ErrorKind::kConfig, "XQ-CFG-022",
                  "Can not find variable " + name + " in your graph, please check.", place,
                  "The model's inputs are: " + names_of(specs) + ".");
    }
    result[i] = static_cast<std::size_t>(found - specs.begin());
    if (taken[result[i]]) {
      throw Error(ErrorKind::kConfig, "XQ-CFG-022", "Two entries name the input '" + name + "'.",
                  place, "Give one entry for each input of the model.");
    }
    taken[result[i]] = true;
  }
  // Unnamed entries keep their position where it is free; the others take what is left.
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].input_name || taken[i]) continue;
    result[i] = i;
    taken[i] = true;
  }
  for (std::size_t& index : result) {
    if (index != specs.size()) continue;
    index = static_cast<std::size_t>(std::find(taken.begin(), taken.end(), false) - taken.begin());
    taken[index] = true;
  }
  return result;
}

std::string to_text(const DeclaredShape& shape) {
  std::string text;
  for (const Dim& dim : shape) {
    const auto* size = std::get_if<std::int64_t>(&dim);
    const std::string symbol = size == nullptr ? std::get<std::string>(dim) : "";
    text += (text.empty() ? "" : ",") + (size != nullptr  ? std::to_string(*size)
                                         : symbol.empty() ? "?"
                                                          : symbol);
  }
  return "[" + text + "]";
}

/// The declared shape with -1 for what is not a number.
Shape known_part(const DeclaredShape& declared) {
  Shape shape;
  for (const Dim& dim : declared) {
    const auto* size = std::get_if<std::int64_t>(&dim);
    shape.push_back(size != nullptr && *size >= 0 ? *size : -1);
  }
  return shape;
}

void plan_shape(const Config& config, const InputParameters& input, const InputSpec& spec,
                InputPlan& plan) {
  plan.shape = known_part(spec.shape);
  plan.is_batch_fixed = !plan.shape.empty() && plan.shape[0] >= 0;
  if (!input.input_shape) {
    plan.file_batch = plan.is_batch_fixed ? plan.shape[0] : 1;
    return;
  }
  const Shape& given = *input.input_shape;
  bool fits = spec.shape.empty() || given.size() == plan.shape.size();
  for (std::size_t i = 0; fits && i < plan.shape.size(); ++i) {
    fits = plan.shape[i] < 0 || plan.shape[i] == given[i];
  }
  if (!fits) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-023",
                "input_shape is " + to_string(given) + ", but the model's input '" + spec.name +
                    "' has shape " + to_text(spec.shape) + ".",
                place_of(config, input, "input_shape", spec), "Leave it out or correct it.");
  }
  plan.file_batch = given[0];
  plan.shape = given;
  if (!plan.is_batch_fixed) plan.shape[0] = -1;
}

DataType type_named(const std::string& dtype) {
  if (dtype == "float32") return DataType::kFloat;
  if (dtype == "float64") return DataType::kDouble;
  for (const DataType type :
       {DataType::kFloat16, DataType::kInt8, DataType::kUint8, DataType::kInt16, DataType::kUint16,
        DataType::kInt32, DataType::kUint32, DataType::kInt64, DataType::kUint64}) {
    if (name(type) == dtype) return type;
  }
  return DataType::kBool;
}

void plan_type(const Config& config, const InputParameters& input, const InputSpec& spec,
               InputPlan& plan, Diagnostics& diagnostics) {
  plan.type = spec.type;
  if (!is_convertible(spec.type)) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-027",
                "The input '" + spec.name + "' has type " + std::string(name(spec.type)) +
                    ", for which there can be no calibration data.",
                place_of(config, input, "", spec),
                "Export the model with an input of numbers, or declare the type of this one.");
  }
  if (!input.dtype) return;
  plan.raw_type = type_named(*input.dtype);
  if (input.file_type != config::FileType::kRaw && *plan.raw_type != spec.type) {
    diagnostics.warn("XQ-CFG-120",
                     "dtype " + *input.dtype + " is ignored: the model's input '" + spec.name +
                         "' has type " + std::string(name(spec.type)) + ".",
                     place_of(config, input, "dtype", spec), "Leave it out.");
  }
}

Fit fit_of(const Config& config, const InputParameters& input, const InputSpec& spec) {
  if (!input.preprocess_file) return Fit::kStretch;
  if (*input.preprocess_file == "PT_IMAGENET") return Fit::kShorterSide;
  if (*input.preprocess_file == "IMAGENET") return Fit::kAreaCrop;
  const bool is_python = input.preprocess_file->find(".py") != std::string::npos;
  throw Error(ErrorKind::kConfig, "XQ-CFG-020",
              is_python ? "preprocess_file '" + *input.preprocess_file +
                              "' is a Python function, which cannot be called from here."
                        : "preprocess_file '" + *input.preprocess_file + "' is not known.",
              place_of(config, input, "preprocess_file", spec),
              "Use PT_IMAGENET or IMAGENET, or save what the function returns with numpy.save and "
              "set file_type to npy.");
}

void check_channel_values(const Config& config, const InputParameters& input, const InputSpec& spec,
                          const std::string& key, const std::optional<std::vector<double>>& values,
                          std::size_t channels) {
  if (!values || values->size() == channels || values->size() == 1) return;
  throw Error(ErrorKind::kConfig, "XQ-CFG-024",
              key + " has " + std::to_string(values->size()) + " numbers, but the input '" +
                  spec.name + "' has " + std::to_string(channels) + " channels.",
              place_of(config, input, key, spec),
              "Give one number for each channel, or one for all.");
}

/// What the dimensions of an input of images count.
struct ImageShape {
  std::int64_t channels, height, width;
  bool channels_last;
};

bool can_be_channels(std::int64_t dim) { return dim == 1 || dim == 3; }

/// [batch, channels, height, width], or [batch, height, width, channels] where only that fits.
ImageShape image_shape(const Config& config, const InputParameters& input, const InputSpec& spec,
                       const Shape& shape, Fit fit) {
  constexpr std::int64_t kLargest = 1 << 16;
  const Place place = place_of(config, input, "input_shape", spec);
  const std::string fix =
      "Give input_shape as [batch, channels, height, width] or [batch, height, width, channels], "
      "or use file_type npy.";
  if (shape.size() != 4) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-026",
                "Images need an input of four dimensions; '" + spec.name + "' has shape " +
                    to_text(spec.shape) + ".",
                place, fix);
  }
  if (shape[2] < 1 || shape[3] < 1 || shape[1] < 1) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-025",
                "The model leaves channels, height or width of '" + spec.name +
                    "' open: " + to_text(spec.shape) + ".",
                place, fix);
  }
  if (!can_be_channels(shape[1]) && !can_be_channels(shape[3])) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-026",
                "Images have 3 channels or, as grey, 1; neither the second nor the last dimension "
                "of '" +
                    spec.name + "' is one of these: " + to_string(shape) + ".",
                place, "Prepare the data as .npy files and set file_type to npy.");
  }
  const bool channels_last = !can_be_channels(shape[1]);
  const ImageShape image = channels_last ? ImageShape{shape[3], shape[1], shape[2], true}
                                         : ImageShape{shape[1], shape[2], shape[3], false};
  if (image.height > kLargest || image.width > kLargest) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-026",
                "The image size of '" + spec.name + "' is absurd.", place, fix);
  }
  if (fit == Fit::kShorterSide && image.height != image.width) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-026",
                "PT_IMAGENET makes square images, but height and width of '" + spec.name +
                    "' differ: " + to_string(shape) + ".",
                place, "Use IMAGENET or no preprocess_file.");
  }
  return image;
}

/// A single number holds for every channel.
std::vector<double> for_channels(const std::optional<std::vector<double>>& values,
                                 std::size_t channels) {
  if (!values) return {};
  return values->size() == 1 ? std::vector<double>(channels, values->front()) : *values;
}

void plan_image(const Config& config, const InputParameters& input, const InputSpec& spec,
                InputPlan& plan, Diagnostics& diagnostics) {
  const Fit fit = fit_of(config, input, spec);
  const ImageShape image = image_shape(config, input, spec, plan.shape, fit);
  const auto channels = static_cast<std::size_t>(image.channels);
  check_channel_values(config, input, spec, "mean_value", input.mean_value, channels);
  check_channel_values(config, input, spec, "std_value", input.std_value, channels);
  if (channels == 1) {
    diagnostics.warn("XQ-CFG-123",
                     "The input '" + spec.name + "' has one channel: images are turned into grey.",
                     place_of(config, input, "", spec),
                     "Use file_type npy if the model expects something else.");
  }
  plan.image.emplace(Preprocess::Settings{.fit = fit,
                                          .channels = static_cast<int>(image.channels),
                                          .height = static_cast<int>(image.height),
                                          .width = static_cast<int>(image.width),
                                          .channels_last = image.channels_last,
                                          .order = input.color_format,
                                          .mean = for_channels(input.mean_value, channels),
                                          .std = for_channels(input.std_value, channels)});
}

InputPlan plan_input(const Config& config, const InputParameters& input, const InputSpec& spec,
                     Diagnostics& diagnostics) {
  InputPlan plan{.name = spec.name};
  plan.file_type = input.file_type;
  plan.list = input.data_list_path;
  plan.pointer = input.pointer;
  plan_shape(config, input, spec, plan);
  plan_type(config, input, spec, plan, diagnostics);
  if (input.file_type == config::FileType::kImg && plan.list) {
    plan_image(config, input, spec, plan, diagnostics);
  } else {
    fit_of(config, input, spec);
  }
  return plan;
}

}  // namespace

std::vector<InputPlan> plan_inputs(const Config& config, std::span<const InputSpec> specs,
                                   Diagnostics& diagnostics) {
  check_count(config, specs);
  const std::vector<std::size_t> spec_of = match(config, specs);
  std::vector<InputPlan> plans(specs.size());
  for (std::size_t i = 0; i < spec_of.size(); ++i) {
    plans[spec_of[i]] =
        plan_input(config, config.calibration.input_parameters[i], specs[spec_of[i]], diagnostics);
  }
  return plans;
}

}  // namespace xquant::data

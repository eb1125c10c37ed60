#include "data/sample.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "base/error.h"
#include "data/convert.h"
#include "data/npy.h"

namespace xquant::data {
namespace {

using RawFile = CalibrationSet::RawFile;

Error wrong_file(const RawFile& file, const std::string& code, const std::string& what,
                 const std::string& fix) {
  return Error(ErrorKind::kData, code, "'" + file.path + "' " + what, file.place, fix);
}

std::string text_of(const Shape& shape) {
  std::string text;
  for (const std::int64_t dim : shape) {
    text += (text.empty() ? "" : ",") + (dim < 0 ? "?" : std::to_string(dim));
  }
  return "[" + text + "]";
}

Shape without_ones(Shape shape) {
  std::erase(shape, 1);
  return shape;
}

/// Whether the dimensions are those of the plan, the first one left out.
bool has_rank_and_sizes(const Shape& shape, const Shape& expected) {
  if (shape.size() != expected.size()) return false;
  for (std::size_t i = 1; i < shape.size(); ++i) {
    if (expected[i] >= 0 && expected[i] != shape[i]) return false;
  }
  return true;
}

/// An array of a file at the rank of the input: dimensions of size 1 may be missing or too many.
Tensor at_rank(const Tensor& array, const InputPlan& plan, const RawFile& file) {
  if (plan.shape.empty() || has_rank_and_sizes(array.shape(), plan.shape)) return array;
  Shape full = plan.shape;
  full[0] = plan.file_batch;
  const bool known = std::find(full.begin(), full.end(), -1) == full.end();
  if (known && without_ones(full) == without_ones(array.shape())) return array.reshaped(full);
  throw wrong_file(file, "XQ-DAT-007",
                   "has shape " + to_string(array.shape()) + ", but the model's input '" +
                       plan.name + "' takes " + text_of(plan.shape) + ".",
                   "Save the array with the batch axis first, in the layout of the model.");
}

Tensor decode_raw(const InputPlan& plan, const RawFile& file) {
  Shape shape = plan.shape;
  if (shape.empty() || std::find(shape.begin() + 1, shape.end(), -1) != shape.end()) {
    throw wrong_file(file, "XQ-DAT-003",
                     "has no shape of its own and that of '" + plan.name + "' is not known.",
                     "Give input_shape.");
  }
  shape[0] = plan.file_batch;
  const std::size_t count = static_cast<std::size_t>(element_count(shape));
  // Without dtype the file holds the model's type, or 32-bit floats where only they fit.
  DataType type = plan.raw_type.value_or(plan.type);
  if (!plan.raw_type && file.bytes.size() != byte_size(type, count) &&
      file.bytes.size() == byte_size(DataType::kFloat, count)) {
    type = DataType::kFloat;
  }
  if (file.bytes.size() != byte_size(type, count)) {
    throw wrong_file(file, "XQ-DAT-003",
                     "has " + std::to_string(file.bytes.size()) + " bytes, but " +
                         to_string(shape) + " of " + std::string(name(type)) + " takes " +
                         std::to_string(byte_size(type, count)) + ".",
                     "Check input_shape and dtype.");
  }
  return Tensor(type, shape, std::string(file.bytes));
}

Tensor decode_image_file(const InputPlan& plan, const RawFile& file) {
  const Image image = decode_image(file.bytes, file.path);
  std::vector<float> elements;
  plan.image->append(image, elements);
  const auto& [fit, channels, height, width, channels_last, order, mean, std] =
      plan.image->settings();
  const Shape shape =
      channels_last ? Shape{1, height, width, channels} : Shape{1, channels, height, width};
  return Tensor::of<float>(shape, elements);
}

Tensor decode_file(const InputPlan& plan, const RawFile& file) {
  Tensor tensor;
  switch (plan.file_type) {
    case config::FileType::kImg:
      tensor = decode_image_file(plan, file);
      break;
    case config::FileType::kNpy:
      tensor = at_rank(read_npy(file.bytes, file.path), plan, file);
      break;
    case config::FileType::kRaw:
      tensor = decode_raw(plan, file);
      break;
  }
  return convert(tensor, plan.type);
}

/// The file and its line in the list belong to every error about it.
Error about(const RawFile& file, const Error& error) {
  const bool named = error.message().find(file.path) != std::string::npos;
  return Error(error.kind(), error.code(),
               named ? error.message() : "'" + file.path + "': " + error.message(), file.place,
               error.fix());
}

Tensor concatenate(const InputPlan& plan, const std::vector<Tensor>& parts,
                   const std::vector<RawFile>& files) {
  Shape shape = parts[0].shape();
  std::string bytes(parts[0].bytes().begin(), parts[0].bytes().end());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const Shape& other = parts[i].shape();
    if (shape.empty() || other.size() != shape.size() ||
        !std::equal(shape.begin() + 1, shape.end(), other.begin() + 1)) {
      throw wrong_file(files[i], "XQ-DAT-007",
                       "has shape " + to_string(other) + " and cannot join a batch with " +
                           to_string(parts[0].shape()) + ".",
                       "Set calibration_batch_size to 1.");
    }
    shape[0] += other[0];
    bytes.append(parts[i].bytes().begin(), parts[i].bytes().end());
  }
  return Tensor(plan.type, shape, std::move(bytes));
}

/// An array without elements is no sample, unless the model asks for nothing else.
void require_elements(const InputPlan& plan, const Tensor& tensor, const RawFile& first) {
  const bool wanted = std::find(plan.shape.begin(), plan.shape.end(), 0) != plan.shape.end();
  if (tensor.size() > 0 || wanted) return;
  throw wrong_file(first, "XQ-DAT-007",
                   "has shape " + to_string(tensor.shape()) + ", which holds no element.",
                   "Save at least one sample in it, or remove it.");
}

void check_batch(const InputPlan& plan, const Tensor& tensor, const RawFile& first) {
  if (!plan.is_batch_fixed || tensor.shape().empty() || tensor.shape()[0] == plan.shape[0]) return;
  throw wrong_file(first, "XQ-DAT-007",
                   "makes a batch of " + std::to_string(tensor.shape()[0]) +
                       ", but the model's input '" + plan.name + "' takes " +
                       std::to_string(plan.shape[0]) + ".",
                   "Save the arrays with the model's batch size.");
}

}  // namespace

Tensor decode_input(const InputPlan& plan, const std::vector<RawFile>& files) {
  std::vector<Tensor> parts;
  std::vector<Error> errors;
  for (const RawFile& file : files) {
    try {
      parts.push_back(decode_file(plan, file));
    } catch (const Error& error) {
      errors.push_back(about(file, error));
    }
  }
  if (!errors.empty()) fail(errors);
  Tensor tensor = parts.size() == 1 ? parts[0] : concatenate(plan, parts, files);
  require_elements(plan, tensor, files[0]);
  check_batch(plan, tensor, files[0]);
  return tensor;
}

Tensor zeros(const InputPlan& plan, std::int64_t batch, const config::Config& config) {
  Shape shape = plan.shape;
  if (!shape.empty() && !plan.is_batch_fixed) {
    shape[0] = plan.file_type == config::FileType::kImg ? batch : batch * plan.file_batch;
  }
  if (std::find(shape.begin(), shape.end(), -1) != shape.end()) {
    throw Error(ErrorKind::kConfig, "XQ-CFG-025",
                "The model leaves the shape of '" + plan.name + "' open: " + text_of(plan.shape) +
                    ", and there is no data.",
                config.place(plan.pointer), "Give input_shape or data_list_path.");
  }
  // The limit of arrays: a larger sample is a slip of the configuration.
  std::int64_t bytes = static_cast<std::int64_t>(byte_size(plan.type, 1));
  for (const std::int64_t dim : shape) {
    if (dim != 0 && bytes > std::numeric_limits<std::int32_t>::max() / dim) {
      throw Error(ErrorKind::kConfig, "XQ-CFG-028",
                  "A sample of zeros for '" + plan.name + "' would have the shape " +
                      to_string(shape) + ", more than 2 GB.",
                  config.place(plan.pointer),
                  "Use a smaller calibration_batch_size or input_shape.");
    }
    bytes *= dim;
  }
  return Tensor(plan.type, shape, std::string(static_cast<std::size_t>(bytes), '\0'));
}

void fail(const std::vector<Error>& errors) {
  if (errors.size() == 1) throw errors[0];
  std::string text;
  for (const Error& error : errors) {
    text += (text.empty() ? "" : " ") + error.message() + " (line " +
            std::to_string(error.place().line) + ")";
  }
  throw Error(ErrorKind::kData, errors[0].code(), text, errors[0].place(), errors[0].fix());
}

}  // namespace xquant::data

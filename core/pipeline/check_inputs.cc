#include "pipeline/check_inputs.h"

#include <algorithm>
#include <utility>

#include "data/calibration_set.h"
#include "integer/linear.h"
#include "pipeline/prepare.h"

namespace xquant::pipeline {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): a full-period generator whose outputs need no table.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// In [0, 1), 24 bits.
  float unit() { return static_cast<float>(next() >> 40U) * 0x1p-24F; }

 private:
  std::uint64_t state_;
};

struct Range {
  float low = -1.0F, high = 1.0F;
};

/// A twentieth beyond what the first QuantizeLinear behind the input can hold, so that saturation
/// happens.
Range range_of(const Graph& graph, ValueId input) {
  for (const Use& use : graph.uses(input)) {
    if (use.position != 0 || !graph.node(use.node).is("QuantizeLinear")) continue;
    const auto linear = integer::read_linear(graph, graph.node(use.node));
    if (!linear || !linear->per_tensor() || !linear->is_eight_bit()) continue;
    const float low = static_cast<float>(integer::lowest(linear->type) - linear->zero_points[0]);
    const float high = static_cast<float>(integer::highest(linear->type) - linear->zero_points[0]);
    const float beyond = (high - low) / 20.0F;
    return {(low - beyond) * linear->scales[0], (high + beyond) * linear->scales[0]};
  }
  return {};
}

class RandomInputs final : public CheckInputs {
 public:
  RandomInputs(const CheckJob& job, const Graph& graph) : job_(job) {
    for (const ValueId id : graph.inputs) {
      if (graph.constant(id) != nullptr) continue;
      const Value& value = graph.value(id);
      inputs_.push_back({value.name, value.type.element, shape_of(value), range_of(graph, id)});
    }
  }

  std::string description() const override { return "random, seed " + std::to_string(job_.seed); }
  std::int64_t count() const override { return job_.random_samples; }

  std::vector<Tensor> sample(std::int64_t index) override {
    Random random(job_.seed + 0x51ED2701U * static_cast<std::uint64_t>(index + 1));
    std::vector<Tensor> tensors;
    for (const Input& input : inputs_) tensors.push_back(fill(input, random));
    return tensors;
  }

 private:
  struct Input {
    std::string name;
    DataType type;
    Shape shape;
    Range range;
  };

  static Shape shape_of(const Value& value) {
    if (!value.type.shape) {
      throw Error(ErrorKind::kModel, "XQ-CHK-005",
                  "The model does not say how many dimensions this input has.",
                  {.tensor = value.name}, "Give inputs: --data or -c.");
    }
    Shape shape;
    for (const Dim& dim : *value.type.shape) {
      const auto* fixed = std::get_if<std::int64_t>(&dim);
      shape.push_back(fixed != nullptr && *fixed >= 0 ? *fixed : shape.empty() ? 1 : 32);
    }
    return shape;
  }

  static Tensor fill(const Input& input, Random& random) {
    const auto count = static_cast<std::size_t>(element_count(input.shape));
    if (input.type == DataType::kFloat || input.type == DataType::kUndefined) {
      std::vector<float> values(count);
      for (float& value : values)
        value = input.range.low + random.unit() * (input.range.high - input.range.low);
      return Tensor::of<float>(input.shape, values);
    }
    std::string bytes(byte_size(input.type, count), '\0');
    const std::size_t width = static_cast<std::size_t>(bit_width(input.type)) / 8;
    if (!is_integer(input.type) && input.type != DataType::kBool) {
      throw Error(ErrorKind::kModel, "XQ-CHK-005",
                  "Inputs of type " + std::string(name(input.type)) + " cannot be made up.",
                  {.tensor = input.name}, "Give inputs: --data or -c.");
    }
    const bool eight_bit = input.type == DataType::kInt8 || input.type == DataType::kUint8;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t bits = random.next() >> 32U;
      bytes[i * width] = static_cast<char>(eight_bit ? bits & 0xFFU : bits & 1U);
    }
    return Tensor(input.type, input.shape, std::move(bytes));
  }

  const CheckJob& job_;
  std::vector<Input> inputs_;
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
  std::string description = job.config ? "the configuration's data" : "";
  for (const std::string& list : job.data_lists)
    description += (description.empty() ? "" : ", ") + list;
  return std::make_unique<ListedInputs>(
      description, data::CalibrationSet::open(config, input_specs(graph), files, diagnostics));
}

}  // namespace xquant::pipeline

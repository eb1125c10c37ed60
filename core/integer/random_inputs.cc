#include "integer/random_inputs.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "integer/linear.h"
#include "runtime/half_precision.h"

namespace xquant::integer {
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

/// 1 GiB of floats: a damaged shape, not an input.
constexpr std::int64_t kMostElements = std::int64_t{1} << 28U;

struct Range {
  float low = -1.0F, high = 1.0F;
};

/// A twentieth beyond what the first QuantizeLinear behind the input can hold, so that saturation
/// happens.
Range range_of(const Graph& graph, ValueId input) {
  for (const Use& use : graph.uses(input)) {
    const Node& reader = graph.node(use.node);
    // An input of half precision.
    if (reader.is("Cast") && reader.output(0) != ValueId::kNone)
      return range_of(graph, reader.output(0));
    if (use.position != 0 || !reader.is("QuantizeLinear")) continue;
    const auto linear = read_linear(graph, reader);
    if (!linear || !linear->per_tensor() || !linear->is_coded()) continue;
    const float low = static_cast<float>(lowest(linear->type) - linear->zero_points[0]);
    const float high = static_cast<float>(highest(linear->type) - linear->zero_points[0]);
    const float beyond = (high - low) / 20.0F;
    return {(low - beyond) * linear->scales[0], (high + beyond) * linear->scales[0]};
  }
  return {};
}

bool is_fixed(const Dim& dim) {
  const auto* number = std::get_if<std::int64_t>(&dim);
  return number != nullptr && *number >= 0;
}

bool has_open_size(const Value& value) {
  const auto& dims = *value.type.shape;
  return dims.size() > 1 && !std::all_of(dims.begin() + 1, dims.end(), is_fixed);
}

Shape shape_of(const Value& value, std::int64_t open_size) {
  if (!value.type.shape) {
    throw Error(ErrorKind::kModel, "XQ-CHK-005",
                "The model does not say how many dimensions this input has.",
                {.tensor = value.name}, "Give inputs of your own.");
  }
  Shape shape;
  for (const Dim& dim : *value.type.shape) {
    const std::int64_t open = shape.empty() ? 1 : open_size;
    shape.push_back(is_fixed(dim) ? std::get<std::int64_t>(dim) : open);
  }
  std::int64_t count = 1;
  for (const std::int64_t dim : shape) {
    if (dim > 0 && count > kMostElements / dim) {
      throw Error(ErrorKind::kModel, "XQ-CHK-005",
                  "An input of shape " + to_string(shape) + " is too large to be made up.",
                  {.tensor = value.name}, "Give inputs of your own.");
    }
    count *= dim;
  }
  return shape;
}

/// Floats in [low, high).
Tensor fill(const std::string& input_name, DataType type, const Shape& shape, Range range,
            Random& random) {
  const auto count = static_cast<std::size_t>(element_count(shape));
  if (type == DataType::kFloat || type == DataType::kUndefined) {
    std::vector<float> values(count);
    for (float& value : values) value = range.low + random.unit() * (range.high - range.low);
    return Tensor::of<float>(shape, values);
  }
  if (runtime::is_half(type)) {
    return runtime::narrowed(fill(input_name, DataType::kFloat, shape, range, random), type);
  }
  std::string bytes(byte_size(type, count), '\0');
  const std::size_t width = static_cast<std::size_t>(bit_width(type)) / 8;
  if (!is_integer(type) && type != DataType::kBool) {
    throw Error(ErrorKind::kModel, "XQ-CHK-005",
                "Inputs of type " + std::string(name(type)) + " cannot be made up.",
                {.tensor = input_name}, "Give inputs of your own.");
  }
  const bool eight_bit = type == DataType::kInt8 || type == DataType::kUint8;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t bits = random.next() >> 32U;
    bytes[i * width] = static_cast<char>(eight_bit ? bits & 0xFFU : bits & 1U);
  }
  return Tensor(type, shape, std::move(bytes));
}

}  // namespace

RandomInputs::RandomInputs(const Graph& graph, std::uint64_t seed, std::int64_t open_size)
    : seed_(seed) {
  for (const ValueId id : graph.inputs) {
    if (graph.constant(id) != nullptr) continue;
    const Value& value = graph.value(id);
    const Range range = range_of(graph, id);
    const Shape shape = shape_of(value, open_size);
    is_open_ = is_open_ || has_open_size(value);
    inputs_.push_back({value.name, value.type.element, shape, range.low, range.high});
  }
}

std::vector<Tensor> RandomInputs::sample(std::int64_t index) const {
  Random random(seed_ + 0x51ED2701U * static_cast<std::uint64_t>(index + 1));
  std::vector<Tensor> tensors;
  for (const Input& input : inputs_)
    tensors.push_back(fill(input.name, input.type, input.shape, {input.low, input.high}, random));
  return tensors;
}

RandomInputs runnable_inputs(const Graph& graph, std::uint64_t seed,
                             const std::function<void(const std::vector<Tensor>&)>& run) {
  for (std::int64_t size = RandomInputs::kSmallestOpenSize;; size *= 2) {
    RandomInputs inputs(graph, seed, size);
    if (!inputs.is_open()) return inputs;
    try {
      run(inputs.sample(0));
      return inputs;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kModel) throw;
      if (size < RandomInputs::kLargestOpenSize) continue;
      throw Error(error.kind(), error.code(), error.message(), error.place(),
                  "Open dimensions of made-up inputs were taken as " + std::to_string(size) +
                      ": give inputs of your own.");
    }
  }
}

}  // namespace xquant::integer

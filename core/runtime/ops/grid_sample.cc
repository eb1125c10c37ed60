// GridSample (Jaderberg et al. 2015): every output element is interpolated at a position of the
// input that the grid gives in [-1, 1], x first; two spatial dimensions since version 16, any
// number since 20. Positions and weights are computed in double, the sum is rounded once.

#include <algorithm>
#include <array>
#include <cmath>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

enum class SampleMode { kNearest, kLinear, kCubic };
enum class SamplePadding { kZeros, kBorder, kReflection };

SampleMode sample_mode(const std::string& name) {
  if (name == "nearest") return SampleMode::kNearest;
  if (name == "linear" || name == "bilinear") return SampleMode::kLinear;
  if (name == "cubic" || name == "bicubic") return SampleMode::kCubic;
  refuse("mode '" + name + "' is not known.");
}

SamplePadding sample_padding(const std::string& name) {
  if (name == "zeros") return SamplePadding::kZeros;
  if (name == "border") return SamplePadding::kBorder;
  if (name == "reflection") return SamplePadding::kReflection;
  refuse("padding_mode '" + name + "' is not known.");
}

constexpr std::size_t kMostDimensions = 3;
constexpr std::size_t kMostTaps = 4;

/// Source elements and weights along one dimension; index -1: zero.
struct Taps {
  std::array<std::int64_t, kMostTaps> index{};
  std::array<double, kMostTaps> weight{};
};

/// Mirrors x into [low, high].
double reflect(double x, double low, double high) {
  const double range = high - low;
  if (range <= 0) return low;
  double distance = std::fabs(x - low);
  const double turns = std::floor(distance / range);
  distance -= turns * range;
  return std::fmod(turns, 2.0) == 0.0 ? low + distance : high - distance;
}

/// The four weights of the cubic convolution (Keys 1981) with a = -0.75 at 0 <= x < 1.
std::array<double, kMostTaps> cubic_weights(double x) {
  constexpr double a = -0.75;
  const auto near = [](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto far = [](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  return {far(x + 1), near(x), near(1 - x), far(2 - x)};
}

class GridSample final : public Kernel {
 public:
  explicit GridSample(const Setup& setup)
      : mode_(sample_mode(setup.node.string_or("mode", "linear"))),
        padding_(sample_padding(setup.node.string_or("padding_mode", "zeros"))),
        align_corners_(setup.node.int_or("align_corners", 0) != 0) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), grid = in.required(1);
    with_real_type(x.type, [](auto) {});
    with_real_type(grid.type, [](auto) {});
    if (x.rank() < 3 || x.rank() > 2 + kMostDimensions || grid.rank() != x.rank() ||
        grid.shape[0] != x.shape[0] ||
        grid.shape.back() != static_cast<std::int64_t>(x.rank()) - 2) {
      refuse("Input and grid do not fit.");
    }
    Shape shape{x.shape[0], x.shape[1]};
    shape.insert(shape.end(), grid.shape.begin() + 1, grid.shape.end() - 1);
    if (element_count(shape) > 0 && x.size() == 0) refuse("There is nothing to sample from.");
    return {{x.type, shape}};
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) {
      with_real_type(call.inputs[1].type, [&]<typename G>(G) { run_typed<T, G>(call); });
    });
  }

 private:
  template <typename T, typename G>
  void run_typed(const Call& call) const {
    const TensorView x = call.inputs[0];
    const std::size_t dimensions = x.rank() - 2;
    const Dims space(x.shape.subspan(2));
    const std::int64_t planes = x.shape[1], in_size = space.size();
    const std::int64_t out_size = Dims(call.outputs[0].shape).product(2, x.rank());
    std::array<Taps, kMostDimensions> taps;
    for (std::int64_t n = 0; n < x.shape[0]; ++n) {
      for (std::int64_t i = 0; i < out_size; ++i) {
        const G* position =
            raw<G>(call.inputs[1]) + (n * out_size + i) * static_cast<std::int64_t>(dimensions);
        for (std::size_t d = 0; d < dimensions; ++d) {
          taps[d] = taps_at(static_cast<double>(position[dimensions - 1 - d]), space[d]);
        }
        for (std::int64_t c = 0; c < planes; ++c) {
          const T* plane = raw<T>(x) + (n * planes + c) * in_size;
          raw<T>(call.outputs[0])[(n * planes + c) * out_size + i] =
              static_cast<T>(interpolate(plane, space, taps, 0, 0));
        }
      }
    }
  }

  std::size_t tap_count() const {
    return mode_ == SampleMode::kNearest ? 1 : mode_ == SampleMode::kLinear ? 2 : 4;
  }

  Taps taps_at(double normalized, std::int64_t size) const {
    const auto length = static_cast<double>(size);
    const double low = align_corners_ ? 0.0 : -0.5,
                 high = align_corners_ ? length - 1 : length - 0.5;
    double x =
        align_corners_ ? (normalized + 1) / 2 * (length - 1) : ((normalized + 1) * length - 1) / 2;
    // A position that no integer holds lies outside anyway.
    x = x == x ? std::clamp(x, -1e15, 1e15) : -1e15;
    if (mode_ == SampleMode::kNearest) x = std::nearbyint(x);
    // A cubic treats each of its taps that lies outside, as PyTorch does, not the position.
    if (mode_ != SampleMode::kCubic && (x < low || x > high)) {
      if (padding_ == SamplePadding::kBorder) x = std::clamp(x, 0.0, length - 1);
      if (padding_ == SamplePadding::kReflection) x = reflect(x, low, high);
    }
    Taps taps;
    const double whole = std::floor(x), part = x - whole;
    const auto first = static_cast<std::int64_t>(whole);
    switch (mode_) {
      case SampleMode::kNearest:
        taps.index[0] = source(static_cast<std::int64_t>(x), size);
        taps.weight[0] = 1;
        break;
      case SampleMode::kLinear:
        taps.index = {source(first, size), source(first + 1, size)};
        taps.weight = {1 - part, part};
        break;
      case SampleMode::kCubic:
        for (std::size_t k = 0; k < kMostTaps; ++k) {
          taps.index[k] = source(first - 1 + static_cast<std::int64_t>(k), size);
        }
        taps.weight = cubic_weights(part);
        break;
    }
    return taps;
  }

  /// The element that stands for index i of a dimension, or -1.
  std::int64_t source(std::int64_t i, std::int64_t size) const {
    if (i >= 0 && i < size) return i;
    if (padding_ == SamplePadding::kZeros) return -1;
    if (padding_ == SamplePadding::kBorder) return std::clamp<std::int64_t>(i, 0, size - 1);
    const auto length = static_cast<double>(size);
    const double low = align_corners_ ? 0.0 : -0.5,
                 high = align_corners_ ? length - 1 : length - 0.5;
    return std::clamp<std::int64_t>(
        static_cast<std::int64_t>(reflect(static_cast<double>(i), low, high)), 0, size - 1);
  }

  /// Over dimension d and those below it; from: offset of what the dimensions above chose.
  template <typename T>
  double interpolate(const T* plane, const Dims& space,
                     const std::array<Taps, kMostDimensions>& taps, std::size_t d,
                     std::int64_t from) const {
    double sum = 0;
    for (std::size_t k = 0; k < tap_count(); ++k) {
      const std::int64_t index = taps[d].index[k];
      const double weight = taps[d].weight[k];
      if (index < 0 || weight == 0) continue;
      const std::int64_t at = from * space[d] + index;
      const double value = d + 1 == space.rank ? static_cast<double>(plane[at])
                                               : interpolate(plane, space, taps, d + 1, at);
      sum += weight * value;
    }
    return sum;
  }

  SampleMode mode_;
  SamplePadding padding_;
  bool align_corners_;
};

}  // namespace

std::unique_ptr<Kernel> grid_sample(const Setup& setup) {
  return std::make_unique<GridSample>(setup);
}

}  // namespace xquant::runtime::ops

#include "integer/kernels/sampler.h"

#include "runtime/ops/grid_taps.h"
#include "runtime/ops/roi_bins.h"
#include "runtime/ops/rotation.h"

namespace xquant::integer::kernels {
namespace {

using runtime::ops::Dims;

class GridSampler final : public Sampler {
 public:
  explicit GridSampler(const Node& node) : taps_(node) {}

  Shape result(const In& in) const override {
    return runtime::ops::GridTaps::result(in.x.shape, in.more[0].view.shape);
  }

  Groups groups(const In& in) const override {
    const std::size_t dimensions = in.x.rank() - 2;
    std::int64_t taps = 1;
    for (std::size_t d = 0; d < dimensions; ++d)
      taps *= static_cast<std::int64_t>(taps_.tap_count());
    return {in.x.shape[0], in.x.shape[1], Dims(in.x.shape).product(2, in.x.rank()),
            Dims(in.more[0].view.shape).product(1, dimensions + 1), taps};
  }

  std::int64_t first(const In& in, std::int64_t group) const override {
    return group * in.x.shape[1] * Dims(in.x.shape).product(2, in.x.rank());
  }

  void fill(const In& in, std::int64_t group, std::int64_t* index, double* weight) const override {
    const Groups g = groups(in);
    const std::size_t dimensions = in.x.rank() - 2;
    std::array<runtime::ops::SampleTaps, runtime::ops::kMostSampledDimensions> taps;
    for (std::int64_t o = 0; o < g.outputs; ++o) {
      const std::int64_t at = (group * g.outputs + o) * static_cast<std::int64_t>(dimensions);
      for (std::size_t d = 0; d < dimensions; ++d)
        taps[d] = taps_.taps_at(in.more[0].real(at + static_cast<std::int64_t>(dimensions - 1 - d)),
                                in.x.shape[d + 2]);
      for (std::int64_t k = 0; k < g.taps; ++k, ++index, ++weight) {
        *index = 0;
        *weight = 1;
        std::int64_t rest = k, step = 1;
        for (std::size_t d = dimensions; d-- > 0;) {
          const auto tap = static_cast<std::size_t>(rest) % taps_.tap_count();
          rest /= static_cast<std::int64_t>(taps_.tap_count());
          const std::int64_t place = taps[d].index[tap];
          *index = place < 0 || *index < 0 ? -1 : *index + place * step;
          *weight *= taps[d].weight[tap];
          step *= in.x.shape[d + 2];
        }
      }
    }
  }

 private:
  runtime::ops::GridTaps taps_;
};

/// Means of samples, whose number an attribute says.
class RoiSampler final : public Sampler {
 public:
  RoiSampler(const Node& node, std::int64_t opset) : bins_(node, opset) {}

  Shape result(const In& in) const override {
    const runtime::TensorView rois = in.more[0].view;
    runtime::ops::require_index(in.more[1].view);
    if (in.x.rank() != 4 || rois.rank() != 2 || rois.shape[1] != 4 ||
        in.more[1].view.size() != rois.shape[0])
      runtime::refuse("RoiAlign takes [N,C,H,W], [R,4] and [R].");
    Shape shape{rois.shape[0], in.x.shape[1], bins_.height, bins_.width};
    if (element_count(shape) > 0 && in.x.size() == 0)
      runtime::refuse("There is nothing to sample from.");
    return shape;
  }

  Groups groups(const In& in) const override {
    return {in.more[0].view.shape[0], in.x.shape[1], in.x.shape[2] * in.x.shape[3],
            bins_.height * bins_.width, 4 * bins_.ratio * bins_.ratio};
  }

  std::int64_t first(const In& in, std::int64_t group) const override {
    const std::int64_t image = runtime::ops::index_at(in.more[1].view, group, in.x.shape[0]);
    return image * in.x.shape[1] * in.x.shape[2] * in.x.shape[3];
  }

  void fill(const In& in, std::int64_t group, std::int64_t* index, double* weight) const override {
    float roi[4];
    for (std::int64_t i = 0; i < 4; ++i)
      roi[i] = static_cast<float>(in.more[0].real(group * 4 + i));
    const runtime::ops::RoiExtent down = bins_.extent(roi[1], roi[3], bins_.height);
    const runtime::ops::RoiExtent across = bins_.extent(roi[0], roi[2], bins_.width);
    for (std::int64_t bin = 0; bin < bins_.height * bins_.width; ++bin) {
      for (std::int64_t s = 0; s < bins_.ratio * bins_.ratio; ++s, index += 4, weight += 4) {
        weigh(in, down.sample(bin / bins_.width, s / bins_.ratio),
              across.sample(bin % bins_.width, s % bins_.ratio), index, weight);
      }
    }
  }

 private:
  void weigh(const In& in, double y, double x, std::int64_t* index, double* weight) const {
    const std::int64_t height = in.x.shape[2], width = in.x.shape[3];
    const bool is_inside =
        y >= -1 && y <= static_cast<double>(height) && x >= -1 && x <= static_cast<double>(width);
    const auto rows = runtime::ops::roi_neighbours(y, height);
    const auto columns = runtime::ops::roi_neighbours(x, width);
    const auto samples = static_cast<double>(bins_.ratio * bins_.ratio);
    for (std::size_t corner = 0; corner < 4; ++corner) {
      const bool below = corner / 2 == 1, right = corner % 2 == 1;
      const std::int64_t row = below ? rows.high : rows.low;
      index[corner] = is_inside ? row * width + (right ? columns.high : columns.low) : -1;
      weight[corner] =
          (below ? rows.part : 1 - rows.part) * (right ? columns.part : 1 - columns.part) / samples;
    }
  }

  runtime::ops::RoiBins bins_;
};

class RotarySampler final : public Sampler {
 public:
  explicit RotarySampler(const Node& node) : rotation_(node) {}

  Shape result(const In& in) const override {
    rotation_.require_tables(operands_of(in));
    return in.x.shape_copy();
  }

  Groups groups(const In& in) const override { return {1, 1, in.x.size(), in.x.size(), 2}; }
  std::int64_t first(const In&, std::int64_t) const override { return 0; }

  void fill(const In& in, std::int64_t, std::int64_t* index, double* weight) const override {
    const auto set = [&](std::int64_t o, std::int64_t a, double of_a, std::int64_t b, double of_b) {
      index[2 * o] = a;
      index[2 * o + 1] = b;
      weight[2 * o] = of_a;
      weight[2 * o + 1] = of_b;
    };
    rotation_.for_each(
        operands_of(in),
        [&](std::int64_t a, std::int64_t b, std::int64_t k) {
          const double cosine = in.more[0].real(k), sine = in.more[1].real(k);
          set(a, a, cosine, b, -sine);
          set(b, a, sine, b, cosine);
        },
        [&](std::int64_t from, std::int64_t until) {
          for (std::int64_t i = from; i < until; ++i) set(i, i, 1, -1, 0);
        });
  }

 private:
  static runtime::ops::Rotation::In operands_of(const In& in) {
    return {in.x.shape, in.more[0].view, in.more[1].view, in.more[2].view};
  }

  runtime::ops::Rotation rotation_;
};

}  // namespace

double SampleOperand::real(std::int64_t i) const {
  const auto at = static_cast<std::size_t>(i);
  if (view.type == DataType::kFloat) return static_cast<double>(view.as<float>()[at]);
  float value = 0;
  xq_dequantize(static_cast<const std::byte*>(view.data) + at * xq_type_size(quant.type), 1, &quant,
                &value);
  return static_cast<double>(value);
}

std::unique_ptr<Sampler> sampler_of(const Node& node, std::int64_t opset) {
  if (node.op_type == "GridSample") return std::make_unique<GridSampler>(node);
  if (node.op_type == "RoiAlign") return std::make_unique<RoiSampler>(node, opset);
  return std::make_unique<RotarySampler>(node);
}

}  // namespace xquant::integer::kernels

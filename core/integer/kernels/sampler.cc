#include "integer/kernels/sampler.h"

#include <algorithm>

#include "runtime/ops/grid_taps.h"
#include "runtime/ops/pool_bins.h"
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
            Dims(in.more[0].view.shape).product(1, dimensions + 1),
            Dims(in.more[0].view.shape).product(1, dimensions + 1) * taps};
  }

  std::int64_t first(const In& in, std::int64_t group) const override {
    return group * in.x.shape[1] * Dims(in.x.shape).product(2, in.x.rank());
  }

  void fill(const In& in, std::int64_t group, SampleWriter& samples) const override {
    const Groups g = groups(in);
    const std::size_t dimensions = in.x.rank() - 2;
    std::array<runtime::ops::SampleTaps, runtime::ops::kMostSampledDimensions> taps;
    for (std::int64_t o = 0; o < g.outputs; ++o) {
      const std::int64_t at = (group * g.outputs + o) * static_cast<std::int64_t>(dimensions);
      for (std::size_t d = 0; d < dimensions; ++d)
        taps[d] = taps_.taps_at(in.more[0].real(at + static_cast<std::int64_t>(dimensions - 1 - d)),
                                in.x.shape[d + 2]);
      add_taps(in, taps, 0, 0, 1, samples);
      samples.end_output();
    }
  }

 private:
  using AllTaps = std::array<runtime::ops::SampleTaps, runtime::ops::kMostSampledDimensions>;

  /// Of dimension d and those below it; from and weight: what the dimensions above chose.
  void add_taps(const In& in, const AllTaps& taps, std::size_t d, std::int64_t from, double weight,
                SampleWriter& samples) const {
    if (d + 2 == in.x.rank()) return samples.add(from, weight);
    for (std::size_t k = 0; k < taps_.tap_count(); ++k) {
      if (taps[d].index[k] < 0) continue;
      add_taps(in, taps, d + 1, from * in.x.shape[d + 2] + taps[d].index[k],
               weight * taps[d].weight[k], samples);
    }
  }

  runtime::ops::GridTaps taps_;
};

/// Means of samples, or the largest of their weighted corners.
class RoiSampler final : public Sampler {
 public:
  RoiSampler(const Node& node, std::int64_t opset)
      : bins_(node, opset), largest_(node.string_or("mode", "avg") == "max") {}

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
    const std::int64_t outputs = bins_.height * bins_.width;
    const std::int64_t corners =
        4 * inside(bins_.height, in.x.shape[2]) * inside(bins_.width, in.x.shape[3]);
    return {in.more[0].view.shape[0], in.x.shape[1], in.x.shape[2] * in.x.shape[3], outputs,
            corners + outputs};
  }

  std::int64_t first(const In& in, std::int64_t group) const override {
    const std::int64_t image = runtime::ops::index_at(in.more[1].view, group, in.x.shape[0]);
    return image * in.x.shape[1] * in.x.shape[2] * in.x.shape[3];
  }

  void fill(const In& in, std::int64_t group, SampleWriter& samples) const override {
    float roi[4];
    for (std::int64_t i = 0; i < 4; ++i)
      roi[i] = static_cast<float>(in.more[0].real(group * 4 + i));
    const runtime::ops::RoiExtent down = bins_.extent(roi[1], roi[3], bins_.height);
    const runtime::ops::RoiExtent across = bins_.extent(roi[0], roi[2], bins_.width);
    for (std::int64_t bin = 0; bin < bins_.height * bins_.width; ++bin) {
      add_bin(in, down, bin / bins_.width, across, bin % bins_.width, samples);
      samples.end_output();
    }
  }

  bool takes_largest() const override { return largest_; }

 private:
  /// Samples of all bins along a dimension that lie inside: so many each, or neighbours half an
  /// element apart at least.
  std::int64_t inside(std::int64_t bins, std::int64_t size) const {
    return bins_.ratio > 0 ? bins * bins_.ratio : bins + 2 * size + 4;
  }

  static bool is_inside(double position, std::int64_t size) {
    return position >= -1 && position <= static_cast<double>(size);
  }

  void add_bin(const In& in, const runtime::ops::RoiExtent& down, std::int64_t row,
               const runtime::ops::RoiExtent& across, std::int64_t column,
               SampleWriter& samples) const {
    const std::int64_t height = in.x.shape[2], width = in.x.shape[3];
    const double count =
        largest_ ? 1.0
                 : static_cast<double>(std::max<std::int64_t>(down.samples * across.samples, 1));
    bool leaves = false;
    for (std::int64_t a = 0; a < down.samples; ++a) {
      const double y = down.sample(row, a);
      if (!is_inside(y, height)) {
        leaves = true;
        continue;
      }
      const auto rows = runtime::ops::roi_neighbours(y, height);
      for (std::int64_t b = 0; b < across.samples; ++b) {
        const double x = across.sample(column, b);
        if (!is_inside(x, width)) {
          leaves = true;
          continue;
        }
        const auto columns = runtime::ops::roi_neighbours(x, width);
        const std::int64_t upper = rows.low * width, lower = rows.high * width;
        samples.add(upper + columns.low, (1 - rows.part) * (1 - columns.part) / count);
        samples.add(upper + columns.high, (1 - rows.part) * columns.part / count);
        samples.add(lower + columns.low, rows.part * (1 - columns.part) / count);
        samples.add(lower + columns.high, rows.part * columns.part / count);
      }
    }
    if (leaves && largest_) samples.add(0, 0);  // what lies outside is 0
  }

  runtime::ops::RoiBins bins_;
  bool largest_;
};

/// The largest element of each bin.
class PoolSampler final : public Sampler {
 public:
  explicit PoolSampler(const Node& node) : bins_(node) {}

  Shape result(const In& in) const override {
    return bins_.result(in.x.shape, in.more[0].view.shape);
  }

  /// Neighbouring bins share an element at most at each end.
  Groups groups(const In& in) const override {
    return {in.more[0].view.shape[0], in.x.shape[1], in.x.shape[2] * in.x.shape[3],
            bins_.height() * bins_.width(),
            (in.x.shape[2] + 2 * bins_.height()) * (in.x.shape[3] + 2 * bins_.width())};
  }

  std::int64_t first(const In& in, std::int64_t group) const override {
    const std::int64_t image =
        runtime::ops::PoolBins::image(in.more[0].real(group * 5), in.x.shape[0]);
    return image * in.x.shape[1] * in.x.shape[2] * in.x.shape[3];
  }

  void fill(const In& in, std::int64_t group, SampleWriter& samples) const override {
    float roi[5];
    for (std::int64_t i = 0; i < 5; ++i)
      roi[i] = static_cast<float>(in.more[0].real(group * 5 + i));
    const auto down = bins_.extent(roi[2], roi[4], bins_.height(), in.x.shape[2]);
    const auto across = bins_.extent(roi[1], roi[3], bins_.width(), in.x.shape[3]);
    for (std::int64_t bin = 0; bin < bins_.height() * bins_.width(); ++bin) {
      const auto rows = down.at(bin / bins_.width()), columns = across.at(bin % bins_.width());
      for (std::int64_t y = rows.begin; y < rows.end; ++y) {
        for (std::int64_t x = columns.begin; x < columns.end; ++x)
          samples.add(y * in.x.shape[3] + x, 1);
      }
      samples.end_output();
    }
  }

  bool takes_largest() const override { return true; }

 private:
  runtime::ops::PoolBins bins_;
};

class RotarySampler final : public Sampler {
 public:
  explicit RotarySampler(const Node& node) : rotation_(node) {}

  Shape result(const In& in) const override {
    rotation_.require_tables(operands_of(in));
    return in.x.shape_copy();
  }

  Groups groups(const In& in) const override {
    return {1, 1, in.x.size(), in.x.size(), 2 * in.x.size()};
  }
  std::int64_t first(const In&, std::int64_t) const override { return 0; }

  /// Pairs are not in the order of their elements, so that each output has two samples.
  void fill(const In& in, std::int64_t, SampleWriter& samples) const override {
    samples.resize(in.x.size(), 2);
    rotation_.for_each(
        operands_of(in),
        [&](std::int64_t a, std::int64_t b, std::int64_t k) {
          const double cosine = in.more[0].real(k), sine = in.more[1].real(k);
          samples.set(2 * a, a, cosine);
          samples.set(2 * a + 1, b, -sine);
          samples.set(2 * b, a, sine);
          samples.set(2 * b + 1, b, cosine);
        },
        [&](std::int64_t from, std::int64_t until) {
          for (std::int64_t i = from; i < until; ++i) {
            samples.set(2 * i, i, 1);
            samples.set(2 * i + 1, i, 0);
          }
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
  if (!(quant.scale > 0)) runtime::ops::require_type(view, DataType::kFloat);  // no codes either
  float value = 0;
  xq_dequantize(static_cast<const std::byte*>(view.data) + at * xq_type_size(quant.type), 1, &quant,
                &value);
  return static_cast<double>(value);
}

std::unique_ptr<Sampler> sampler_of(const Node& node, std::int64_t opset) {
  if (node.op_type == "GridSample") return std::make_unique<GridSampler>(node);
  if (node.op_type == "MaxRoiPool") return std::make_unique<PoolSampler>(node);
  if (node.op_type == "RoiAlign") return std::make_unique<RoiSampler>(node, opset);
  return std::make_unique<RotarySampler>(node);
}

}  // namespace xquant::integer::kernels

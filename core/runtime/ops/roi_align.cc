// RoiAlign (He et al. 2017, Mask R-CNN): each bin of a region is the mean or the largest of samples
// taken by bilinear interpolation. Version 10 does not shift by half a pixel; since 16 the
// attribute coordinate_transformation_mode says so.

#include "runtime/ops/roi_bins.h"

namespace xquant::runtime::ops {
namespace {

class RoiAlign final : public Kernel {
 public:
  explicit RoiAlign(const Setup& setup)
      : bins_(setup.node, setup.opset), largest_(setup.node.string_or("mode", "avg") == "max") {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), rois = in.required(1), batches = in.required(2);
    with_real_type(x.type, [](auto) {});
    require_type(rois, x.type);
    require_index(batches);
    if (x.rank() != 4 || rois.rank() != 2 || rois.shape[1] != 4 ||
        batches.size() != rois.shape[0]) {
      refuse("RoiAlign takes [N,C,H,W], [R,4] and [R].");
    }
    return {{x.type, {rois.shape[0], x.shape[1], bins_.height, bins_.width}}};
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  template <typename T>
  void run_typed(const Call& call) const {
    const TensorView x = call.inputs[0], rois = call.inputs[1];
    T* out = raw<T>(call.outputs[0]);
    if (x.size() == 0 && call.outputs[0].size() > 0) refuse("There is nothing to sample from.");
    for (std::int64_t r = 0; r < rois.shape[0]; ++r) {
      const T* roi = raw<T>(rois) + r * 4;
      const RoiExtent down = bins_.extent(roi[1], roi[3], bins_.height);
      const RoiExtent across = bins_.extent(roi[0], roi[2], bins_.width);
      const std::int64_t batch = index_at(call.inputs[2], r, x.shape[0]);
      for (std::int64_t c = 0; c < x.shape[1]; ++c) {
        const T* plane = raw<T>(x) + (batch * x.shape[1] + c) * x.shape[2] * x.shape[3];
        for (std::int64_t i = 0; i < bins_.height; ++i) {
          for (std::int64_t j = 0; j < bins_.width; ++j) {
            *out++ = static_cast<T>(bin(plane, x, down, across, i, j));
          }
        }
      }
    }
  }

  template <typename T>
  double bin(const T* plane, const TensorView& x, const RoiExtent& down, const RoiExtent& across,
             std::int64_t i, std::int64_t j) const {
    double sum = 0, best = 0;
    bool any = false;
    for (std::int64_t a = 0; a < down.samples; ++a) {
      for (std::int64_t b = 0; b < across.samples; ++b) {
        const double y = down.sample(i, a), z = across.sample(j, b);
        double corners[4] = {0, 0, 0, 0};
        if (y >= -1 && y <= static_cast<double>(x.shape[2]) && z >= -1 &&
            z <= static_cast<double>(x.shape[3])) {
          weigh_corners(plane, x.shape[3], roi_neighbours(y, x.shape[2]),
                        roi_neighbours(z, x.shape[3]), corners);
        }
        sum += corners[0] + corners[1] + corners[2] + corners[3];
        // The standard takes the largest weighted corner, not the largest interpolated sample.
        for (const double corner : corners)
          best = any ? std::max(best, corner) : corner, any = true;
      }
    }
    if (largest_) return best;
    return sum / static_cast<double>(std::max<std::int64_t>(down.samples * across.samples, 1));
  }

  template <typename T>
  static void weigh_corners(const T* plane, std::int64_t width, const RoiNeighbours& y,
                            const RoiNeighbours& x, double* corners) {
    const auto at = [&](std::int64_t row, std::int64_t column) {
      return static_cast<double>(plane[row * width + column]);
    };
    corners[0] = (1 - y.part) * (1 - x.part) * at(y.low, x.low);
    corners[1] = (1 - y.part) * x.part * at(y.low, x.high);
    corners[2] = y.part * (1 - x.part) * at(y.high, x.low);
    corners[3] = y.part * x.part * at(y.high, x.high);
  }

  RoiBins bins_;
  bool largest_;
};

}  // namespace

std::unique_ptr<Kernel> roi_align(const Setup& setup) { return std::make_unique<RoiAlign>(setup); }

}  // namespace xquant::runtime::ops

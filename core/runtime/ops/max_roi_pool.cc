// MaxRoiPool (Girshick 2015, Fast R-CNN): the largest element of each bin of a region
// [batch, x1, y1, x2, y2]; 0 for an empty bin.

#include "runtime/ops/pool_bins.h"

namespace xquant::runtime::ops {
namespace {

class MaxRoiPool final : public Kernel {
 public:
  explicit MaxRoiPool(const Setup& setup) : bins_(setup.node) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), rois = in.required(1);
    with_real_type(x.type, [](auto) {});
    require_type(rois, x.type);
    return {{x.type, bins_.result(x.shape, rois.shape)}};
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  template <typename T>
  void run_typed(const Call& call) const {
    const TensorView x = call.inputs[0], rois = call.inputs[1];
    T* out = raw<T>(call.outputs[0]);
    for (std::int64_t r = 0; r < rois.shape[0]; ++r) {
      const T* roi = raw<T>(rois) + r * 5;
      const std::int64_t batch = PoolBins::image(roi[0], x.shape[0]);
      const PoolExtent down = bins_.extent(roi[2], roi[4], bins_.height(), x.shape[2]);
      const PoolExtent across = bins_.extent(roi[1], roi[3], bins_.width(), x.shape[3]);
      for (std::int64_t c = 0; c < x.shape[1]; ++c) {
        const T* plane = raw<T>(x) + (batch * x.shape[1] + c) * x.shape[2] * x.shape[3];
        for (std::int64_t i = 0; i < bins_.height(); ++i) {
          for (std::int64_t j = 0; j < bins_.width(); ++j) {
            *out++ = largest(plane, x.shape[3], down.at(i), across.at(j));
          }
        }
      }
    }
  }

  template <typename T>
  static T largest(const T* plane, std::int64_t width, const PoolBin& rows,
                   const PoolBin& columns) {
    if (rows.begin >= rows.end || columns.begin >= columns.end) return T(0);
    T best = plane[rows.begin * width + columns.begin];
    for (std::int64_t y = rows.begin; y < rows.end; ++y) {
      for (std::int64_t x = columns.begin; x < columns.end; ++x) {
        best = std::max(best, plane[y * width + x]);
      }
    }
    return best;
  }

  PoolBins bins_;
};

}  // namespace

std::unique_ptr<Kernel> max_roi_pool(const Setup& setup) {
  return std::make_unique<MaxRoiPool>(setup);
}

}  // namespace xquant::runtime::ops

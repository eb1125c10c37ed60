// MaxRoiPool (Girshick 2015, Fast R-CNN): the largest element of each bin of a region
// [batch, x1, y1, x2, y2]; 0 for an empty bin.

#include <algorithm>
#include <cmath>

#include "runtime/ops/common.h"

namespace xquant::runtime::ops {
namespace {

/// The elements [begin, end) of one dimension.
struct Bin {
  std::int64_t begin, end;
};

/// One dimension of a region, in whole elements.
struct Extent {
  std::int64_t start, bins, limit;
  double bin;
  Bin at(std::int64_t i) const {
    const auto index = static_cast<double>(i);
    const auto begin = static_cast<std::int64_t>(std::floor(index * bin)) + start;
    const auto end = static_cast<std::int64_t>(std::ceil((index + 1) * bin)) + start;
    return {std::clamp<std::int64_t>(begin, 0, limit), std::clamp<std::int64_t>(end, 0, limit)};
  }
};

/// Halves away from zero.
std::int64_t rounded(double value) {
  if (!(std::fabs(value) < 1e9)) refuse("A region lies too far outside.");
  return static_cast<std::int64_t>(value < 0 ? std::ceil(value - 0.5) : std::floor(value + 0.5));
}

class MaxRoiPool final : public Kernel {
 public:
  explicit MaxRoiPool(const Setup& setup)
      : pooled_(setup.node.ints_or("pooled_shape", {})),
        scale_(setup.node.float_or("spatial_scale", 1.0f)) {
    if (pooled_.size() != 2 || pooled_[0] < 1 || pooled_[1] < 1) {
      refuse("pooled_shape has to be two positive numbers.");
    }
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), rois = in.required(1);
    with_real_type(x.type, [](auto) {});
    require_type(rois, x.type);
    if (x.rank() != 4 || rois.rank() != 2 || rois.shape[1] != 5) {
      refuse("MaxRoiPool takes [N,C,H,W] and [R,5].");
    }
    return {{x.type, {rois.shape[0], x.shape[1], pooled_[0], pooled_[1]}}};
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
      if (!(roi[0] >= 0 && roi[0] < static_cast<T>(x.shape[0]))) {
        refuse("A region names a sample that is not there.");
      }
      const auto batch = static_cast<std::int64_t>(roi[0]);
      const Extent down = extent(roi[2], roi[4], pooled_[0], x.shape[2]);
      const Extent across = extent(roi[1], roi[3], pooled_[1], x.shape[3]);
      for (std::int64_t c = 0; c < x.shape[1]; ++c) {
        const T* plane = raw<T>(x) + (batch * x.shape[1] + c) * x.shape[2] * x.shape[3];
        for (std::int64_t i = 0; i < pooled_[0]; ++i) {
          for (std::int64_t j = 0; j < pooled_[1]; ++j) {
            *out++ = largest(plane, x.shape[3], down.at(i), across.at(j));
          }
        }
      }
    }
  }

  template <typename T>
  Extent extent(T from, T to, std::int64_t bins, std::int64_t limit) const {
    const std::int64_t start = rounded(static_cast<double>(from * static_cast<T>(scale_)));
    const std::int64_t end = rounded(static_cast<double>(to * static_cast<T>(scale_)));
    const auto length = static_cast<double>(std::max<std::int64_t>(end - start + 1, 1));
    return {start, bins, limit, length / static_cast<double>(bins)};
  }

  template <typename T>
  static T largest(const T* plane, std::int64_t width, const Bin& rows, const Bin& columns) {
    if (rows.begin >= rows.end || columns.begin >= columns.end) return T(0);
    T best = plane[rows.begin * width + columns.begin];
    for (std::int64_t y = rows.begin; y < rows.end; ++y) {
      for (std::int64_t x = columns.begin; x < columns.end; ++x) {
        best = std::max(best, plane[y * width + x]);
      }
    }
    return best;
  }

  std::vector<std::int64_t> pooled_;
  float scale_;
};

}  // namespace

std::unique_ptr<Kernel> max_roi_pool(const Setup& setup) {
  return std::make_unique<MaxRoiPool>(setup);
}

}  // namespace xquant::runtime::ops

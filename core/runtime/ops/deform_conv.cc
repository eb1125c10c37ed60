// DeformConv (Dai et al. 2017, Zhu et al. 2019): a 2-D convolution whose taps are moved by offsets
// and weighed by a mask; taps between elements are interpolated, those outside are zero. Sums run
// over (input channel, kernel position) in that order; the bias is added last.

#include <algorithm>
#include <cmath>

#include "runtime/gemm/gemm.h"
#include "runtime/gemm/tile.h"
#include "runtime/ops/window.h"

namespace xquant::runtime::ops {
namespace {

/// Bilinear; elements outside are zero.
template <typename T>
T sample(const T* plane, std::int64_t height, std::int64_t width, double y, double x) {
  if (!(y > -1 && y < static_cast<double>(height) && x > -1 && x < static_cast<double>(width))) {
    return T(0);
  }
  const double top = std::floor(y), left = std::floor(x);
  const auto row = static_cast<std::int64_t>(top), column = static_cast<std::int64_t>(left);
  const auto at = [&](std::int64_t i, std::int64_t j) {
    const bool inside = i >= 0 && i < height && j >= 0 && j < width;
    return inside ? static_cast<double>(plane[i * width + j]) : 0.0;
  };
  const double down = y - top, right = x - left;
  const double upper = at(row, column) * (1 - right) + at(row, column + 1) * right;
  const double lower = at(row + 1, column) * (1 - right) + at(row + 1, column + 1) * right;
  return static_cast<T>(upper * (1 - down) + lower * down);
}

/// The moved and weighed taps of one image.
template <typename T>
class DeformedTaps {
 public:
  DeformedTaps(const Operands& in, const Window& w, std::int64_t offset_groups, std::int64_t image)
      : w_(w),
        channels_per_offset_(in[0].shape[1] / offset_groups),
        image_(raw<T>(in[0]) + image * in[0].shape[1] * w.in_size()),
        offsets_(raw<T>(in[2]) + image * offset_groups * w.kernel_size() * 2 * w.out_size()),
        mask_(in.has(4) ? raw<T>(in[4]) + image * offset_groups * w.kernel_size() * w.out_size()
                        : nullptr) {}

  /// Tap k (channel after first_channel, then kernel position) at outputs [begin, begin + count).
  void row(std::int64_t first_channel, std::int64_t k, std::int64_t begin, std::int64_t count,
           T* to) const {
    const std::int64_t channel = first_channel + k / w_.kernel_size(), tap = k % w_.kernel_size();
    const T* plane = image_ + channel * w_.in_size();
    const std::int64_t entry = channel / channels_per_offset_ * w_.kernel_size() + tap;
    const T* down = offsets_ + entry * 2 * w_.out_size();
    const T* across = down + w_.out_size();
    for (std::int64_t at = begin; at < begin + count; ++at) {
      const std::int64_t y =
          at / w_.out[2] * w_.stride[1] - w_.pad_begin[1] + tap / w_.kernel[2] * w_.dilation[1];
      const std::int64_t x =
          at % w_.out[2] * w_.stride[2] - w_.pad_begin[2] + tap % w_.kernel[2] * w_.dilation[2];
      const T value =
          sample(plane, w_.in[1], w_.in[2], static_cast<double>(y) + static_cast<double>(down[at]),
                 static_cast<double>(x) + static_cast<double>(across[at]));
      *to++ = mask_ == nullptr ? value : value * mask_[entry * w_.out_size() + at];
    }
  }

 private:
  const Window& w_;
  std::int64_t channels_per_offset_;
  const T *image_, *offsets_, *mask_;
};

/// The taps of one image and group as the right-hand side of a product: row k is a tap (channel,
/// then kernel position), column j an output position.
class DeformedPanels final : public gemm::PanelSource {
 public:
  DeformedPanels(const DeformedTaps<float>& taps, std::int64_t first_channel)
      : taps_(taps), first_channel_(first_channel) {}
  void pack(std::size_t k0, std::size_t kc, std::size_t j0, std::size_t columns,
            float* panel) const override {
    const std::size_t width = gemm::tile_columns();
    for (std::size_t k = k0; k < k0 + kc; ++k, panel += width) {
      taps_.row(first_channel_, static_cast<std::int64_t>(k), static_cast<std::int64_t>(j0),
                static_cast<std::int64_t>(columns), panel);
      std::fill(panel + columns, panel + width, 0.0f);
    }
  }

 private:
  const DeformedTaps<float>& taps_;
  std::int64_t first_channel_;
};

class DeformConv final : public Kernel {
 public:
  explicit DeformConv(const Setup& setup)
      : attributes_(setup.node),
        groups_(setup.node.int_or("group", 1)),
        offset_groups_(setup.node.int_or("offset_group", 1)) {
    if (groups_ < 1 || offset_groups_ < 1) refuse("group and offset_group have to be positive.");
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), weights = in.required(1), offset = in.required(2);
    with_real_type(x.type, [](auto) {});
    for (std::size_t i = 1; i < 5; ++i) {
      if (in.has(i)) require_type(in[i], x.type);
    }
    if (x.rank() != 4 || weights.rank() != 4) refuse("Two spatial dimensions are supported.");
    if (x.shape[1] != weights.shape[1] * groups_ || weights.shape[0] % groups_ != 0 ||
        x.shape[1] % offset_groups_ != 0) {
      refuse("The channels do not fit group and offset_group.");
    }
    const Window w = window_of(in);
    const Shape positions{x.shape[0], offset_groups_ * w.kernel_size(), w.out[1], w.out[2]};
    Shape offsets = positions;
    offsets[1] *= 2;
    if (offset.shape_copy() != offsets || (in.has(4) && in[4].shape_copy() != positions)) {
      refuse("The offsets or the mask do not fit the result.");
    }
    if (in.has(3) && in[3].size() != weights.shape[0]) refuse("The bias does not fit.");
    return {{x.type, window_result(x.shape, weights.shape[0], w)}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    if (in[0].type != DataType::kFloat) return 0;
    const Window w = window_of(in);
    const auto n = static_cast<std::size_t>(w.out_size());
    const auto k = static_cast<std::size_t>(in[1].shape[1] * w.kernel_size());
    return packing_bytes(in[1]) + gemm::scratch_floats(n, k) * sizeof(float);
  }

  void run(const Call& call) const override {
    const Window w = window_of(call.inputs);
    for (std::int64_t n = 0; n < call.inputs[0].shape[0]; ++n) {
      if (call.inputs[0].type == DataType::kFloat) {
        run_products(call, w, n);
      } else {
        run_plain<double>(call, w, n);
      }
    }
  }

 private:
  Window window_of(const Operands& in) const {
    return attributes_.at(in[0].shape, in[1].shape.subspan(2));
  }

  /// Weights of one group as panels.
  std::size_t packing_bytes(const TensorView& weights) const {
    return align_up(weights.byte_count() / static_cast<std::size_t>(groups_));
  }

  void run_products(const Call& call, const Window& w, std::int64_t image) const {
    const TensorView weights = call.inputs[1];
    const auto m = static_cast<std::size_t>(weights.shape[0] / groups_);
    const auto n = static_cast<std::size_t>(w.out_size());
    const auto k = static_cast<std::size_t>(weights.shape[1] * w.kernel_size());
    auto* const packed = reinterpret_cast<float*>(call.scratch.data());
    const std::span<std::byte> rest = call.scratch.subspan(packing_bytes(weights));
    const std::span<float> scratch(reinterpret_cast<float*>(rest.data()),
                                   rest.size() / sizeof(float));
    const DeformedTaps<float> taps(call.inputs, w, offset_groups_, image);
    float* out = raw<float>(call.outputs[0]) + image * weights.shape[0] * w.out_size();
    for (std::size_t g = 0; g < static_cast<std::size_t>(groups_); ++g, out += m * n) {
      gemm::pack_rows({raw<float>(weights) + g * m * k, m, k, k, 1}, packed);
      const float* bias = call.inputs.has(3) ? raw<float>(call.inputs[3]) + g * m : nullptr;
      const DeformedPanels panels(taps, static_cast<std::int64_t>(g) * weights.shape[1]);
      gemm::multiply({m, n, k, packed, out, n, bias}, panels, scratch);
    }
  }

  template <typename T>
  void run_plain(const Call& call, const Window& w, std::int64_t image) const {
    const TensorView weights = call.inputs[1];
    const std::int64_t outs = weights.shape[0], count = weights.shape[1] * w.kernel_size();
    const DeformedTaps<T> taps(call.inputs, w, offset_groups_, image);
    T* out = raw<T>(call.outputs[0]) + image * outs * w.out_size();
    for (std::int64_t o = 0; o < outs; ++o) {
      const std::int64_t first_channel = o / (outs / groups_) * weights.shape[1];
      for (std::int64_t at = 0; at < w.out_size(); ++at) {
        T sum = 0;
        for (std::int64_t k = 0; k < count; ++k) {
          T tap = 0;
          taps.row(first_channel, k, at, 1, &tap);
          sum += raw<T>(weights)[o * count + k] * tap;
        }
        *out++ = call.inputs.has(3) ? sum + raw<T>(call.inputs[3])[o] : sum;
      }
    }
  }

  WindowAttributes attributes_;
  std::int64_t groups_, offset_groups_;
};

}  // namespace

std::unique_ptr<Kernel> deform_conv(const Setup& setup) {
  return std::make_unique<DeformConv>(setup);
}

}  // namespace xquant::runtime::ops

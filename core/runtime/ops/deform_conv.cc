// DeformConv (Dai et al. 2017, Zhu et al. 2019): a 2-D convolution whose taps are moved by offsets
// and weighed by a mask; taps between elements are interpolated, those outside are zero. Sums run
// over (input channel, kernel position) in that order; the bias is added last.

#include <cmath>

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
    return static_cast<std::size_t>(in[0].shape[1] * window_of(in).kernel_size()) * sizeof(double);
  }

  void run(const Call& call) const override {
    with_real_type(call.inputs[0].type, [&]<typename T>(T) { run_typed<T>(call); });
  }

 private:
  Window window_of(const Operands& in) const {
    return attributes_.at(in[0].shape, in[1].shape.subspan(2));
  }

  template <typename T>
  void run_typed(const Call& call) const {
    const Operands& in = call.inputs;
    const Window w = window_of(in);
    const std::int64_t outs = in[1].shape[0], per_group = outs / groups_;
    const std::int64_t taps = in[1].shape[1] * w.kernel_size();
    auto* column = reinterpret_cast<T*>(call.scratch.data());
    for (std::int64_t n = 0; n < in[0].shape[0]; ++n) {
      T* image = raw<T>(call.outputs[0]) + n * outs * w.out_size();
      for (std::int64_t at = 0; at < w.out_size(); ++at) {
        gather<T>(in, w, n, at, column);
        for (std::int64_t o = 0; o < outs; ++o) {
          const T* weights = raw<T>(in[1]) + o * taps;
          const T* values = column + o / per_group * taps;
          T sum = 0;
          for (std::int64_t k = 0; k < taps; ++k) sum += weights[k] * values[k];
          image[o * w.out_size() + at] = in.has(3) ? sum + raw<T>(in[3])[o] : sum;
        }
      }
    }
  }

  /// The moved and weighed taps of one output position, [input channel][kernel position].
  template <typename T>
  void gather(const Operands& in, const Window& w, std::int64_t n, std::int64_t at,
              T* column) const {
    const TensorView x = in[0];
    const std::int64_t kernel = w.kernel_size(), channels = x.shape[1];
    const double top = static_cast<double>(at / w.out[2] * w.stride[1] - w.pad_begin[1]);
    const double left = static_cast<double>(at % w.out[2] * w.stride[2] - w.pad_begin[2]);
    for (std::int64_t c = 0; c < channels; ++c) {
      const T* plane = raw<T>(x) + (n * channels + c) * w.in_size();
      const std::int64_t group = n * offset_groups_ + c / (channels / offset_groups_);
      for (std::int64_t k = 0; k < kernel; ++k) {
        const T* offset = raw<T>(in[2]) + (group * kernel + k) * 2 * w.out_size() + at;
        const double y = top + static_cast<double>(k / w.kernel[2] * w.dilation[1]) +
                         static_cast<double>(offset[0]);
        const double z = left + static_cast<double>(k % w.kernel[2] * w.dilation[2]) +
                         static_cast<double>(offset[w.out_size()]);
        const T value = sample(plane, w.in[1], w.in[2], y, z);
        *column++ =
            in.has(4) ? value * raw<T>(in[4])[(group * kernel + k) * w.out_size() + at] : value;
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

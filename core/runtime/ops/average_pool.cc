// AveragePool. Sums are made in double, in row-major order, and rounded once.

#include <algorithm>

#include "runtime/ops/window_walk.h"

namespace xquant::runtime::ops {
namespace {

class AveragePool final : public Kernel {
 public:
  explicit AveragePool(const Setup& setup)
      : attributes_(setup.node), count_padding_(setup.node.int_or("count_include_pad", 0) != 0) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    with_real_type(x.type, [](auto) {});
    const Window w = attributes_.at(x.shape, {});
    return {{x.type, window_result(x.shape, x.shape[1], w)}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    return static_cast<std::size_t>(attributes_.at(in[0].shape, {}).out[2]) * sizeof(double);
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Window w = attributes_.at(x.shape, {});
    auto* const sums = reinterpret_cast<double*>(call.scratch.data());
    with_real_type(x.type, [&]<typename T>(T) {
      T* y = raw<T>(call.outputs[0]);
      for (std::int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane, y += w.out_size()) {
        average_plane(w, raw<T>(x) + plane * w.in_size(), sums, y);
      }
    });
  }

 private:
  /// Row by row, one kernel entry after the other across the row.
  template <typename T>
  void average_plane(const Window& w, const T* from, double* sums, T* y) const {
    for (std::int64_t row = 0; row < w.out[0] * w.out[1]; ++row, y += w.out[2]) {
      const std::int64_t out_z = row / w.out[1], out_y = row % w.out[1];
      std::fill_n(sums, w.out[2], 0.0);
      for_each_row_tap(w, out_z, out_y,
                       [&](std::int64_t offset, std::int64_t begin, std::int64_t end) {
                         add_row(from + offset, w.stride[2], sums + begin, end - begin);
                       });
      for (std::int64_t i = 0; i < w.out[2]; ++i) {
        const Window::Three out{out_z, out_y, i};
        const std::int64_t count = count_padding_ ? padded_count(w, out) : inside_count(w, out);
        y[i] = static_cast<T>(sums[i] / static_cast<double>(count));
      }
    }
  }

  template <typename T>
  static void add_row(const T* tap, std::int64_t step, double* sums, std::int64_t count) {
    if (step == 1) {
      for (std::int64_t i = 0; i < count; ++i) sums[i] += static_cast<double>(tap[i]);
    } else {
      for (std::int64_t i = 0; i < count; ++i) sums[i] += static_cast<double>(tap[i * step]);
    }
  }

  static std::int64_t inside_count(const Window& w, const Window::Three& out) {
    std::int64_t count = 1;
    for (std::size_t d = 0; d < 3; ++d) {
      const InsideTaps taps = inside_taps(w, d, out[d]);
      count *= std::max<std::int64_t>(0, taps.end - taps.begin);
    }
    return count;
  }

  /// Positions of the window inside the padded input; those that ceil_mode adds beyond it do not
  /// count.
  static std::int64_t padded_count(const Window& w, const Window::Three& out) {
    std::int64_t count = 1;
    for (std::size_t d = 0; d < 3; ++d) {
      const std::int64_t room = w.in[d] + w.pad_begin[d] + w.pad_end[d] - out[d] * w.stride[d];
      count *= std::min(w.kernel[d], (room + w.dilation[d] - 1) / w.dilation[d]);
    }
    return count;
  }

  WindowAttributes attributes_;
  bool count_padding_;
};

}  // namespace

std::unique_ptr<Kernel> average_pool(const Setup& setup) {
  return std::make_unique<AveragePool>(setup);
}

}  // namespace xquant::runtime::ops

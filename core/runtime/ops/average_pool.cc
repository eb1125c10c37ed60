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
    return 2 * static_cast<std::size_t>(attributes_.at(in[0].shape, {}).out[2]) * sizeof(double);
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Window w = attributes_.at(x.shape, {});
    for_each_range(call, x.shape[0] * x.shape[1], least_pieces(w.out_size()),
                   [&](std::int64_t plane, std::int64_t end, std::byte* scratch) {
                     auto* const sums = reinterpret_cast<double*>(scratch);
                     double* const counts = sums + w.out[2];  // of the last dimension
                     for (std::int64_t i = 0; i < w.out[2]; ++i)
                       counts[i] = static_cast<double>(count_of(w, 2, i));
                     with_real_type(x.type, [&]<typename T>(T) {
                       for (; plane < end; ++plane) {
                         average_plane(w, raw<T>(x) + plane * w.in_size(), counts, sums,
                                       raw<T>(call.outputs[0]) + plane * w.out_size());
                       }
                     });
                   });
  }

 private:
  /// Row by row, one kernel entry after the other across the row.
  template <typename T>
  void average_plane(const Window& w, const T* from, const double* counts, double* sums,
                     T* y) const {
    for (std::int64_t row = 0; row < w.out[0] * w.out[1]; ++row, y += w.out[2]) {
      const std::int64_t out_z = row / w.out[1], out_y = row % w.out[1];
      std::fill_n(sums, w.out[2], 0.0);
      for_each_row_tap(w, out_z, out_y,
                       [&](std::int64_t offset, std::int64_t begin, std::int64_t end) {
                         add_row(from + offset, w.stride[2], sums + begin, end - begin);
                       });
      const auto rows = static_cast<double>(count_of(w, 0, out_z) * count_of(w, 1, out_y));
      for (std::int64_t i = 0; i < w.out[2]; ++i) {
        y[i] = static_cast<T>(sums[i] / (rows * counts[i]));
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

  /// Positions of the window that count along one dimension: those inside the input, or, with
  /// count_include_pad, inside the padded input; those that ceil_mode adds beyond it do not.
  std::int64_t count_of(const Window& w, std::size_t d, std::int64_t out) const {
    if (!count_padding_) {
      const InsideTaps taps = inside_taps(w, d, out);
      return std::max<std::int64_t>(0, taps.end - taps.begin);
    }
    const std::int64_t room = w.in[d] + w.pad_begin[d] + w.pad_end[d] - out * w.stride[d];
    return std::min(w.kernel[d], (room + w.dilation[d] - 1) / w.dilation[d]);
  }

  WindowAttributes attributes_;
  bool count_padding_;
};

}  // namespace

std::unique_ptr<Kernel> average_pool(const Setup& setup) {
  return std::make_unique<AveragePool>(setup);
}

}  // namespace xquant::runtime::ops

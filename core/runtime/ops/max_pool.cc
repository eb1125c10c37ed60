// MaxPool, also with the indices of what it took.

#include <algorithm>
#include <limits>

#include "int8/xq_pool.h"
#include "runtime/ops/window_walk.h"
#include "runtime/pool/max_row.h"
#include "runtime/pool/nonnegative_max.h"

namespace xquant::runtime::ops {
namespace {

class MaxPool final : public Kernel {
 public:
  explicit MaxPool(const Setup& setup)
      : attributes_(setup.node), column_major_(setup.node.int_or("storage_order", 0) != 0) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0);
    with_type(x.type, [](auto) {});
    const Window w = attributes_.at(x.shape, {});
    const Shape shape = window_result(x.shape, x.shape[1], w);
    return {{x.type, shape}, {DataType::kInt64, shape}};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Window w = attributes_.at(x.shape, {});
    std::int64_t* indices = nullptr;
    if (call.outputs.size() > 1) indices = raw<std::int64_t>(call.outputs[1]);
    with_type(x.type, [&]<typename T>(T) {
      for_each_range(call, x.shape[0] * x.shape[1], least_pieces(w.out_size()),
                     [&](std::int64_t plane, std::int64_t end, std::byte*) {
                       for (; plane < end; ++plane)
                         pool_plane(w, plane, raw<T>(x), raw<T>(call.outputs[0]), indices);
                     });
    });
  }

 private:
  template <typename T>
  static T lowest() {
    if constexpr (std::is_floating_point_v<T>) return -std::numeric_limits<T>::infinity();
    return std::numeric_limits<T>::lowest();
  }

  template <typename T>
  void pool_plane(const Window& w, std::int64_t plane, const T* x, T* y,
                  std::int64_t* indices) const {
    const T* from = x + plane * w.in_size();
    y += plane * w.out_size();
    if (indices == nullptr) {
      if (!max_of_nonnegatives(w, from, y) && !max_of_floats(w, from, y) &&
          !max_of_bytes(w, from, y) && !max_of_integers(w, from, y))
        max_plane(w, from, y);
      return;
    }
    indices += plane * w.out_size();
    for_each_output(w, [&](const Window::Three& out) {
      const std::int64_t best = best_of(w, out, from);
      *y++ = best < 0 ? lowest<T>() : from[best];
      *indices++ = plane * w.in_size() + flat_index(w, best);
    });
  }

  /// Windows of floats without sign, as behind a Relu. false: not such a window, or there is
  /// another element.
  template <typename T>
  static bool max_of_nonnegatives(const Window& w, const T* from, T* y) {
    constexpr std::int64_t kMaxRows = 64;
    if constexpr (std::is_same_v<T, float>) {
      if (w.dilation[2] != 1 || w.pad_begin[2] < 0 || w.kernel[0] * w.kernel[1] > kMaxRows ||
          w.out[2] < 1)
        return false;
      const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
      const pool::WindowRow shape{size(w.in[2]), size(w.pad_begin[2]), size(w.kernel[2]),
                                  size(w.stride[2]), size(w.out[2])};
      if (!pool::NonnegativeMax::takes(shape)) return false;
      pool::NonnegativeMax windows(shape);
      for (std::int64_t row = 0; row < w.out[0] * w.out[1]; ++row, y += w.out[2]) {
        const float* rows[kMaxRows];
        std::size_t count = 0;
        for_each_input_row(w, row / w.out[1], row % w.out[1],
                           [&](std::int64_t at) { rows[count++] = from + at; });
        if (count == 0 || !windows.run(rows, count, y)) return false;
      }
      return true;
    }
    return false;
  }

  /// Windows of floats with strides of 1 or 2: vectors where all taps lie inside the input. false:
  /// not such a window.
  template <typename T>
  static bool max_of_floats(const Window& w, const T* from, T* y) {
    constexpr std::int64_t kMaxTaps = 64;
    if constexpr (std::is_same_v<T, float>) {
      if (w.stride[2] > 2 || w.kernel_size() > kMaxTaps) return false;
      const Columns inside = inside_columns(w);
      for (std::int64_t row = 0; row < w.out[0] * w.out[1]; ++row, y += w.out[2]) {
        const float* taps[kMaxTaps];
        std::size_t count = 0;
        const auto add = [&](std::int64_t first) {
          for (std::int64_t i = 0; i < w.kernel[2]; ++i)
            taps[count++] = from + (first + i * w.dilation[2] + inside.begin * w.stride[2]);
        };
        for_each_input_row(w, row / w.out[1], row % w.out[1],
                           [&](std::int64_t at) { add(at - w.pad_begin[2]); });
        pool::max_row(taps, count, static_cast<std::size_t>(w.stride[2]), y + inside.begin,
                      static_cast<std::size_t>(inside.end - inside.begin));
        for (std::int64_t i = 0; i < w.out[2]; ++i) {
          if (i == inside.begin) i = inside.end;
          if (i >= w.out[2]) break;
          const std::int64_t best = best_of(w, {row / w.out[1], row % w.out[1], i}, from);
          y[i] = best < 0 ? lowest<float>() : from[best];
        }
      }
      return true;
    }
    return false;
  }

  /// Outputs of a row whose taps all lie inside the input.
  struct Columns {
    std::int64_t begin, end;
  };
  static Columns inside_columns(const Window& w) {
    const std::int64_t stride = w.stride[2], reach = (w.kernel[2] - 1) * w.dilation[2];
    const std::int64_t begin = std::min(w.out[2], (w.pad_begin[2] + stride - 1) / stride);
    const std::int64_t room = w.in[2] + w.pad_begin[2] - reach - 1;
    const std::int64_t end = room < 0 ? 0 : std::min(w.out[2], room / stride + 1);
    return {begin, std::max(begin, end)};
  }

  /// Bytes, for which the int8 library has vectors. false: not bytes, or not such a window.
  template <typename T>
  static bool max_of_bytes(const Window& w, const T* from, T* y) {
    if constexpr (std::is_integral_v<T> && sizeof(T) == 1) {
      if (w.stride[2] > 2) return false;
      xq_pool pool{};
      pool.planes = 1;
      for (std::size_t d = 0; d < Window::kDimensions; ++d) {
        if (w.pad_begin[d] < 0 || w.pad_end[d] < 0) return false;
        pool.in[d] = static_cast<std::size_t>(w.in[d]);
        pool.out[d] = static_cast<std::size_t>(w.out[d]);
        pool.kernel[d] = static_cast<std::size_t>(w.kernel[d]);
        pool.stride[d] = static_cast<std::size_t>(w.stride[d]);
        pool.dilation[d] = static_cast<std::size_t>(w.dilation[d]);
        pool.pad_begin[d] = static_cast<std::size_t>(w.pad_begin[d]);
        pool.pad_end[d] = static_cast<std::size_t>(w.pad_end[d]);
      }
      const xq_quant codes = xq_quant_of(std::is_signed_v<T> ? XQ_S8 : XQ_U8, 1.0f, 0);
      xq_max_pool(&pool, from, &codes, &codes, y);
      return true;
    }
    return false;
  }

  /// Integers, of which any order gives the same: first the largest of every column of a window's
  /// rows, which neighbours share, then across. false: not integers, or too wide.
  template <typename T>
  static bool max_of_integers(const Window& w, const T* from, T* y) {
    constexpr std::int64_t kMaxColumns = 4096;
    if constexpr (std::is_integral_v<T>) {
      if (w.in[2] > kMaxColumns) return false;
      T columns[kMaxColumns];
      for (std::int64_t row = 0; row < w.out[0] * w.out[1]; ++row, y += w.out[2]) {
        std::fill_n(columns, w.in[2], lowest<T>());
        for_each_input_row(w, row / w.out[1], row % w.out[1],
                           [&](std::int64_t at) { max_row<1>(from + at, 1, columns, w.in[2]); });
        std::fill_n(y, w.out[2], lowest<T>());
        max_across(w, columns, y);
      }
      return true;
    }
    return false;
  }

  /// y = the largest of a row's windows and of y.
  template <typename T>
  static void max_across(const Window& w, const T* row, T* y) {
    const std::int64_t stride = w.stride[2];
    for (std::int64_t i = 0; i < w.kernel[2]; ++i) {
      const std::int64_t shift = i * w.dilation[2] - w.pad_begin[2];
      const std::int64_t begin = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
      const std::int64_t room = w.in[2] - shift;
      const std::int64_t end = room <= 0 ? 0 : std::min(w.out[2], (room + stride - 1) / stride);
      if (begin >= end) continue;
      const T* tap = row + begin * stride + shift;
      if (stride == 1) {
        max_row<1>(tap, 1, y + begin, end - begin);
      } else if (stride == 2) {
        max_row<2>(tap, 2, y + begin, end - begin);
      } else {
        max_row<0>(tap, stride, y + begin, end - begin);
      }
    }
  }

  /// Row by row, one kernel entry after the other across the row.
  template <typename T>
  static void max_plane(const Window& w, const T* from, T* y) {
    for (std::int64_t row = 0; row < w.out[0] * w.out[1]; ++row, y += w.out[2]) {
      std::fill_n(y, w.out[2], lowest<T>());
      for_each_row_tap(w, row / w.out[1], row % w.out[1],
                       [&](std::int64_t offset, std::int64_t begin, std::int64_t end) {
                         const T* tap = from + offset;
                         if (w.stride[2] == 1) return max_row<1>(tap, 1, y + begin, end - begin);
                         if (w.stride[2] == 2) return max_row<2>(tap, 2, y + begin, end - begin);
                         max_row<0>(tap, w.stride[2], y + begin, end - begin);
                       });
    }
  }

  /// kStep: the step when it is known, so that the compiler can use vectors; else 0.
  template <std::int64_t kStep, typename T>
  static void max_row(const T* __restrict tap, std::int64_t step, T* __restrict y,
                      std::int64_t count) {
    if (kStep != 0) step = kStep;
    for (std::int64_t i = 0; i < count; ++i) {
      const T value = tap[i * step];
      y[i] = value > y[i] || value != value ? value : y[i];
    }
  }

  /// Offset of the first largest element, -1 when the window lies in the padding. NaN wins, as in
  /// IEEE maximum.
  template <typename T>
  static std::int64_t best_of(const Window& w, const Window::Three& out, const T* from) {
    std::int64_t best = -1;
    for_each_inside(w, out, [&](std::int64_t i) {
      if (best < 0 || from[i] > from[best] || from[i] != from[i]) best = i;
    });
    return best;
  }

  std::int64_t flat_index(const Window& w, std::int64_t offset) const {
    if (!column_major_ || offset < 0) return offset;
    const std::int64_t x = offset % w.in[2], y = offset / w.in[2] % w.in[1],
                       z = offset / (w.in[1] * w.in[2]);
    return (x * w.in[1] + y) * w.in[0] + z;
  }

  WindowAttributes attributes_;
  bool column_major_;
};

}  // namespace

std::unique_ptr<Kernel> max_pool(const Setup& setup) { return std::make_unique<MaxPool>(setup); }

}  // namespace xquant::runtime::ops

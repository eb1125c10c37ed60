// MaxPool, AveragePool and global pooling. Sums are made in double, in row-major order, and rounded
// once.

#include <algorithm>
#include <limits>

#include "runtime/ops/window_walk.h"

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
      T* y = raw<T>(call.outputs[0]);
      for (std::int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane) {
        const T* from = raw<T>(x) + plane * w.in_size();
        for_each_output(w, [&](const Window::Three& out) {
          const std::int64_t best = best_of(w, out, from);
          *y++ = best < 0 ? lowest<T>() : from[best];
          if (indices != nullptr) *indices++ = plane * w.in_size() + flat_index(w, best);
        });
      }
    });
  }

 private:
  template <typename T>
  static T lowest() {
    if constexpr (std::is_floating_point_v<T>) return -std::numeric_limits<T>::infinity();
    return std::numeric_limits<T>::lowest();
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

/// Sums in double in row-major order, and rounds once.
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

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const Window w = attributes_.at(x.shape, {});
    with_real_type(x.type, [&]<typename T>(T) {
      T* y = raw<T>(call.outputs[0]);
      for (std::int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane, y += w.out_size()) {
        average_plane(w, raw<T>(x) + plane * w.in_size(), y);
      }
    });
  }

 private:
  template <typename T>
  void average_plane(const Window& w, const T* from, T* y) const {
    for_each_output(w, [&](const Window::Three& out) {
      double sum = 0;
      std::int64_t inside = 0;
      for_each_inside(w, out,
                      [&](std::int64_t i) { sum += static_cast<double>(from[i]), ++inside; });
      const std::int64_t count = count_padding_ ? padded_count(w, out) : inside;
      *y++ = static_cast<T>(sum / static_cast<double>(count));
    });
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

/// The mean or the largest element of every plane.
class GlobalPool final : public Kernel {
 public:
  enum class Kind { kAverage, kMax };
  explicit GlobalPool(Kind kind) : kind_(kind) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    with_real_type(in.required(0).type, [](auto) {});
    if (in[0].rank() < 2) refuse("Global pooling takes [N, C, ...].");
    Shape shape(in[0].rank(), 1);
    shape[0] = in[0].shape[0], shape[1] = in[0].shape[1];
    return {{in[0].type, shape}};
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0];
    const std::int64_t planes = x.shape[0] * x.shape[1];
    const std::int64_t size = planes == 0 ? 0 : x.size() / planes;
    with_real_type(x.type, [&]<typename T>(T) {
      for (std::int64_t p = 0; p < planes; ++p) {
        const T* from = raw<T>(x) + p * size;
        raw<T>(call.outputs[0])[p] =
            kind_ == Kind::kMax ? largest(from, size) : average(from, size);
      }
    });
  }

 private:
  template <typename T>
  static T average(const T* from, std::int64_t size) {
    double sum = 0;
    for (std::int64_t i = 0; i < size; ++i) sum += static_cast<double>(from[i]);
    return static_cast<T>(sum / static_cast<double>(size));
  }
  template <typename T>
  static T largest(const T* from, std::int64_t size) {
    T best = -std::numeric_limits<T>::infinity();
    for (std::int64_t i = 0; i < size; ++i) {
      if (from[i] > best || from[i] != from[i]) best = from[i];
    }
    return best;
  }

  Kind kind_;
};

}  // namespace

std::unique_ptr<Kernel> max_pool(const Setup& setup) { return std::make_unique<MaxPool>(setup); }
std::unique_ptr<Kernel> average_pool(const Setup& setup) {
  return std::make_unique<AveragePool>(setup);
}
std::unique_ptr<Kernel> global_average_pool(const Setup&) {
  return std::make_unique<GlobalPool>(GlobalPool::Kind::kAverage);
}
std::unique_ptr<Kernel> global_max_pool(const Setup&) {
  return std::make_unique<GlobalPool>(GlobalPool::Kind::kMax);
}

}  // namespace xquant::runtime::ops

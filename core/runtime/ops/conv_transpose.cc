// ConvTranspose: every output is the sum over (input channel, kernel position) in that order,
// started at zero, the bias added last. Floats go phase by phase through the matrix product,
// doubles through a plain loop nest; both add in the same order.

#include <algorithm>

#include "runtime/aligned_buffer.h"
#include "runtime/ops/conv_transpose_phases.h"

namespace xquant::runtime::ops {
namespace {

class ConvTranspose final : public Kernel {
 public:
  explicit ConvTranspose(const Setup& setup)
      : kernel_(setup.node.ints_or("kernel_shape", {})),
        strides_(setup.node.ints_or("strides", {})),
        dilations_(setup.node.ints_or("dilations", {})),
        pads_(setup.node.ints_or("pads", {})),
        output_padding_(setup.node.ints_or("output_padding", {})),
        output_shape_(setup.node.ints_or("output_shape", {})),
        auto_pad_(setup.node.string_or("auto_pad", "NOTSET")),
        groups_(setup.node.int_or("group", 1)) {
    const Tensor* weights = setup.constant(1);
    if (weights == nullptr || weights->type() != DataType::kFloat) return;
    const TensorView view = view_of(*weights);
    check_weights(view);
    packed_ = AlignedBuffer(view.byte_count());
    std::vector<float> line(static_cast<std::size_t>(view.size()));
    pack(view, line.data(), packed_.floats());
  }

  bool needs_constant(std::size_t position) const override {
    return position != 1 || packed_.data() == nullptr;
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), weights = in.required(1);
    with_real_type(x.type, [](auto) {});
    require_type(weights, x.type);
    check_weights(weights);
    if (x.rank() != weights.rank() || x.shape[1] != weights.shape[0]) {
      refuse("The channels of input and weights do not fit.");
    }
    if (in.has(2)) {
      require_type(in[2], x.type);
      if (in[2].size() != weights.shape[1] * groups_)
        refuse("The bias does not have one entry for each channel.");
    }
    return {{x.type, window_result(x.shape, weights.shape[1] * groups_, window_of(x, weights))}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    if (in[0].type != DataType::kFloat) return 0;
    const TransposedPhases phases(window_of(in[0], in[1]));
    return packing_bytes(in[1]) +
           phases.scratch_floats(in[1].shape[0] / groups_, in[1].shape[1]) * sizeof(float);
  }

  void run(const Call& call) const override {
    if (call.inputs[0].type == DataType::kFloat) return run_phases(call);
    run_plain<double>(call);
  }

 private:
  void check_weights(const TensorView& weights) const {
    if (weights.rank() < 3 || weights.rank() > 5)
      refuse("1 to 3 spatial dimensions are supported.");
    if (groups_ < 1 || weights.shape[0] % groups_ != 0) {
      refuse("The input channels are no multiple of group.");
    }
    const Window w = kernel_window(weights);
    for (std::size_t d = 0; d < Window::kDimensions; ++d) {
      if (w.kernel[d] < 1 || w.stride[d] < 1 || w.dilation[d] < 1)
        refuse("A window needs positive sizes.");
    }
    // Each step between the outputs of an input is a convolution of its own.
    constexpr std::int64_t kMostSteps = 4096;
    if (w.stride[0] * w.stride[1] * w.stride[2] > kMostSteps)
      refuse("Strides whose product is larger than " + std::to_string(kMostSteps) +
             " are not supported.");
  }

  /// Scratch memory for weights that are no constant: packed, and a line to pack them through.
  std::size_t packing_bytes(const TensorView& weights) const {
    return packed_.data() == nullptr ? 2 * align_up(weights.byte_count()) : 0;
  }

  void pack(const TensorView& weights, float* line, float* packed) const {
    const TransposedPhases phases(kernel_window(weights));
    const std::int64_t in = weights.shape[0] / groups_, size = weights.size() / groups_;
    for (std::int64_t g = 0; g < groups_; ++g) {
      phases.pack(raw<float>(weights) + g * size, in, weights.shape[1], line, packed + g * size);
    }
  }

  void run_phases(const Call& call) const {
    const TensorView x = call.inputs[0], weights = call.inputs[1];
    std::span<std::byte> rest = call.scratch;
    const float* packed = packed_.floats();
    if (packed == nullptr) {
      auto* const memory = reinterpret_cast<float*>(rest.data());
      float* const line = memory + align_up(weights.byte_count()) / sizeof(float);
      pack(weights, line, memory);
      packed = memory;
      rest = rest.subspan(packing_bytes(weights));
    }
    const Window w = window_of(x, weights);
    const TransposedPhases phases(w);
    const std::int64_t in = x.shape[1] / groups_, out = weights.shape[1];
    const std::span<float> scratch(reinterpret_cast<float*>(rest.data()),
                                   rest.size() / sizeof(float));
    for (std::int64_t i = 0; i < x.shape[0] * groups_; ++i) {
      const std::int64_t g = i % groups_;
      const float* bias = call.inputs.has(2) ? raw<float>(call.inputs[2]) + g * out : nullptr;
      phases.convolve(raw<float>(x) + i * in * w.in_size(), in, out,
                      packed + g * (weights.size() / groups_), bias,
                      raw<float>(call.outputs[0]) + i * out * w.out_size(), scratch);
    }
  }

  template <typename T>
  void run_plain(const Call& call) const {
    const TensorView x = call.inputs[0], weights = call.inputs[1];
    const Window w = window_of(x, weights);
    const T* bias = call.inputs.has(2) ? raw<T>(call.inputs[2]) : nullptr;
    const std::int64_t per_group_in = x.shape[1] / groups_, per_group_out = weights.shape[1];
    const std::int64_t channels_out = per_group_out * groups_;
    T* out = raw<T>(call.outputs[0]);
    for (std::int64_t n = 0; n < x.shape[0]; ++n) {
      for (std::int64_t oc = 0; oc < channels_out; ++oc, out += w.out_size()) {
        std::fill_n(out, w.out_size(), T(0));
        const std::int64_t group = oc / per_group_out;
        for (std::int64_t i = 0; i < per_group_in; ++i) {
          const std::int64_t ic = group * per_group_in + i;
          const T* taps =
              raw<T>(weights) + (ic * per_group_out + oc % per_group_out) * w.kernel_size();
          add_channel(w, raw<T>(x) + (n * x.shape[1] + ic) * w.in_size(), taps, out);
        }
        if (bias == nullptr) continue;
        for (std::int64_t i = 0; i < w.out_size(); ++i) out[i] += bias[oc];
      }
    }
  }

  /// out += x spread with every kernel position, one position after the other.
  template <typename T>
  static void add_channel(const Window& w, const T* x, const T* taps, T* out) {
    for (std::int64_t kz = 0; kz < w.kernel[0]; ++kz) {
      for (std::int64_t ky = 0; ky < w.kernel[1]; ++ky) {
        for (std::int64_t kx = 0; kx < w.kernel[2]; ++kx) add_tap(w, x, *taps++, {kz, ky, kx}, out);
      }
    }
  }

  template <typename T>
  static void add_tap(const Window& w, const T* x, T weight, const Window::Three& tap, T* out) {
    const auto target = [&](std::size_t d, std::int64_t i) {
      return i * w.stride[d] + tap[d] * w.dilation[d] - w.pad_begin[d];
    };
    for (std::int64_t z = 0; z < w.in[0]; ++z) {
      const std::int64_t oz = target(0, z);
      for (std::int64_t y = 0; y < w.in[1]; ++y, x += w.in[2]) {
        const std::int64_t oy = target(1, y);
        if (oz < 0 || oz >= w.out[0] || oy < 0 || oy >= w.out[1]) continue;
        T* row = out + (oz * w.out[1] + oy) * w.out[2];
        for (std::int64_t i = 0; i < w.in[2]; ++i) {
          const std::int64_t ox = target(2, i);
          if (ox >= 0 && ox < w.out[2]) row[ox] += weight * x[i];
        }
      }
    }
  }

  static std::int64_t entry(const std::vector<std::int64_t>& list, std::size_t i,
                            std::int64_t fallback) {
    return i < list.size() ? list[i] : fallback;
  }

  /// What does not depend on the input.
  Window kernel_window(const TensorView& weights) const {
    Window w;
    const std::size_t rank = weights.rank() - 2;
    for (std::size_t i = 0; i < rank; ++i) {
      const std::size_t d = Window::kDimensions - rank + i;
      w.kernel[d] = entry(kernel_, i, weights.shape[2 + i]);
      if (w.kernel[d] != weights.shape[2 + i]) refuse("kernel_shape does not fit the weights.");
      w.stride[d] = countable(entry(strides_, i, 1));
      w.dilation[d] = countable(entry(dilations_, i, 1));
    }
    return w;
  }

  Window window_of(const TensorView& x, const TensorView& weights) const {
    Window w = kernel_window(weights);
    const std::size_t rank = x.rank() - 2;
    for (std::size_t i = 0; i < rank; ++i) {
      const std::size_t d = Window::kDimensions - rank + i;
      w.in[d] = x.shape[2 + i];
      set_output(w, d, i, rank);
    }
    return w;
  }

  void set_output(Window& w, std::size_t d, std::size_t i, std::size_t rank) const {
    const std::int64_t full = w.stride[d] * (w.in[d] - 1) +
                              countable(entry(output_padding_, i, 0)) +
                              (w.kernel[d] - 1) * w.dilation[d] + 1;
    const bool same = auto_pad_ == "SAME_UPPER" || auto_pad_ == "SAME_LOWER";
    w.pad_begin[d] = padding(entry(pads_, i, 0));
    w.pad_end[d] = padding(entry(pads_, i + rank, 0));
    if (!output_shape_.empty() || same) {
      const std::size_t skipped = output_shape_.size() > rank ? output_shape_.size() - rank : 0;
      const std::int64_t wanted = entry(output_shape_, i + skipped, w.in[d] * w.stride[d]);
      if (wanted < 0) refuse("Its output_shape is negative.");
      const std::int64_t total = std::max<std::int64_t>(0, full - wanted);
      w.pad_begin[d] = auto_pad_ == "SAME_UPPER" ? total / 2 : total - total / 2;
      w.pad_end[d] = full - wanted - w.pad_begin[d];
    }
    w.out[d] = full - w.pad_begin[d] - w.pad_end[d];
    if (w.out[d] < 0) refuse("The padding takes away more than there is.");
  }

  std::vector<std::int64_t> kernel_, strides_, dilations_, pads_, output_padding_, output_shape_;
  std::string auto_pad_;
  std::int64_t groups_;
  AlignedBuffer packed_;
};

}  // namespace

std::unique_ptr<Kernel> conv_transpose(const Setup& setup) {
  return std::make_unique<ConvTranspose>(setup);
}

}  // namespace xquant::runtime::ops

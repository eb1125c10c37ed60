// Conv. Every output is bias + sum over (input channel, kernel position) in that order, started at
// zero, the bias added last; the product of weights and image (gemm) and the depthwise kernel give
// the same bits.

#include "runtime/ops/conv.h"

#include <algorithm>

#include "runtime/ops/conv_plain.h"

namespace xquant::runtime::ops {
namespace {

using gemm::Matrix;

class Conv final : public Kernel {
 public:
  explicit Conv(const Setup& setup)
      : attributes_(setup.node), groups_(setup.node.int_or("group", 1)) {
    const Tensor* weights = setup.constant(1);
    if (weights != nullptr && weights->type() == DataType::kFloat && weights->shape().size() >= 3) {
      packed_ = AlignedBuffer(weights->bytes().size());
      const TensorView view = view_of(*weights);
      check_groups(view);
      pack(view, packed_.floats());
    }
  }

  bool needs_constant(std::size_t position) const override {
    return position != 1 || packed_.data() == nullptr;
  }

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(0), weights = in.required(1);
    with_real_type(x.type, [](auto) {});
    require_type(weights, x.type);
    check_groups(weights);
    if (x.rank() != weights.rank()) refuse("Input and weights have different ranks.");
    if (x.shape[1] != weights.shape[1] * groups_) {
      refuse("The weights take " + std::to_string(weights.shape[1] * groups_) +
             " channels, the input has " + std::to_string(x.shape[1]) + ".");
    }
    if (in.has(2) && in[2].size() != weights.shape[0])
      refuse("The bias does not have one entry for each channel.");
    return {{x.type, window_result(x.shape, weights.shape[0], window_of(x, weights))}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    const Window window = window_of(in[0], in[1]);
    const std::size_t packing = packed_.data() == nullptr ? align_up(in[1].byte_count()) : 0;
    if (is_depthwise(in[1])) return packing + DepthwisePlane(window).scratch_bytes();
    const auto k = static_cast<std::size_t>(in[1].shape[1] * window.kernel_size());
    return packing +
           gemm::scratch_floats(static_cast<std::size_t>(window.out_size()), k) * sizeof(float);
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0], weights = call.inputs[1];
    const Window window = window_of(x, weights);
    if (x.type == DataType::kDouble) {
      const double* bias = call.inputs.has(2) ? raw<double>(call.inputs[2]) : nullptr;
      return conv_plain(window, x, weights, bias, call.outputs[0]);
    }
    const float* packed = packed_.floats();
    std::span<std::byte> scratch = call.scratch;
    if (packed == nullptr) {
      pack(weights, reinterpret_cast<float*>(scratch.data()));
      packed = reinterpret_cast<const float*>(scratch.data());
      scratch = scratch.subspan(align_up(weights.byte_count()));
    }
    const Job job{window, packed, call.inputs.has(2) ? raw<float>(call.inputs[2]) : nullptr,
                  scratch};
    const bool depthwise = is_depthwise(weights);
    const std::int64_t in_image = x.shape[1] * window.in_size(),
                       out_image = weights.shape[0] * window.out_size();
    for (std::int64_t n = 0; n < x.shape[0]; ++n) {
      const float* image = raw<float>(x) + n * in_image;
      float* out = raw<float>(call.outputs[0]) + n * out_image;
      depthwise ? run_depthwise(job, weights, image, out) : run_product(job, weights, image, out);
    }
  }

 private:
  struct Job {
    const Window& window;
    const float* weights;  ///< packed
    const float* bias;     ///< or nullptr
    std::span<std::byte> scratch;
  };

  void check_groups(const TensorView& weights) const {
    if (weights.rank() < 3) refuse("The weights have no spatial dimension.");
    if (groups_ < 1 || weights.shape[0] % groups_ != 0)
      refuse("The output channels are no multiple of group.");
  }

  Window window_of(const TensorView& x, const TensorView& weights) const {
    return attributes_.at(x.shape, weights.shape.subspan(2));
  }

  /// One input channel for each group, and at most two spatial dimensions.
  bool is_depthwise(const TensorView& weights) const {
    return weights.shape[1] == 1 && groups_ > 1 && weights.rank() <= 4;
  }

  /// Panels for each group; weights of the depthwise kernel stay as they are.
  void pack(const TensorView& weights, float* packed) const {
    const auto rows = static_cast<std::size_t>(weights.shape[0] / groups_);
    const auto k =
        static_cast<std::size_t>(weights.size() / std::max<std::int64_t>(1, weights.shape[0]));
    const bool plain = is_depthwise(weights);
    for (std::size_t g = 0; g < static_cast<std::size_t>(groups_); ++g) {
      const float* from = raw<float>(weights) + g * rows * k;
      if (plain) {
        std::copy_n(from, rows * k, packed + g * rows * k);
      } else {
        gemm::pack_rows(Matrix{from, rows, k, k, 1}, packed + g * rows * k);
      }
    }
  }

  void run_product(const Job& job, const TensorView& weights, const float* image,
                   float* out) const {
    const Window& w = job.window;
    const auto rows = static_cast<std::size_t>(weights.shape[0] / groups_);
    const auto k = static_cast<std::size_t>(weights.shape[1] * w.kernel_size());
    const auto n = static_cast<std::size_t>(w.out_size());
    const std::span<float> scratch(reinterpret_cast<float*>(job.scratch.data()),
                                   job.scratch.size() / sizeof(float));
    for (std::size_t g = 0; g < static_cast<std::size_t>(groups_); ++g) {
      const gemm::Product product{rows,
                                  n,
                                  k,
                                  job.weights + g * rows * k,
                                  out + g * rows * n,
                                  n,
                                  job.bias == nullptr ? nullptr : job.bias + g * rows};
      const float* channels = image + static_cast<std::int64_t>(g) * weights.shape[1] * w.in_size();
      if (is_pointwise(w)) {
        gemm::multiply(product, gemm::MatrixPanels(Matrix{channels, k, n, n, 1}), scratch);
      } else {
        gemm::multiply(product, ImagePanels(w, channels), scratch);
      }
    }
  }

  static bool is_pointwise(const Window& w) {
    constexpr Window::Three kOnes{1, 1, 1}, kZeros{0, 0, 0};
    return w.kernel == kOnes && w.stride == kOnes && w.pad_begin == kZeros && w.pad_end == kZeros;
  }

  void run_depthwise(const Job& job, const TensorView& weights, const float* image,
                     float* out) const {
    const Window& w = job.window;
    const DepthwisePlane plane(w);
    const std::int64_t multiplier = weights.shape[0] / groups_;
    for (std::int64_t g = 0; g < groups_; ++g) {
      plane.load(image + g * w.in_size(), job.scratch.data());
      for (std::int64_t m = g * multiplier; m < (g + 1) * multiplier; ++m) {
        plane.convolve(job.scratch.data(), job.weights + m * w.kernel_size(),
                       job.bias == nullptr ? nullptr : job.bias + m, out + m * w.out_size());
      }
    }
  }

  WindowAttributes attributes_;
  std::int64_t groups_;
  AlignedBuffer packed_;
};

}  // namespace

std::unique_ptr<Kernel> conv(const Setup& setup) { return std::make_unique<Conv>(setup); }

}  // namespace xquant::runtime::ops

// Conv. Every output is bias + sum over (input channel, kernel position), the bias added last. The
// sum starts at zero and runs in that order (conv::Direct, gemm, depthwise: the same bits), except
// where conv::Winograd is used: that depends on the weights and attributes alone.

#include "runtime/ops/conv.h"

#include <algorithm>
#include <optional>

#include "runtime/conv/direct.h"
#include "runtime/conv/winograd.h"
#include "runtime/conv/winograd_line.h"
#include "runtime/gemm/tile.h"
#include "runtime/ops/conv_plain.h"

namespace xquant::runtime::ops {
namespace {

using gemm::Matrix;

enum class Algorithm {
  kDepthwise,     ///< one input channel for each group
  kWinograd,      ///< 3x3 with constant weights
  kWinogradLine,  ///< 3 to 5 taps along one axis, with constant weights
  kDirect,        ///< any other 1-D or 2-D window
  kProduct,       ///< 1x1, and 3-D windows
};

std::size_t unsigned_size(std::int64_t n) { return static_cast<std::size_t>(n); }

class Conv final : public Kernel {
 public:
  explicit Conv(const Setup& setup)
      : attributes_(setup.node), groups_(setup.node.int_or("group", 1)) {
    const Tensor* weights = setup.constant(1);
    if (weights == nullptr || weights->type() != DataType::kFloat || weights->shape().size() < 3)
      return;
    const TensorView view = view_of(*weights);
    check_groups(view);
    choose_filtering(view);
    packed_ = AlignedBuffer(group_weights(view) * unsigned_size(groups_) * sizeof(float));
    pack(view, packed_.floats());
  }

  bool needs_constant(std::size_t position) const override {
    return position != 1 || packed_.data() == nullptr;
  }
  bool takes_tail() const override { return packed_.data() != nullptr; }
  std::size_t packed_bytes() const override { return packed_.size(); }

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
    if (in.has(2)) {
      require_type(in[2], x.type);
      if (in[2].size() != weights.shape[0])
        refuse("The bias does not have one entry for each channel.");
    }
    const Window window = attributes_.at(x.shape, weights.shape.subspan(2));
    if (window.kernel_size() * weights.shape[1] * weights.shape[0] != weights.size())
      refuse("kernel_shape does not fit the weights.");
    return {{x.type, window_result(x.shape, weights.shape[0], window)}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView>) const override {
    const TensorView weights = in[1];
    const Window window = window_of(in[0], weights);
    return packing_bytes(weights) + algorithm_scratch(window, weights);
  }

  void run(const Call& call) const override {
    const TensorView x = call.inputs[0], weights = call.inputs[1];
    const Window window = window_of(x, weights);
    if (x.type == DataType::kDouble) {
      const double* bias = call.inputs.has(2) ? raw<double>(call.inputs[2]) : nullptr;
      return conv_plain(window, x, weights, bias, call.outputs[0]);
    }
    const float* packed = packed_.floats();
    if (packed == nullptr) {  // at the begin of the first worker's scratch memory
      pack(weights, reinterpret_cast<float*>(call.scratch.data()));
      packed = reinterpret_cast<const float*>(call.scratch.data());
    }
    const Job job{call,
                  window,
                  weights,
                  packed,
                  packing_bytes(weights),
                  unsigned_size(weights.shape[0] / groups_)};
    switch (algorithm(window, weights)) {
      case Algorithm::kDepthwise:
        return run_depthwise(job);
      case Algorithm::kWinograd:
        return run_blocks(job,
                          conv::Winograd(window, weights.shape[1], weights.shape[0] / groups_));
      case Algorithm::kWinogradLine:
        return run_blocks(job,
                          conv::WinogradLine(window, weights.shape[1], weights.shape[0] / groups_));
      case Algorithm::kDirect:
        return run_blocks(job, conv::Direct(window, weights.shape[1], weights.shape[0] / groups_));
      case Algorithm::kProduct:
        return run_product(job);
    }
  }

 private:
  struct Job {
    const Call& call;
    const Window& window;
    const TensorView& weights;
    const float* packed;
    std::size_t packing;  ///< bytes of scratch memory that the packed weights may take
    std::size_t rows;     ///< output channels of a group

    std::int64_t images() const { return call.inputs[0].shape[0]; }
  };

  void check_groups(const TensorView& weights) const {
    if (weights.rank() < 3) refuse("The weights have no spatial dimension.");
    if (groups_ < 1 || weights.shape[0] % groups_ != 0)
      refuse("The output channels are no multiple of group.");
  }

  /// How the result is computed; its shape is that of the attributes' own window.
  Window window_of(const TensorView& x, const TensorView& weights) const {
    Window w = attributes_.at(x.shape, weights.shape.subspan(2));
    // A window over columns of one element is one over a row: the elements lie the same way.
    const bool is_column = w.in[2] == 1 && w.out[2] == 1 && w.kernel[2] == 1 &&
                           w.pad_begin[2] == 0 && w.pad_end[2] == 0;
    if (is_column) {
      w.stride[2] = w.dilation[2] = 1;
      for (Window::Three* three :
           {&w.in, &w.out, &w.kernel, &w.stride, &w.dilation, &w.pad_begin, &w.pad_end}) {
        std::swap((*three)[1], (*three)[2]);
      }
    }
    return w;
  }

  /// One input channel for each group, and at most two spatial dimensions.
  bool is_depthwise(const TensorView& weights) const {
    if (weights.shape[1] != 1 || groups_ == 1 || weights.rank() > 4) return false;
    const Window steps = attributes_.without_input(weights.shape.subspan(2));
    return std::max(steps.stride[1], steps.stride[2]) <= conv::PaddedBlock::kMaxStride;
  }

  /// Winograd's filtering, where weights and attributes call for it.
  void choose_filtering(const TensorView& weights) {
    if (is_depthwise(weights) || weights.rank() > 4) return;
    const Window window = attributes_.without_input(weights.shape.subspan(2));
    const std::int64_t rows = weights.shape[0] / groups_, channels = weights.shape[1];
    if (conv::Winograd::is_better(rows, channels, window)) filtering_ = Algorithm::kWinograd;
    if (conv::WinogradLine::is_better(rows, channels, window))
      filtering_ = Algorithm::kWinogradLine;
  }

  Algorithm algorithm(const Window& window, const TensorView& weights) const {
    if (is_depthwise(weights)) return Algorithm::kDepthwise;
    if (filtering_) return *filtering_;
    if (is_pointwise(window) || !conv::PaddedBlock::can_load(window)) return Algorithm::kProduct;
    return Algorithm::kDirect;
  }

  static bool is_pointwise(const Window& w) {
    constexpr Window::Three kOnes{1, 1, 1}, kZeros{0, 0, 0};
    return w.kernel == kOnes && w.stride == kOnes && w.pad_begin == kZeros && w.pad_end == kZeros;
  }

  std::size_t algorithm_scratch(const Window& window, const TensorView& weights) const {
    const std::int64_t channels = weights.shape[1], rows = weights.shape[0] / groups_;
    switch (algorithm(window, weights)) {
      case Algorithm::kDepthwise:
        return DepthwisePlane(window).scratch_bytes();
      case Algorithm::kWinograd:
        return conv::Winograd(window, channels, rows).scratch_bytes();
      case Algorithm::kWinogradLine:
        return conv::WinogradLine(window, channels, rows).scratch_bytes();
      case Algorithm::kDirect:
        return conv::Direct(window, channels, rows).scratch_bytes();
      case Algorithm::kProduct:
        break;
    }
    return gemm::scratch_floats(unsigned_size(window.out_size()),
                                unsigned_size(channels * window.kernel_size())) *
           sizeof(float);
  }

  // ---- weights

  std::size_t packing_bytes(const TensorView& weights) const {
    return packed_.data() == nullptr ? align_up(weights.byte_count()) : 0;
  }

  /// Floats of a group's packed weights.
  std::size_t group_weights(const TensorView& weights) const {
    const std::size_t rows = unsigned_size(weights.shape[0] / groups_);
    const std::size_t channels = unsigned_size(weights.shape[1]);
    if (filtering_ == Algorithm::kWinograd) return conv::Winograd::weight_floats(rows, channels);
    if (filtering_ == Algorithm::kWinogradLine)
      return conv::WinogradLine::weight_floats(rows, channels);
    return rows * row_weights(weights);
  }

  static std::size_t row_weights(const TensorView& weights) {
    return unsigned_size(weights.size() / std::max<std::int64_t>(1, weights.shape[0]));
  }

  /// Panels for each group; weights of the depthwise kernel stay as they are.
  void pack(const TensorView& weights, float* packed) const {
    const auto rows = unsigned_size(weights.shape[0] / groups_);
    const auto channels = unsigned_size(weights.shape[1]);
    const std::size_t k = row_weights(weights), packed_size = group_weights(weights);
    const bool plain = is_depthwise(weights);
    for (std::size_t g = 0; g < unsigned_size(groups_); ++g) {
      const float* from = raw<float>(weights) + g * rows * k;
      float* to = packed + g * packed_size;
      if (plain) {
        std::copy_n(from, rows * k, to);
      } else if (filtering_ == Algorithm::kWinograd) {
        conv::Winograd::transform_weights(from, rows, channels, to);
      } else if (filtering_ == Algorithm::kWinogradLine) {
        conv::WinogradLine::transform_weights(from, rows, channels, k / channels, to);
      } else {
        gemm::pack_rows(Matrix{from, rows, k, k, 1}, to);
      }
    }
  }

  // ---- algorithms

  /// Image n, group g.
  conv::Planes planes(const Job& job, std::int64_t n, std::int64_t g) const {
    const Call& call = job.call;
    const auto at = static_cast<std::size_t>(n * groups_ + g);
    const std::size_t in = unsigned_size(job.weights.shape[1] * job.window.in_size());
    const std::size_t out = job.rows * unsigned_size(job.window.out_size());
    const float* bias = call.inputs.has(2) ? raw<float>(call.inputs[2]) : nullptr;
    return {raw<float>(call.inputs[0]) + at * in,
            job.packed + unsigned_size(g) * group_weights(job.weights),
            bias == nullptr ? nullptr : bias + unsigned_size(g) * job.rows,
            raw<float>(call.outputs[0]) + at * out, at * out};
  }

  /// Direct and Winograd: parts are blocks of an image and group, and, where those are too few for
  /// the threads, of output channels.
  template <typename Algorithm>
  void run_blocks(const Job& job, const Algorithm& algorithm) const {
    const std::int64_t blocks = algorithm.blocks(), all = job.images() * groups_ * blocks;
    const std::int64_t workers = job.call.workers();
    const auto tiles =
        static_cast<std::int64_t>((job.rows + gemm::kTileRows - 1) / gemm::kTileRows);
    const std::int64_t splits = workers == 1 || all >= 4 * workers
                                    ? 1
                                    : std::max<std::int64_t>(1, std::min(workers, tiles));
    const auto step = unsigned_size((tiles + splits - 1) / splits) * gemm::kTileRows;
    for_each_part(job.call, all * splits, [&](std::int64_t part, std::byte* scratch) {
      const std::int64_t image = part / splits / blocks;
      const std::size_t first = unsigned_size(part % splits) * step;
      if (first >= job.rows) return;
      algorithm.run(part / splits % blocks, first, std::min(step, job.rows - first),
                    planes(job, image / groups_, image % groups_), scratch + job.packing,
                    job.call.tail);
    });
  }

  void run_product(const Job& job) const {
    const Window& w = job.window;
    const auto k = unsigned_size(job.weights.shape[1] * w.kernel_size());
    const auto n = unsigned_size(w.out_size());
    const gemm::Partition partition(job.rows, n, job.call.workers());
    const auto parts = static_cast<std::int64_t>(partition.count());
    for_each_part(
        job.call, job.images() * groups_ * parts, [&](std::int64_t part, std::byte* memory) {
          const std::int64_t image = part / parts;
          const conv::Planes p = planes(job, image / groups_, image % groups_);
          const gemm::Product product{job.rows, n, k,      p.weights,
                                      p.out,    n, p.bias, bounds_of(job.call.tail)};
          const std::span<float> scratch(reinterpret_cast<float*>(memory + job.packing),
                                         gemm::scratch_floats(n, k));
          const gemm::Part rectangle = partition.at(static_cast<std::size_t>(part % parts));
          if (is_pointwise(w)) {
            gemm::multiply(product, gemm::MatrixPanels(Matrix{p.image, k, n, n, 1}), rectangle,
                           scratch);
          } else {
            gemm::multiply(product, ImagePanels(w, p.image), rectangle, scratch);
          }
          apply_tail(beside_bounds(job.call.tail), product, rectangle, p.first);
        });
  }

  static void apply_tail(const Tail* tail, const gemm::Product& product, const gemm::Part& part,
                         std::size_t first) {
    if (tail == nullptr) return;
    for (std::size_t i = part.i0; i < part.i1; ++i) {
      const std::size_t at = i * product.ldc + part.j0;
      tail->apply(product.c + at, first + at, part.j1 - part.j0);
    }
  }

  void run_depthwise(const Job& job) const {
    constexpr std::int64_t kParts = 4;  // of a worker
    const DepthwisePlane plane(job.window);
    const std::int64_t all = job.images() * groups_;
    // Planes that follow each other share what does not depend on the plane.
    const std::int64_t parts =
        job.call.workers() == 1 ? 1 : std::min(all, kParts * job.call.workers());
    const std::int64_t step = (all + parts - 1) / std::max<std::int64_t>(1, parts);
    for_each_part(job.call, parts, [&](std::int64_t part, std::byte* memory) {
      plane.start(memory + job.packing);
      const std::int64_t end = std::min(all, (part + 1) * step);
      for (std::int64_t i = part * step; i < end; ++i)
        run_plane(job, plane, i, memory + job.packing);
    });
  }

  /// Group i % groups_ of image i / groups_.
  void run_plane(const Job& job, const DepthwisePlane& plane, std::int64_t i,
                 std::byte* scratch) const {
    const Window& w = job.window;
    const conv::Planes p = planes(job, i / groups_, i % groups_);
    plane.load(p.image, scratch);
    const auto size = unsigned_size(w.out_size());
    const Bounds bounds = bounds_of(job.call.tail);
    for (std::size_t m = 0; m < job.rows; ++m) {
      plane.convolve(scratch, p.weights + m * unsigned_size(w.kernel_size()),
                     p.bias == nullptr ? nullptr : p.bias + m, bounds, p.out + m * size);
    }
    if (const Tail* tail = beside_bounds(job.call.tail))
      tail->apply(p.out, p.first, job.rows * size);
  }

  WindowAttributes attributes_;
  std::int64_t groups_;
  std::optional<Algorithm> filtering_;
  AlignedBuffer packed_;
};

}  // namespace

std::unique_ptr<Kernel> conv(const Setup& setup) { return std::make_unique<Conv>(setup); }

}  // namespace xquant::runtime::ops

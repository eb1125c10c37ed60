#include "integer/kernels/kernels.h"
#include "integer/kernels/multiply_accumulate.h"
#include "runtime/ops/window.h"

namespace xquant::integer::kernels {
namespace {

using runtime::ops::Window;
using Dimensions = std::span<const std::int64_t>;

/// In one to three dimensions.
class Conv final : public MultiplyAccumulate {
 public:
  explicit Conv(const runtime::Setup& setup)
      : MultiplyAccumulate(setup),
        attributes_(setup.node),
        groups_(size(setup.node.int_or("group", 1))) {
    if (groups_ < 1 || size(weight_shape_[0]) % groups_ != 0)
      runtime::refuse("The output channels are no multiple of group.");
    const xq_conv shape = shape_without_image();
    pack(setup, xq_conv_packed_size(&shape),
         [&](const xq_weights& weights, void* to) { xq_conv_pack(&shape, &weights, to); });
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView x = in.required(0);
    if (x.rank() != weight_shape_.size())
      runtime::refuse("Input and weights have different ranks.");
    if (size(x.shape[1]) != size(weight_shape_[1]) * groups_)
      runtime::refuse("The weights take another number of channels than the input has.");
    for (std::size_t d = 2; d < x.rank(); ++d) {
      if (x.shape[d] < 1 || weight_shape_[d] < 1)
        runtime::refuse("Input or weights have no element.");
    }
    return {
        {result_type(), runtime::ops::window_result(x.shape, weight_shape_[0], window(x.shape))}};
  }

 private:
  Window window(Dimensions x) const {
    return attributes_.at(x, Dimensions(weight_shape_).subspan(2));
  }

  /// What packing looks at: an image that any kernel fits.
  xq_conv shape_without_image() const {
    Shape x(weight_shape_.size(), 1);
    for (std::size_t d = 2; d < x.size(); ++d) x[d] = std::int64_t{1} << 16;
    return shape_of(x);
  }

  xq_conv shape_of(Dimensions x) const {
    const Window w = window(x);
    xq_conv conv{};
    conv.batch = size(x[0]);
    conv.in_channels = size(weight_shape_[1]) * groups_;
    conv.out_channels = size(weight_shape_[0]);
    conv.groups = groups_;
    for (std::size_t d = 0; d < Window::kDimensions; ++d) {
      conv.in[d] = size(w.in[d]);
      conv.kernel[d] = size(w.kernel[d]);
      conv.stride[d] = size(w.stride[d]);
      conv.dilation[d] = size(w.dilation[d]);
      conv.pad_begin[d] = size(w.pad_begin[d]);
      conv.pad_end[d] = size(w.pad_end[d]);
    }
    return conv;
  }

  Extent extent(Dimensions, Dimensions y) const override {
    Extent extent{size(y[0]), size(y[1])};
    for (const std::int64_t dim : y.subspan(2)) extent.inner *= size(dim);
    return extent;
  }
  std::size_t workspace_bytes(Dimensions x) const override {
    const xq_conv shape = shape_of(x);
    return xq_conv_workspace_size(&shape);
  }
  void describe_shape(Dimensions x, ReplayStep& step) const override {
    step.kind = ReplayStep::Kind::kConv;
    step.conv = shape_of(x);
  }
  void accumulate(const Job& job, std::int32_t* acc) const override {
    const xq_conv shape = shape_of(job.shape);
    xq_conv_s32(&shape, &job.x, packed(), job.bias, acc, job.workspace);
  }
  void requantize(const Job& job, const xq_requant& to, xq_type type, void* y) const override {
    const xq_conv shape = shape_of(job.shape);
    xq_conv_q8(&shape, &job.x, packed(), job.bias, &to, type, y, job.workspace);
  }
  std::size_t wide_workspace_bytes(Dimensions x) const override {
    const xq_conv shape = shape_of(x);
    return xq_wide_conv_workspace_size(&shape);
  }
  void multiply_wide(const Job& job, const xq_wide_weights& weights, const std::int64_t* bias,
                     const xq_wide_result& result) const override {
    const xq_conv shape = shape_of(job.shape);
    xq_wide_conv(&shape, &job.x, &weights, bias, &result, job.workspace);
  }

  runtime::ops::WindowAttributes attributes_;
  std::size_t groups_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> conv(const runtime::Setup& setup) {
  return std::make_unique<Conv>(setup);
}

}  // namespace xquant::integer::kernels

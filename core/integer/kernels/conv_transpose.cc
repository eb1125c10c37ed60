#include <algorithm>

#include "integer/kernels/kernels.h"
#include "integer/kernels/multiply_accumulate.h"
#include "runtime/ops/window.h"

namespace xquant::integer::kernels {
namespace {

using Dimensions = std::span<const std::int64_t>;
using Ints = std::vector<std::int64_t>;

/// In one to three dimensions.
class ConvTranspose final : public MultiplyAccumulate {
 public:
  explicit ConvTranspose(const runtime::Setup& setup)
      : MultiplyAccumulate(setup),
        strides_(setup.node.ints_or("strides", {})),
        dilations_(setup.node.ints_or("dilations", {})),
        pads_(setup.node.ints_or("pads", {})),
        output_padding_(setup.node.ints_or("output_padding", {})),
        output_shape_(setup.node.ints_or("output_shape", {})),
        auto_pad_(setup.node.string_or("auto_pad", "NOTSET")),
        groups_(size(setup.node.int_or("group", 1))) {
    const xq_conv shape = shape_to_pack();
    pack(setup, xq_conv_transpose_packed_size(&shape), [&](const xq_weights& weights, void* to) {
      xq_conv_transpose_pack(&shape, &weights, to);
    });
  }

  std::vector<runtime::TensorType> infer(const runtime::Operands& in) const override {
    const runtime::TensorView x = in.required(0);
    if (x.rank() != weight_shape_.size() || x.shape[1] != weight_shape_[0])
      runtime::refuse("Input and weights do not fit.");
    const xq_conv shape = shape_of(x.shape);
    for (std::size_t d = 0; d < 3; ++d) require_result(shape, d);
    Shape result{x.shape[0], static_cast<std::int64_t>(shape.out_channels)};
    for (std::size_t d = 5 - x.rank(); d < 3; ++d)
      result.push_back(static_cast<std::int64_t>(xq_conv_transpose_out(&shape, d)));
    return {{result_type(), result}};
  }

 private:
  static void require_result(const xq_conv& conv, std::size_t d) {
    if (conv.in[d] < 1 || conv.kernel[d] < 1) runtime::refuse("Input or weights have no element.");
    if (conv.output_padding[d] >= conv.stride[d] && conv.output_padding[d] >= conv.dilation[d])
      runtime::refuse("output_padding has to be smaller than the stride or the dilation.");
    const std::size_t full = conv.stride[d] * (conv.in[d] - 1) + conv.output_padding[d] +
                             (conv.kernel[d] - 1) * conv.dilation[d] + 1;
    if (full < conv.pad_begin[d] + conv.pad_end[d])
      runtime::refuse("The padding takes away more than there is.");
  }

  static std::size_t entry(const Ints& list, std::size_t i, std::size_t fallback) {
    return i < list.size() ? size(list[i]) : fallback;
  }

  std::size_t padding(std::size_t i) const {
    return i < pads_.size() ? size(runtime::ops::padding(pads_[i])) : 0;
  }

  /// Weights are packed for any input; padding does not matter for that, and infer() judges it.
  xq_conv shape_to_pack() const {
    xq_conv conv = with_written_pads(Shape(weight_shape_.size(), std::int64_t{1} << 8));
    for (std::size_t d = 0; d < 3; ++d)
      conv.pad_begin[d] = conv.pad_end[d] = conv.output_padding[d] = 0;
    return conv;
  }

  bool has_wanted_shape() const { return !output_shape_.empty() || auto_pad_.starts_with("SAME"); }

  xq_conv shape_of(Dimensions x) const {
    xq_conv conv = with_written_pads(x);
    if (!has_wanted_shape()) return conv;
    const std::size_t rank = x.size() - 2;
    const std::size_t skipped = output_shape_.size() > rank ? output_shape_.size() - rank : 0;
    for (std::size_t i = 0; i < rank; ++i) {
      const std::size_t d = 3 - rank + i;
      const std::size_t full = conv.stride[d] * (conv.in[d] - 1) + conv.output_padding[d] +
                               (conv.kernel[d] - 1) * conv.dilation[d] + 1;
      const std::size_t wanted = entry(output_shape_, i + skipped, conv.in[d] * conv.stride[d]);
      const std::size_t total = full > wanted ? full - wanted : 0;
      // What the kernel does not reach is padding of the output, of which the library has less than
      // a step.
      if (full < wanted) conv.output_padding[d] += wanted - full;
      if (conv.in[d] == 0 || conv.output_padding[d] >= std::max(conv.stride[d], conv.dilation[d]))
        runtime::refuse("The result is larger than what the kernel reaches.");
      conv.pad_begin[d] = auto_pad_ == "SAME_UPPER" ? total / 2 : total - total / 2;
      conv.pad_end[d] = total - conv.pad_begin[d];
    }
    return conv;
  }

  xq_conv with_written_pads(Dimensions x) const {
    xq_conv conv{};
    conv.batch = size(x[0]);
    conv.in_channels = size(weight_shape_[0]);
    conv.out_channels = size(weight_shape_[1]) * groups_;
    conv.groups = groups_;
    const std::size_t rank = x.size() - 2;
    for (std::size_t d = 0; d < 3; ++d)
      conv.in[d] = conv.kernel[d] = conv.stride[d] = conv.dilation[d] = 1;
    for (std::size_t i = 0; i < rank; ++i) {
      const std::size_t d = 3 - rank + i;
      conv.in[d] = size(x[2 + i]);
      conv.kernel[d] = size(weight_shape_[2 + i]);
      conv.stride[d] = entry(strides_, i, 1);
      conv.dilation[d] = entry(dilations_, i, 1);
      conv.pad_begin[d] = padding(i);
      conv.pad_end[d] = padding(i + rank);
      conv.output_padding[d] = entry(output_padding_, i, 0);
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
    return xq_conv_transpose_workspace_size(&shape);
  }
  void describe_shape(Dimensions x, ReplayStep& step) const override {
    step.kind = ReplayStep::Kind::kConvTranspose;
    step.conv = shape_of(x);
  }
  void accumulate(const Job& job, std::int32_t* acc) const override {
    const xq_conv shape = shape_of(job.shape);
    xq_conv_transpose_s32(&shape, &job.x, packed(), job.bias, acc, job.workspace);
  }
  void requantize(const Job& job, const xq_requant& to, xq_type type, void* y) const override {
    const xq_conv shape = shape_of(job.shape);
    xq_conv_transpose_q8(&shape, &job.x, packed(), job.bias, &to, type, y, job.workspace);
  }
  std::size_t wide_workspace_bytes(Dimensions x) const override {
    const xq_conv shape = shape_of(x);
    return xq_wide_conv_transpose_workspace_size(&shape);
  }
  void multiply_wide(const Job& job, const xq_wide_weights& weights, const std::int64_t* bias,
                     const xq_wide_result& result) const override {
    const xq_conv shape = shape_of(job.shape);
    xq_wide_conv_transpose(&shape, &job.x, &weights, bias, &result, job.workspace);
  }

  Ints strides_, dilations_, pads_, output_padding_, output_shape_;
  std::string auto_pad_;
  std::size_t groups_;
};

}  // namespace

std::unique_ptr<runtime::Kernel> conv_transpose(const runtime::Setup& setup) {
  return std::make_unique<ConvTranspose>(setup);
}

}  // namespace xquant::integer::kernels

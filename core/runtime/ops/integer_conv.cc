// ConvInteger and QLinearConv: the exact sums of core/int8, requantized with a float multiplier.

#include "runtime/aligned_buffer.h"
#include "runtime/ops/integer_requantize.h"
#include "runtime/ops/window.h"

namespace xquant::runtime::ops {
namespace {

struct ConvPlaces {
  std::size_t x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias;
};

class IntegerConv final : public Kernel {
 public:
  IntegerConv(const Setup& setup, const ConvPlaces& places)
      : at_(places), attributes_(setup.node), groups_(setup.node.int_or("group", 1)) {}

  std::vector<TensorType> infer(const Operands& in) const override {
    const TensorView x = in.required(at_.x), w = in.required(at_.w);
    code_type(x.type);
    code_type(w.type);
    if (x.rank() != w.rank() || w.rank() < 3) refuse("Input and weights have different ranks.");
    if (groups_ < 1 || x.shape[1] != w.shape[1] * groups_ || w.shape[0] % groups_ != 0)
      refuse("The channels of input and weights do not fit.");
    require_depth(w.size() / std::max<std::int64_t>(1, w.shape[0]));
    const Window window = window_of(in);
    const Shape shape = window_result(x.shape, w.shape[0], window);
    if (in.has(at_.bias)) {
      require_type(in[at_.bias], DataType::kInt32);
      if (in[at_.bias].size() != w.shape[0])
        refuse("The bias does not have one entry for each channel.");
    }
    if (!requantizes()) return {{DataType::kInt32, shape}};
    const std::int64_t scales = in.required(at_.w_scale).size();
    if (in.required(at_.x_scale).size() != 1 || (scales != 1 && scales != w.shape[0]))
      refuse("The scales do not fit.");
    code_type(in.required(at_.y_zero).type);
    return {{in[at_.y_zero].type, shape}};
  }

  std::size_t scratch_bytes(const Operands& in, std::span<const MutableView> out) const override {
    const xq_conv conv = conv_of(in);
    const auto sums = requantizes() ? static_cast<std::size_t>(out[0].size()) : 0;
    return align_up(conv.out_channels * sizeof(std::int32_t)) +
           align_up(sums * sizeof(std::int32_t)) + align_up(xq_conv_packed_size(&conv)) +
           xq_conv_workspace_size(&conv);
  }

  void run(const Call& call) const override {
    const Operands& in = call.inputs;
    const MutableView out = call.outputs[0];
    if (out.size() == 0) return;
    const xq_conv conv = conv_of(in);
    std::span<std::byte> rest = call.scratch;
    const auto take = [&](std::size_t bytes) {
      std::byte* piece = rest.data();
      rest = rest.subspan(align_up(bytes));
      return piece;
    };
    auto* zero_points =
        reinterpret_cast<std::int32_t*>(take(conv.out_channels * sizeof(std::int32_t)));
    const std::size_t count = zero_points_of(in[at_.w_zero], conv.out_channels, zero_points);
    std::int32_t* sums = raw<std::int32_t>(out);
    if (requantizes()) {
      sums = reinterpret_cast<std::int32_t*>(
          take(static_cast<std::size_t>(out.size()) * sizeof(std::int32_t)));
    }
    std::byte* packed = take(xq_conv_packed_size(&conv));
    const xq_weights weights{in[at_.w].data, code_type(in[at_.w].type), zero_points, count};
    xq_conv_pack(&conv, &weights, packed);
    const xq_codes x{in[at_.x].data, code_type(in[at_.x].type), zero_point_of(in[at_.x_zero])};
    const auto* bias = in.has(at_.bias) ? raw<std::int32_t>(in[at_.bias]) : nullptr;
    xq_conv_s32(&conv, &x, packed, bias, sums, rest.data());
    if (!requantizes()) return;
    const Requantizer to{static_cast<float>(number(in[at_.x_scale])), in[at_.w_scale],
                         static_cast<float>(number(in[at_.y_scale])),
                         zero_point_of(in[at_.y_zero])};
    const std::int64_t channels = out.shape[1];
    const std::int64_t plane = out.size() / (out.shape[0] * channels);
    const auto write = [&]<typename T>(T) {
      for (std::int64_t i = 0; i < out.size(); ++i)
        raw<T>(out)[i] = to.code<T>(sums[i], i / plane % channels);
    };
    out.type == DataType::kInt8 ? write(std::int8_t{}) : write(std::uint8_t{});
  }

 private:
  bool requantizes() const { return at_.y_scale != kNowhere; }

  Window window_of(const Operands& in) const {
    const Window w = attributes_.at(in[at_.x].shape, in[at_.w].shape.subspan(2));
    for (std::size_t d = 0; d < Window::kDimensions; ++d) {
      if (w.pad_begin[d] < 0 || w.pad_end[d] < 0) refuse("Negative pads are not supported.");
    }
    return w;
  }

  xq_conv conv_of(const Operands& in) const {
    const Window w = window_of(in);
    const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
    xq_conv conv{};
    conv.batch = size(in[at_.x].shape[0]);
    conv.in_channels = size(in[at_.x].shape[1]);
    conv.out_channels = size(in[at_.w].shape[0]);
    conv.groups = size(groups_);
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

  ConvPlaces at_;
  WindowAttributes attributes_;
  std::int64_t groups_;
};

}  // namespace

std::unique_ptr<Kernel> conv_integer(const Setup& setup) {
  return std::make_unique<IntegerConv>(
      setup, ConvPlaces{0, kNowhere, 2, 1, kNowhere, 3, kNowhere, kNowhere, kNowhere});
}
std::unique_ptr<Kernel> qlinear_conv(const Setup& setup) {
  return std::make_unique<IntegerConv>(setup, ConvPlaces{0, 1, 2, 3, 4, 5, 6, 7, 8});
}

}  // namespace xquant::runtime::ops

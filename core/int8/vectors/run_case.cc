#include "int8/vectors/run_case.h"

#include <cstring>

#include "int8/vectors/case_call.h"

// The first operators there were; those that came later have a file for each topic. Parameters and
// tensors of each operator:
//   quantize     outer channels inner               | x f32, scale f32, zero point i32
//                result: q, then the number of NaN as u32
//   dequantize   outer channels inner               | q, scale f32, zero point i32
//   requantize   outer channels inner, zp qmin qmax | acc i32, multiplier f32
//   gemm         m n k, zx, zp qmin qmax            | x s8, w s8 [k, n], bias i32, multiplier f32
//   conv2d       the 16 fields of xq_conv2d in order,
//                zx, zp qmin qmax                   | x s8, w s8, bias i32, multiplier f32
// An empty bias means none; the _s32 operators have an empty multiplier and ignore zp qmin qmax.
namespace xquant::int8 {
namespace {

constexpr size_t kConvFields = 16;

// A tensor copied to where its type is aligned.
template <typename T>
std::vector<T> tensor(const Bytes& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

bool has_shape(const VectorCase& c, size_t parameters, size_t inputs) {
  return c.parameters.size() == parameters && c.inputs.size() == inputs;
}

size_t size_at(const VectorCase& c, size_t i) { return static_cast<size_t>(c.parameters[i]); }

size_t axis_elements(const VectorCase& c) { return size_at(c, 0) * size_at(c, 1) * size_at(c, 2); }

std::optional<Bytes> run_quantize(const VectorCase& c) {
  if (!has_shape(c, 3, 3)) return std::nullopt;
  const auto x = tensor<float>(c.inputs[0]);
  const auto scale = tensor<float>(c.inputs[1]);
  const auto zero_point = tensor<int32_t>(c.inputs[2]);
  const size_t channels = size_at(c, 1);
  if (x.size() != axis_elements(c) || scale.size() != channels || zero_point.size() != channels) {
    return std::nullopt;
  }
  Bytes q(x.size());
  const size_t nans =
      c.op == Operator::kQuantizeU8
          ? xq_quantize_axis_f32_u8(x.data(), size_at(c, 0), channels, size_at(c, 2), scale.data(),
                                    zero_point.data(), q.data())
          : xq_quantize_axis_f32_s8(x.data(), size_at(c, 0), channels, size_at(c, 2), scale.data(),
                                    zero_point.data(), reinterpret_cast<int8_t*>(q.data()));
  const Bytes count = bytes_of(std::vector<uint32_t>{static_cast<uint32_t>(nans)});
  q.insert(q.end(), count.begin(), count.end());
  return q;
}

std::optional<Bytes> run_dequantize(const VectorCase& c) {
  if (!has_shape(c, 3, 3)) return std::nullopt;
  const Bytes& q = c.inputs[0];
  const auto scale = tensor<float>(c.inputs[1]);
  const auto zero_point = tensor<int32_t>(c.inputs[2]);
  const size_t channels = size_at(c, 1);
  if (q.size() != axis_elements(c) || scale.size() != channels || zero_point.size() != channels) {
    return std::nullopt;
  }
  std::vector<float> x(q.size());
  if (c.op == Operator::kDequantizeU8) {
    xq_dequantize_axis_u8_f32(q.data(), size_at(c, 0), channels, size_at(c, 2), scale.data(),
                              zero_point.data(), x.data());
  } else {
    xq_dequantize_axis_s8_f32(reinterpret_cast<const int8_t*>(q.data()), size_at(c, 0), channels,
                              size_at(c, 2), scale.data(), zero_point.data(), x.data());
  }
  return bytes_of(x);
}

// zp qmin qmax are the parameters from `at` on.
xq_requant requant_at(const VectorCase& c, size_t at, const std::vector<float>& multiplier) {
  return {multiplier.data(),    multiplier.size(),    c.parameters[at],
          c.parameters[at + 1], c.parameters[at + 2], nullptr};
}

std::optional<Bytes> run_requantize(const VectorCase& c) {
  if (!has_shape(c, 6, 2)) return std::nullopt;
  const auto acc = tensor<int32_t>(c.inputs[0]);
  const auto multiplier = tensor<float>(c.inputs[1]);
  if (acc.size() != axis_elements(c)) return std::nullopt;
  const xq_requant to = requant_at(c, 3, multiplier);
  Bytes q(acc.size());
  if (c.op == Operator::kRequantizeU8) {
    xq_requantize_s32_u8(acc.data(), size_at(c, 0), size_at(c, 1), size_at(c, 2), &to, q.data());
  } else {
    xq_requantize_s32_s8(acc.data(), size_at(c, 0), size_at(c, 1), size_at(c, 2), &to,
                         reinterpret_cast<int8_t*>(q.data()));
  }
  return q;
}

std::optional<Bytes> run_gemm(const VectorCase& c) {
  if (!has_shape(c, 7, 4)) return std::nullopt;
  const xq_gemm shape = {size_at(c, 0), size_at(c, 1), size_at(c, 2)};
  const auto x = tensor<int8_t>(c.inputs[0]);
  const auto w = tensor<int8_t>(c.inputs[1]);
  const auto bias = tensor<int32_t>(c.inputs[2]);
  const auto multiplier = tensor<float>(c.inputs[3]);
  if (x.size() != shape.m * shape.k || w.size() != shape.k * shape.n) return std::nullopt;
  if (!bias.empty() && bias.size() != shape.n) return std::nullopt;
  auto packed = memory(xq_gemm_packed_size(&shape));
  auto workspace = memory(xq_gemm_workspace_size(&shape));
  xq_gemm_pack(&shape, w.data(), shape.n, 1, packed.data());
  if (c.op == Operator::kGemmS32) {
    std::vector<int32_t> acc(shape.m * shape.n);
    xq_gemm_s8_s32(&shape, x.data(), c.parameters[3], packed.data(), data_or_null(bias), acc.data(),
                   workspace.data());
    return bytes_of(acc);
  }
  const xq_requant to = requant_at(c, 4, multiplier);
  Bytes y(shape.m * shape.n);
  xq_gemm_s8(&shape, x.data(), c.parameters[3], packed.data(), data_or_null(bias), &to,
             reinterpret_cast<int8_t*>(y.data()), workspace.data());
  return y;
}

xq_conv2d conv_of(const VectorCase& c) {
  size_t i = 0;
  const auto next = [&] { return size_at(c, i++); };
  xq_conv2d conv = {};
  for (size_t* field :
       {&conv.batch, &conv.in_channels, &conv.in_height, &conv.in_width, &conv.out_channels,
        &conv.groups, &conv.kernel_height, &conv.kernel_width, &conv.stride_height,
        &conv.stride_width, &conv.dilation_height, &conv.dilation_width, &conv.pad_top,
        &conv.pad_left, &conv.pad_bottom, &conv.pad_right}) {
    *field = next();
  }
  return conv;
}

std::optional<Bytes> run_conv2d(const VectorCase& c) {
  if (!has_shape(c, kConvFields + 4, 4)) return std::nullopt;
  const xq_conv2d conv = conv_of(c);
  const int32_t zx = c.parameters[kConvFields];
  const auto x = tensor<int8_t>(c.inputs[0]);
  const auto w = tensor<int8_t>(c.inputs[1]);
  const auto bias = tensor<int32_t>(c.inputs[2]);
  const auto multiplier = tensor<float>(c.inputs[3]);
  const size_t image = conv.in_channels * conv.in_height * conv.in_width;
  if (x.size() != conv.batch * image || conv.groups == 0) return std::nullopt;
  if (w.size() != conv.out_channels * (conv.in_channels / conv.groups) * conv.kernel_height *
                      conv.kernel_width) {
    return std::nullopt;
  }
  if (!bias.empty() && bias.size() != conv.out_channels) return std::nullopt;
  auto packed = memory(xq_conv2d_packed_size(&conv));
  auto workspace = memory(xq_conv2d_workspace_size(&conv));
  xq_conv2d_pack(&conv, w.data(), packed.data());
  const size_t outputs =
      conv.batch * conv.out_channels * xq_conv2d_out_height(&conv) * xq_conv2d_out_width(&conv);
  if (c.op == Operator::kConv2dS32) {
    std::vector<int32_t> acc(outputs);
    xq_conv2d_s8_s32(&conv, x.data(), zx, packed.data(), data_or_null(bias), acc.data(),
                     workspace.data());
    return bytes_of(acc);
  }
  const xq_requant to = requant_at(c, kConvFields + 1, multiplier);
  Bytes y(outputs);
  xq_conv2d_s8(&conv, x.data(), zx, packed.data(), data_or_null(bias), &to,
               reinterpret_cast<int8_t*>(y.data()), workspace.data());
  return y;
}

}  // namespace

std::optional<Bytes> run_case(const VectorCase& c) {
  switch (c.op) {
    case Operator::kQuantizeS8:
    case Operator::kQuantizeU8:
      return run_quantize(c);
    case Operator::kDequantizeS8:
    case Operator::kDequantizeU8:
      return run_dequantize(c);
    case Operator::kRequantizeS8:
    case Operator::kRequantizeU8:
      return run_requantize(c);
    case Operator::kGemmS32:
    case Operator::kGemmS8:
      return run_gemm(c);
    case Operator::kConv2dS32:
    case Operator::kConv2dS8:
      return run_conv2d(c);
    default:
      break;
  }
  for (const auto run :
       {run_codes, run_product, run_real, run_pool, run_move, run_stage, run_expression}) {
    if (const std::optional<Bytes> result = run(c)) return result;
  }
  return std::nullopt;
}

}  // namespace xquant::int8

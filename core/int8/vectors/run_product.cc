#include "int8/vectors/case_call.h"

// Products of operands of any sign with zero points on both sides.
//   gemm            m n k                                   and the common part
//   matmul          m n k rank a_batch.. b_batch..          and the common part, without bias
//   conv            batch in_channels out_channels groups, in kernel stride dilation pad_begin
//   conv_transpose  pad_end output_padding (three each)     and the common part
// Common part: type of x, zx, type of w, type of the result (0: accumulators i32), zp qmin qmax
//   | x, w, zero points of w i32, bias i32, multiplier f32
namespace xquant::int8 {
namespace {

// What every product has, and its result.
struct Operands {
  xq_codes x = {};
  xq_weights w = {};
  std::vector<int32_t> zero_points, bias;
  std::vector<float> multiplier;
  bool wants_acc = false;
  xq_type type = XQ_S8;
  xq_requant to = {};
  std::vector<int32_t> acc;
  Bytes y;

  const int32_t* bias_or_null() const { return data_or_null(bias); }
  Bytes result() const { return wants_acc ? bytes_of(acc) : y; }
};

Operands operands_of(CaseCall& call, size_t x_size, size_t w_size, size_t outputs, size_t results) {
  Operands o;
  o.x.type = call.choice(XQ_U8);
  o.x.zero_point = call.number();
  o.w.type = call.choice(XQ_U8);
  const int32_t type = call.number();
  o.wants_acc = type == 0;
  call.require(type >= 0 && type <= XQ_U8);
  o.type = type == XQ_U8 ? XQ_U8 : XQ_S8;
  o.to.zero_point = call.number();
  o.to.qmin = call.number();
  o.to.qmax = call.number();
  o.x.data = call.codes(x_size, o.x.type);
  o.w.data = call.codes(w_size, o.w.type);
  o.zero_points = call.tensor_of<int32_t>(outputs, call.next_is_empty() ? 0 : 1);
  o.bias = call.tensor_of<int32_t>(0, outputs);
  o.multiplier = call.tensor_of<float>(o.wants_acc ? 0 : 1, o.wants_acc ? 0 : outputs);
  o.w.zero_point = data_or_null(o.zero_points);
  o.w.zero_points = o.zero_points.size();
  o.to.multiplier = o.multiplier.data();
  o.to.multipliers = o.multiplier.size();
  if (o.wants_acc) {
    o.acc.resize(results);
  } else {
    o.y.resize(results);
  }
  return o;
}

std::optional<Bytes> gemm(const VectorCase& c) {
  CaseCall call(c);
  const xq_gemm shape = {call.size(), call.size(), call.size()};
  Operands o = operands_of(call, shape.m * shape.k, shape.k * shape.n, shape.n, shape.m * shape.n);
  if (!call.complete()) return std::nullopt;
  auto packed = memory(xq_gemm_packed_size(&shape));
  auto workspace = memory(xq_gemm_workspace_size(&shape));
  xq_gemm_pack_weights(&shape, &o.w, shape.n, 1, packed.data());
  if (o.wants_acc) {
    xq_gemm_s32(&shape, &o.x, packed.data(), o.bias_or_null(), o.acc.data(), workspace.data());
  } else {
    xq_gemm_q8(&shape, &o.x, packed.data(), o.bias_or_null(), &o.to, o.type, o.y.data(),
               workspace.data());
  }
  return o.result();
}

std::optional<Bytes> matmul(const VectorCase& c) {
  CaseCall call(c);
  xq_matmul shape = {call.size(), call.size(), call.size(), call.size(), {}, {}};
  if (shape.batch_rank > XQ_MAX_RANK) return std::nullopt;
  size_t a = 1, b = 1;
  for (size_t d = 0; d < shape.batch_rank; ++d) a *= shape.a_batch[d] = call.size();
  for (size_t d = 0; d < shape.batch_rank; ++d) b *= shape.b_batch[d] = call.size();
  const size_t results = xq_matmul_batch(&shape) * shape.m * shape.n;
  Operands o = operands_of(call, a * shape.m * shape.k, b * shape.k * shape.n, shape.n, results);
  if (!call.complete() || !o.bias.empty()) return std::nullopt;
  auto workspace = memory(xq_matmul_workspace_size(&shape));
  if (o.wants_acc) {
    xq_matmul_s32(&shape, &o.x, &o.w, o.acc.data(), workspace.data());
  } else {
    xq_matmul_q8(&shape, &o.x, &o.w, &o.to, o.type, o.y.data(), workspace.data());
  }
  return o.result();
}

size_t volume(const size_t (&n)[3]) { return n[0] * n[1] * n[2]; }

xq_conv conv_of(CaseCall& call) {
  xq_conv conv = {};
  conv.batch = call.size();
  conv.in_channels = call.size();
  conv.out_channels = call.size();
  conv.groups = call.size();
  call.three(conv.in);
  call.three(conv.kernel);
  call.three(conv.stride);
  call.three(conv.dilation);
  call.three(conv.pad_begin);
  call.three(conv.pad_end);
  call.three(conv.output_padding);
  if (conv.groups == 0) conv.groups = 1, call.require(false);
  return conv;
}

std::optional<Bytes> conv(const VectorCase& c) {
  CaseCall call(c);
  const xq_conv conv = conv_of(call);
  const bool transposed = c.op == Operator::kConvTranspose;
  size_t results = conv.batch * conv.out_channels;
  for (size_t d = 0; d < 3; ++d) {
    results *= transposed ? xq_conv_transpose_out(&conv, d) : xq_conv_out(&conv, d);
  }
  const size_t weights = conv.in_channels * conv.out_channels / conv.groups * volume(conv.kernel);
  Operands o = operands_of(call, conv.batch * conv.in_channels * volume(conv.in), weights,
                           conv.out_channels, results);
  if (!call.complete()) return std::nullopt;
  auto packed =
      memory(transposed ? xq_conv_transpose_packed_size(&conv) : xq_conv_packed_size(&conv));
  auto workspace =
      memory(transposed ? xq_conv_transpose_workspace_size(&conv) : xq_conv_workspace_size(&conv));
  (transposed ? xq_conv_transpose_pack : xq_conv_pack)(&conv, &o.w, packed.data());
  if (o.wants_acc) {
    (transposed ? xq_conv_transpose_s32 : xq_conv_s32)(&conv, &o.x, packed.data(), o.bias_or_null(),
                                                       o.acc.data(), workspace.data());
  } else {
    (transposed ? xq_conv_transpose_q8 : xq_conv_q8)(&conv, &o.x, packed.data(), o.bias_or_null(),
                                                     &o.to, o.type, o.y.data(), workspace.data());
  }
  return o.result();
}

}  // namespace

std::optional<Bytes> run_product(const VectorCase& c) {
  switch (c.op) {
    case Operator::kGemm:
      return gemm(c);
    case Operator::kMatMul:
      return matmul(c);
    case Operator::kConv:
    case Operator::kConvTranspose:
      return conv(c);
    default:
      return std::nullopt;
  }
}

}  // namespace xquant::int8

#include "int8/vectors/case_call.h"

// Products of operands of any sign with zero points on both sides.
//   gemm            m n k                                   and the common part
//   matmul          m n k rank a_batch.. b_batch..          and the common part, without bias
//   conv            batch in_channels out_channels groups, in kernel stride dilation pad_begin
//   conv_transpose  pad_end output_padding (three each)     and the common part
// Common part: type of x, zx, type of w, type of the result (0: accumulators i32), zp qmin qmax
//   | x, w, zero points of w i32, bias i32, multiplier f32
// Where one of the types has 16 bits, the bias is i64 and 0 means real numbers, f32.
namespace xquant::int8 {
namespace {

// What every product has, and its result.
struct Operands {
  xq_codes x = {};
  xq_weights w = {};
  std::vector<int32_t> zero_points, bias;
  std::vector<int64_t> wide_bias;
  std::vector<float> multiplier;
  bool is_wide = false;
  bool wants_sums = false;  // as they are, or as real numbers
  xq_type type = XQ_S8;
  xq_requant to = {};
  std::vector<int32_t> acc;
  std::vector<float> real;
  Bytes y;

  const int32_t* bias_or_null() const { return data_or_null(bias); }
  xq_wide_result wide_result() {
    return {&to, type, wants_sums ? nullptr : y.data(), wants_sums ? real.data() : nullptr};
  }
  Bytes result() const { return !wants_sums ? y : is_wide ? bytes_of(real) : bytes_of(acc); }
};

bool is_word(int32_t type) { return type == XQ_S16 || type == XQ_U16; }

Operands operands_of(CaseCall& call, size_t x_size, size_t w_size, size_t outputs, size_t results) {
  Operands o;
  o.x.type = call.type();
  o.x.zero_point = call.number();
  o.w.type = call.type();
  const int32_t type = call.number();
  o.is_wide = is_word(o.x.type) || is_word(o.w.type) || is_word(type);
  o.wants_sums = type == 0;
  call.require(type >= 0 && type <= XQ_U16);
  o.type = type >= XQ_S8 && type <= XQ_U16 ? static_cast<xq_type>(type) : XQ_S8;
  o.to.zero_point = call.number();
  o.to.qmin = call.number();
  o.to.qmax = call.number();
  o.x.data = call.codes(x_size, o.x.type);
  o.w.data = call.codes(w_size, o.w.type);
  o.zero_points = call.tensor_of<int32_t>(outputs, call.next_is_empty() ? 0 : 1);
  if (o.is_wide) {
    o.wide_bias = call.tensor_of<int64_t>(0, outputs);
  } else {
    o.bias = call.tensor_of<int32_t>(0, outputs);
  }
  const bool has_multipliers = o.is_wide || !o.wants_sums;
  o.multiplier = call.tensor_of<float>(has_multipliers ? 1 : 0, has_multipliers ? outputs : 0);
  o.w.zero_point = data_or_null(o.zero_points);
  o.w.zero_points = o.zero_points.size();
  o.to.multiplier = o.multiplier.data();
  o.to.multipliers = o.multiplier.size();
  if (!o.wants_sums) {
    o.y = result_of(results, o.type);
  } else if (o.is_wide) {
    o.real.resize(results);
  } else {
    o.acc.resize(results);
  }
  return o;
}

// Weights of 8 or 16 bits, packed for a product of 16.
class WidePacked {
 public:
  // pack(plane, to): of one set of bytes.
  template <typename Pack>
  WidePacked(const xq_weights& w, size_t n, size_t packed_bytes, const Pack& pack) {
    auto room = memory(xq_split_weights_size(&w, n));
    xq_weights planes[2];
    const size_t count = xq_split_weights(&w, n, planes, room.data());
    for (size_t p = 0; p < count; ++p) {
      packed_.push_back(memory(packed_bytes));
      pack(&planes[p], packed_[p].data());
    }
  }
  xq_wide_weights view() const {
    return {packed_[0].data(), packed_.size() > 1 ? packed_[1].data() : nullptr};
  }

 private:
  std::vector<std::vector<uint64_t>> packed_;
};

Bytes wide_gemm(const xq_gemm& shape, Operands& o) {
  const WidePacked packed(o.w, shape.k * shape.n, xq_gemm_packed_size(&shape),
                          [&](const xq_weights* plane, void* to) {
                            xq_gemm_pack_weights(&shape, plane, shape.n, 1, to);
                          });
  const xq_wide_weights w = packed.view();
  const xq_wide_result result = o.wide_result();
  auto workspace = memory(xq_wide_gemm_workspace_size(&shape));
  xq_wide_gemm(&shape, &o.x, &w, data_or_null(o.wide_bias), &result, workspace.data());
  return o.result();
}

std::optional<Bytes> gemm(const VectorCase& c) {
  CaseCall call(c);
  const xq_gemm shape = {call.size(), call.size(), call.size()};
  Operands o = operands_of(call, shape.m * shape.k, shape.k * shape.n, shape.n, shape.m * shape.n);
  if (!call.complete()) return std::nullopt;
  if (o.is_wide) return wide_gemm(shape, o);
  auto packed = memory(xq_gemm_packed_size(&shape));
  auto workspace = memory(xq_gemm_workspace_size(&shape));
  xq_gemm_pack_weights(&shape, &o.w, shape.n, 1, packed.data());
  if (o.wants_sums) {
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
  if (!call.complete() || !o.bias.empty() || !o.wide_bias.empty()) return std::nullopt;
  if (o.is_wide) {
    const xq_wide_result result = o.wide_result();
    auto workspace = memory(xq_wide_matmul_workspace_size(&shape, &o.w));
    xq_wide_matmul(&shape, &o.x, &o.w, &result, workspace.data());
    return o.result();
  }
  auto workspace = memory(xq_matmul_workspace_size(&shape));
  if (o.wants_sums) {
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

Bytes wide_conv(const xq_conv& conv, bool transposed, size_t weights, Operands& o) {
  const WidePacked packed(o.w, weights,
                          (transposed ? xq_conv_transpose_packed_size : xq_conv_packed_size)(&conv),
                          [&](const xq_weights* plane, void* to) {
                            (transposed ? xq_conv_transpose_pack : xq_conv_pack)(&conv, plane, to);
                          });
  const xq_wide_weights w = packed.view();
  const xq_wide_result result = o.wide_result();
  auto workspace = memory(
      (transposed ? xq_wide_conv_transpose_workspace_size : xq_wide_conv_workspace_size)(&conv));
  (transposed ? xq_wide_conv_transpose : xq_wide_conv)(&conv, &o.x, &w, data_or_null(o.wide_bias),
                                                       &result, workspace.data());
  return o.result();
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
  if (o.is_wide) return wide_conv(conv, transposed, weights, o);
  auto packed =
      memory(transposed ? xq_conv_transpose_packed_size(&conv) : xq_conv_packed_size(&conv));
  auto workspace =
      memory(transposed ? xq_conv_transpose_workspace_size(&conv) : xq_conv_workspace_size(&conv));
  (transposed ? xq_conv_transpose_pack : xq_conv_pack)(&conv, &o.w, packed.data());
  if (o.wants_sums) {
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

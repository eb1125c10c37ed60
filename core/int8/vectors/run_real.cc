#include "int8/vectors/case_call.h"

// Operators on real numbers. A quant is type, bits of the scale, zero point, qmin, qmax; a shape is
// its rank and dimensions.
//   binary         op, quant x, shape x, quant y, shape y, quant z | x, y
//   unary          op, bits of alpha and beta, n, quant x, quant y | x
//                  result of both: codes, then the number of NaN as u32
//   table          as unary                                        | x
//                  result: the table, its values of x, the same by a line where there is one
//   softmax        outer length inner, quant x, quant y            | x
//   log_softmax    the same
//   hardmax        the same
//   layer_norm     rows length, bits of epsilon, quant x, quant y  | x, gamma f32, beta f32
//   rms_norm       the same                                        | x, gamma f32
//   instance_norm  batch channels length, epsilon, quants          | x, gamma f32, beta f32
//   group_norm     groups, then as instance_norm                   | the same
//   vector_norm    divisor, then as softmax                        | x
//   lrn            size, bits of alpha, beta, bias,
//                  batch channels inner, quants                    | x
//   wide_table     as unary, of any types                          | x
namespace xquant::int8 {
namespace {

std::optional<Bytes> binary(const VectorCase& c) {
  CaseCall call(c);
  const auto op = call.choice(XQ_FMOD);
  xq_tensor x = {}, y = {};
  x.quant = call.quant();
  x.shape = call.shape();
  y.quant = call.quant();
  y.shape = call.shape();
  const xq_quant to = call.quant();
  x.data = call.codes(xq_shape_elements(&x.shape), x.quant.type);
  y.data = call.codes(xq_shape_elements(&y.shape), y.quant.type);
  if (!call.complete() || !xq_can_broadcast(&x.shape, &y.shape)) return std::nullopt;
  const xq_shape shape = xq_broadcast_shape(&x.shape, &y.shape);
  Bytes z = result_of(xq_shape_elements(&shape), to.type);
  const size_t nans = xq_binary(op, &x, &y, &to, z.data());
  return with_count(z, nans);
}

xq_unary_function function_of(CaseCall& call) {
  xq_unary_function f = {};
  f.op = call.choice(XQ_TO_CEIL);
  f.alpha = call.real();
  f.beta = call.real();
  return f;
}

std::optional<Bytes> unary(const VectorCase& c) {
  CaseCall call(c);
  const xq_unary_function f = function_of(call);
  const size_t n = call.size();
  const xq_quant from = call.quant(), to = call.quant();
  const void* x = call.codes(n, from.type);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(n, to.type);
  const size_t nans = xq_unary(&f, x, n, &from, &to, y.data());
  return with_count(y, nans);
}

std::optional<Bytes> table(const VectorCase& c) {
  CaseCall call(c);
  const xq_unary_function f = function_of(call);
  const size_t n = call.size();
  const xq_quant from = call.quant(), to = call.quant();
  call.require(xq_type_size(from.type) == 1 && xq_type_size(to.type) == 1);
  const void* x = call.codes(n, from.type);
  if (!call.complete()) return std::nullopt;
  Bytes result(sizeof(xq_table) + 2 * n);
  uint8_t* values = result.data() + sizeof(xq_table);
  xq_unary_table(&f, &from, &to, result.data());
  xq_table_apply(result.data(), x, n, values);
  xq_line line;
  if (xq_line_of(result.data(), &line))
    xq_line_apply(&line, x, n, values + n);
  else
    xq_table_apply(result.data(), x, n, values + n);
  return result;
}

std::optional<Bytes> softmax(const VectorCase& c) {
  CaseCall call(c);
  const size_t outer = call.size(), length = call.size(), inner = call.size();
  const xq_quant from = call.quant(), to = call.quant();
  const void* x = call.codes(outer * length * inner, from.type);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(outer * length * inner, to.type);
  auto workspace = memory(xq_softmax_workspace_size(length));
  const auto function = c.op == Operator::kSoftmax      ? xq_softmax
                        : c.op == Operator::kLogSoftmax ? xq_log_softmax
                                                        : xq_hardmax;
  function(x, outer, length, inner, &from, &to, y.data(), workspace.data());
  return y;
}

std::optional<Bytes> wide_table(const VectorCase& c) {
  CaseCall call(c);
  xq_unary_function f = function_of(call);
  const size_t n = call.size();
  const xq_quant from = call.quant(), to = call.quant();
  const void* x = call.codes(n, from.type);
  if (!call.complete()) return std::nullopt;
  const auto apply = [](const float* reals, size_t count, float* results, void* function) {
    xq_unary_f32(static_cast<const xq_unary_function*>(function), reals, count, results);
  };
  auto entries = memory(xq_wide_table_size(from.type, to.type));
  const size_t nans = xq_wide_table_of(apply, &f, &from, &to, entries.data());
  Bytes y = result_of(n, to.type);
  xq_wide_table_apply(entries.data(), from.type, to.type, x, n, y.data());
  return with_count(y, nans);
}

std::optional<Bytes> vector_norm(const VectorCase& c) {
  CaseCall call(c);
  const auto divisor = call.choice(XQ_DIVISOR_DEVIATION);
  const size_t outer = call.size(), length = call.size(), inner = call.size();
  const xq_quant from = call.quant(), to = call.quant();
  call.require(length >= 1);
  const void* x = call.codes(outer * length * inner, from.type);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(outer * length * inner, to.type);
  auto workspace = memory(xq_norm_workspace_size(length));
  xq_vector_norm(divisor, x, outer, length, inner, &from, &to, y.data(), workspace.data());
  return y;
}

std::optional<Bytes> lrn(const VectorCase& c) {
  CaseCall call(c);
  const xq_lrn_window window = {call.size(), call.real(), call.real(), call.real()};
  const size_t batch = call.size(), channels = call.size(), inner = call.size();
  const xq_quant from = call.quant(), to = call.quant();
  call.require(window.size >= 1);
  const void* x = call.codes(batch * channels * inner, from.type);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(batch * channels * inner, to.type);
  xq_lrn(&window, x, batch, channels, inner, &from, &to, y.data());
  return y;
}

std::optional<Bytes> norm(const VectorCase& c) {
  CaseCall call(c);
  const bool in_groups = c.op == Operator::kGroupNorm;
  const bool by_channel = in_groups || c.op == Operator::kInstanceNorm;
  const size_t groups = in_groups ? call.size() : 1;
  const size_t rows = call.size();
  const size_t channels = by_channel ? call.size() : 1;
  const size_t length = call.size();
  const float epsilon = call.real();
  const xq_quant from = call.quant(), to = call.quant();
  call.require(length >= 1 && groups >= 1 && channels % (groups < 1 ? 1 : groups) == 0);
  const size_t n = rows * channels * length;
  const void* x = call.codes(n, from.type);
  const size_t factors = by_channel ? channels : length;
  const auto gamma = call.tensor<float>(factors);
  const auto beta = call.tensor<float>(c.op == Operator::kRmsNorm ? 0 : factors);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(n, to.type);
  auto workspace = memory(xq_norm_workspace_size(in_groups ? channels / groups * length : length));
  if (in_groups) {
    xq_group_norm(x, rows, channels, length, groups, gamma.data(), beta.data(), epsilon, &from, &to,
                  y.data(), workspace.data());
  } else if (by_channel) {
    xq_instance_norm(x, rows, channels, length, gamma.data(), beta.data(), epsilon, &from, &to,
                     y.data(), workspace.data());
  } else if (c.op == Operator::kRmsNorm) {
    xq_rms_norm(x, rows, length, gamma.data(), epsilon, &from, &to, y.data(), workspace.data());
  } else {
    xq_layer_norm(x, rows, length, gamma.data(), beta.data(), epsilon, &from, &to, y.data(),
                  workspace.data());
  }
  return y;
}

}  // namespace

std::optional<Bytes> run_real(const VectorCase& c) {
  switch (c.op) {
    case Operator::kBinary:
      return binary(c);
    case Operator::kUnary:
      return unary(c);
    case Operator::kTable:
      return table(c);
    case Operator::kSoftmax:
    case Operator::kLogSoftmax:
    case Operator::kHardmax:
      return softmax(c);
    case Operator::kLayerNorm:
    case Operator::kRmsNorm:
    case Operator::kInstanceNorm:
    case Operator::kGroupNorm:
      return norm(c);
    case Operator::kVectorNorm:
      return vector_norm(c);
    case Operator::kLrn:
      return lrn(c);
    case Operator::kWideTable:
      return wide_table(c);
    default:
      return std::nullopt;
  }
}

}  // namespace xquant::int8

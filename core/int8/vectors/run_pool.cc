#include "int8/vectors/case_call.h"

// Pooling, reductions, Resize. A quant is type, bits of the scale, zero point, qmin, qmax.
//   max_pool        planes, in out kernel stride dilation pad_begin pad_end (three each),
//                   quant x, quant y                                          | x
//   average_pool    count, then the same                                      | x
//   lp_pool         p, then the same                                          | x
//   reduce          op, outer length inner, quant x, quant y                  | x
//   cumsum          outer length inner, exclusive, reverse, quants             | x
//   resize_nearest  planes, in_h in_w out_h out_w, coordinates, nearest, type | x
//   resize_linear   planes, in_h in_w out_h out_w, coordinates, quants        | x
//   resize_separable  filter, bits of cubic_a, exclude_outside, antialias, shape of x, that of y,
//                   coordinates, quants                                       | x
//   sample          planes elements, outputs, count, largest, quants          | x, start i64,
//                                                                               index i64,
//                                                                               weight f64
namespace xquant::int8 {
namespace {

std::optional<Bytes> pool(const VectorCase& c) {
  CaseCall call(c);
  const bool average = c.op == Operator::kAveragePool;
  const bool norm = c.op == Operator::kLpPool;
  const xq_pool_count count = average ? call.choice(XQ_COUNT_PADDED) : XQ_COUNT_INSIDE;
  const int order = norm ? call.number() : 1;
  call.require(order >= 1 && order <= XQ_MAX_NORM);
  xq_pool p = {};
  p.planes = call.size();
  for (auto* three : {&p.in, &p.out, &p.kernel, &p.stride, &p.dilation, &p.pad_begin, &p.pad_end}) {
    call.three(*three);
  }
  const xq_quant from = call.quant(), to = call.quant();
  const void* x = call.codes(p.planes * p.in[0] * p.in[1] * p.in[2], from.type);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(p.planes * p.out[0] * p.out[1] * p.out[2], to.type);
  if (average) {
    xq_average_pool(&p, count, x, &from, &to, y.data());
  } else if (norm) {
    xq_lp_pool(&p, order, x, &from, &to, y.data());
  } else {
    xq_max_pool(&p, x, &from, &to, y.data());
  }
  return y;
}

std::optional<Bytes> reduce(const VectorCase& c) {
  CaseCall call(c);
  const auto op = call.choice(XQ_REDUCE_LOG_SUM_EXP);
  const size_t outer = call.size(), length = call.size(), inner = call.size();
  const xq_quant from = call.quant(), to = call.quant();
  const void* x = call.codes(outer * length * inner, from.type);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(outer * inner, to.type);
  xq_reduce(op, x, outer, length, inner, &from, &to, y.data());
  return y;
}

std::optional<Bytes> cumsum(const VectorCase& c) {
  CaseCall call(c);
  const size_t outer = call.size(), length = call.size(), inner = call.size();
  const int exclusive = call.number(), reverse = call.number();
  const xq_quant from = call.quant(), to = call.quant();
  const void* x = call.codes(outer * length * inner, from.type);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(outer * length * inner, to.type);
  xq_cumsum(x, outer, length, inner, exclusive, reverse, &from, &to, y.data());
  return y;
}

struct Plane {
  size_t in[2], out[2];
  xq_coordinates coordinates;
  xq_resize_axis axis(size_t d) const {
    const auto n = static_cast<double>(out[d]);
    return {in[d], out[d], n / static_cast<double>(in[d]), n, coordinates};
  }
};

std::optional<Bytes> resize(const VectorCase& c) {
  CaseCall call(c);
  const size_t planes = call.size();
  Plane p = {{call.size(), call.size()}, {call.size(), call.size()}, call.choice(XQ_ASYMMETRIC)};
  call.require(p.in[0] > 0 && p.in[1] > 0 && p.out[0] > 0 && p.out[1] > 0);
  const bool nearest = c.op == Operator::kResizeNearest;
  const xq_nearest mode = nearest ? call.choice(XQ_CEIL) : XQ_FLOOR;
  const xq_quant from = nearest ? xq_quant_of(call.type(), 1.0f, 0) : call.quant();
  const xq_quant to = nearest ? from : call.quant();
  const void* x = call.codes(planes * p.in[0] * p.in[1], from.type);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(planes * p.out[0] * p.out[1], to.type);
  const xq_resize_axis rows = p.axis(0), columns = p.axis(1);
  std::vector<size_t> row(2 * p.out[0]), column(2 * p.out[1]);
  if (nearest) {
    xq_resize_nearest_index(&rows, mode, row.data());
    xq_resize_nearest_index(&columns, mode, column.data());
    xq_resize_nearest(x, planes, p.in, p.out, row.data(), column.data(), to.type, y.data());
    return y;
  }
  std::vector<float> row_weight(row.size()), column_weight(column.size());
  xq_resize_linear_taps(&rows, row.data(), row_weight.data());
  xq_resize_linear_taps(&columns, column.data(), column_weight.data());
  const xq_resize_taps row_taps = {row.data(), row_weight.data()};
  const xq_resize_taps column_taps = {column.data(), column_weight.data()};
  auto workspace = memory(xq_resize_linear_workspace_size(p.in, p.out));
  xq_resize_linear(x, planes, p.in, p.out, &row_taps, &column_taps, &from, &to, y.data(),
                   workspace.data());
  return y;
}

std::optional<Bytes> resize_separable(const VectorCase& c) {
  CaseCall call(c);
  xq_resize_rule rule = {};
  rule.filter = call.choice(XQ_FILTER_CUBIC);
  rule.cubic_a = static_cast<double>(call.real());
  rule.exclude_outside = call.number();
  rule.antialias = call.number();
  const xq_shape in = call.shape(), out = call.shape();
  const auto coordinates = call.choice(XQ_ASYMMETRIC);
  call.require(in.rank == out.rank);
  xq_resize_axis axes[XQ_MAX_RANK] = {};
  for (size_t d = 0; d < in.rank; ++d) {
    call.require(in.dims[d] > 0 && out.dims[d] > 0);
    const auto n = static_cast<double>(out.dims[d]);
    axes[d] = {in.dims[d], out.dims[d], n / static_cast<double>(in.dims[d]), n, coordinates};
  }
  const xq_quant from = call.quant(), to = call.quant();
  const void* x = call.codes(xq_shape_elements(&in), from.type);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(xq_shape_elements(&out), to.type);
  auto workspace = memory(xq_resize_separable_workspace_size(&rule, axes, in.rank));
  xq_resize_separable(&rule, axes, in.rank, x, &from, &to, y.data(), workspace.data());
  return y;
}

std::optional<Bytes> sample(const VectorCase& c) {
  CaseCall call(c);
  const size_t planes = call.size(), elements = call.size();
  const size_t outputs = call.size(), count = call.size();
  const int largest = call.number();
  const xq_quant from = call.quant(), to = call.quant();
  const void* x = call.codes(planes * elements, from.type);
  const auto start = call.tensor<int64_t>(outputs + 1), index = call.tensor<int64_t>(count);
  const auto weight = call.tensor<double>(count);
  for (const int64_t i : index) call.require(i >= 0 && i < static_cast<int64_t>(elements));
  for (size_t o = 0; o + 1 < start.size(); ++o) call.require(start[o] <= start[o + 1]);
  call.require(!start.empty() && start[0] == 0 && start.back() == static_cast<int64_t>(count));
  if (!call.complete()) return std::nullopt;
  const xq_samples samples = {outputs, start.data(), index.data(), weight.data(), largest};
  Bytes y = result_of(planes * outputs, to.type);
  xq_sample(&samples, x, planes, elements, &from, &to, y.data());
  return y;
}

}  // namespace

std::optional<Bytes> run_pool(const VectorCase& c) {
  switch (c.op) {
    case Operator::kMaxPool:
    case Operator::kAveragePool:
    case Operator::kLpPool:
      return pool(c);
    case Operator::kReduce:
      return reduce(c);
    case Operator::kCumSum:
      return cumsum(c);
    case Operator::kResizeNearest:
    case Operator::kResizeLinear:
      return resize(c);
    case Operator::kResizeSeparable:
      return resize_separable(c);
    case Operator::kSample:
      return sample(c);
    default:
      return std::nullopt;
  }
}

}  // namespace xquant::int8

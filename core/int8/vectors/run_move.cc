#include "int8/vectors/case_call.h"

// Data movement. A quant is type, bits of the scale, zero point, qmin, qmax; a shape is its rank
// and dimensions.
//   concat   count outer inner, quant y, then for each input: length, quant | the inputs
//   move     type, elements of x, offset of index 0, shape, strides         | x
//   gather   outer length inner count, type                                 | x, index i64
//   pad      mode, code, type, shape, begin.., end..                        | x
//   scatter  op, has data, runs inner count, quant data, quant updates,
//            quant y                                                        | data, updates,
//                                                                             index i64
//            result: codes, then the number of NaN as u32; without data its tensor is empty
namespace xquant::int8 {
namespace {

std::optional<Bytes> concat(const VectorCase& c) {
  CaseCall call(c);
  const size_t count = call.size(), outer = call.size(), inner = call.size();
  const xq_quant to = call.quant();
  if (count > 1000) return std::nullopt;
  std::vector<xq_tensor> inputs(count);
  std::vector<size_t> length(count);
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    total += length[i] = call.size();
    inputs[i].quant = call.quant();
  }
  for (size_t i = 0; i < count; ++i) {
    inputs[i].data = call.codes(outer * length[i] * inner, inputs[i].quant.type);
  }
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(outer * total * inner, to.type);
  xq_concat(inputs.data(), length.data(), count, outer, inner, &to, y.data());
  return y;
}

std::optional<Bytes> move(const VectorCase& c) {
  CaseCall call(c);
  const xq_type type = call.type();
  const size_t elements = call.size();
  const auto offset = static_cast<ptrdiff_t>(call.size());
  const xq_shape shape = call.shape();
  ptrdiff_t stride[XQ_MAX_RANK] = {}, low = offset, high = offset;
  for (size_t d = 0; d < shape.rank; ++d) {
    stride[d] = call.number();
    const ptrdiff_t reach = stride[d] * (static_cast<ptrdiff_t>(shape.dims[d]) - 1);
    (reach < 0 ? low : high) += reach;
  }
  const auto* x = static_cast<const uint8_t*>(call.codes(elements, type));
  call.require(low >= 0 && high < static_cast<ptrdiff_t>(elements));
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(xq_shape_elements(&shape), type);
  xq_move(x + static_cast<size_t>(offset) * xq_type_size(type), &shape, stride, type, y.data());
  return y;
}

std::optional<Bytes> gather(const VectorCase& c) {
  CaseCall call(c);
  const size_t outer = call.size(), length = call.size(), inner = call.size();
  const size_t count = call.size();
  const xq_type type = call.type();
  const void* x = call.codes(outer * length * inner, type);
  const auto index = call.tensor<int64_t>(count);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(outer * count * inner, type);
  xq_gather(x, outer, length, inner, index.data(), count, type, y.data());
  return y;
}

std::optional<Bytes> pad(const VectorCase& c) {
  CaseCall call(c);
  const auto mode = call.choice(XQ_PAD_WRAP);
  const int32_t code = call.number();
  const xq_type type = call.type();
  const xq_shape shape = call.shape();
  ptrdiff_t begin[XQ_MAX_RANK] = {}, end[XQ_MAX_RANK] = {};
  for (size_t d = 0; d < shape.rank; ++d) begin[d] = call.number();
  for (size_t d = 0; d < shape.rank; ++d) end[d] = call.number();
  size_t elements = 1;
  for (size_t d = 0; d < shape.rank; ++d) {
    const ptrdiff_t n = static_cast<ptrdiff_t>(shape.dims[d]) + begin[d] + end[d];
    call.require(n >= 0);
    elements *= n < 0 ? 0 : static_cast<size_t>(n);
  }
  const void* x = call.codes(xq_shape_elements(&shape), type);
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(elements, type);
  xq_pad(x, &shape, begin, end, mode, code, type, y.data());
  return y;
}

std::optional<Bytes> scatter(const VectorCase& c) {
  CaseCall call(c);
  const auto op = call.choice(XQ_SCATTER_MAX);
  const bool has_data = call.number() != 0;
  const size_t runs = call.size(), inner = call.size(), count = call.size();
  xq_tensor data = {}, updates = {};
  data.quant = call.quant();
  updates.quant = call.quant();
  const xq_quant to = call.quant();
  data.data = call.codes(has_data ? runs * inner : 0, data.quant.type);
  updates.data = call.codes(count * inner, updates.quant.type);
  const auto index = call.tensor<int64_t>(count);
  for (const int64_t i : index) call.require(i < static_cast<int64_t>(runs));
  if (!call.complete()) return std::nullopt;
  Bytes y = result_of(runs * inner, to.type);
  auto workspace = memory(xq_scatter_workspace_size(runs * inner));
  const size_t nans = xq_scatter(op, has_data ? &data : nullptr, runs, inner, &updates,
                                 index.data(), count, &to, y.data(), workspace.data());
  return with_count(y, nans);
}

}  // namespace

std::optional<Bytes> run_move(const VectorCase& c) {
  switch (c.op) {
    case Operator::kConcat:
      return concat(c);
    case Operator::kMove:
      return move(c);
    case Operator::kGather:
      return gather(c);
    case Operator::kPad:
      return pad(c);
    case Operator::kScatter:
      return scatter(c);
    default:
      return std::nullopt;
  }
}

}  // namespace xquant::int8

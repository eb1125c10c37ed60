#include "int8/fuzz/fuzz_case.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;

struct Move : CaseMaker {
  void concat() {
    c.op = Operator::kConcat;
    const int32_t count = source.between(1, 4), outer = source.between(1, 4);
    const int32_t inner = source.between(1, 40);
    for (const int32_t v : {count, outer, inner}) add(v);
    quant();
    std::vector<std::pair<size_t, xq_type>> inputs;
    for (int32_t i = 0; i < count; ++i) {
      const int32_t length = source.between(0, 5);
      add(length);
      inputs.emplace_back(static_cast<size_t>(outer * length * inner), quant());
    }
    for (const auto& [n, t] : inputs) codes(n, t);
  }

  // Up to three dimensions of a tensor of 500 elements, forwards, backwards or repeated.
  void move() {
    c.op = Operator::kMove;
    const xq_type t = type();
    add(t);
    constexpr int32_t kElements = 500;
    const int32_t rank = source.between(1, 3);
    int32_t dims[3] = {}, strides[3] = {}, low = 0, reach = 0;
    for (int32_t d = 0; d < rank; ++d) {
      dims[d] = source.between(1, d == rank - 1 ? 40 : 4);
      strides[d] = source.between(-3, 3);
      const int32_t span = strides[d] * (dims[d] - 1);
      (span < 0 ? low : reach) += span;
    }
    add(kElements);
    add(source.between(0, kElements - 1 - (reach - low)) - low);
    add(rank);
    for (int32_t d = 0; d < rank; ++d) add(dims[d]);
    for (int32_t d = 0; d < rank; ++d) add(strides[d]);
    codes(kElements, t);
  }

  void gather() {
    c.op = Operator::kGather;
    const int32_t length = source.between(1, 9), inner = source.between(1, 50);
    const int32_t count = source.between(0, 9);
    for (const int32_t v : {2, length, inner, count}) add(v);
    const xq_type t = type();
    add(t);
    codes(static_cast<size_t>(2 * length * inner), t);
    std::vector<int64_t> index(static_cast<size_t>(count));
    for (int64_t& v : index) v = source.between(-length, length - 1);
    c.inputs.push_back(bytes_of(index));
  }

  void pad() {
    c.op = Operator::kPad;
    const int32_t mode = source.between(XQ_PAD_CONSTANT, XQ_PAD_WRAP);
    const xq_type t = type();
    for (const int32_t v : {mode, zero_point(t), static_cast<int32_t>(t)}) add(v);
    const int32_t rank = source.between(1, 3);
    add(rank);
    int32_t dims[3] = {};
    size_t n = 1;
    for (int32_t d = 0; d < rank; ++d) {
      add(dims[d] = source.between(1, d == rank - 1 ? 60 : 5));
      n *= static_cast<size_t>(dims[d]);
    }
    for (int32_t i = 0; i < 2 * rank; ++i) {
      const int32_t dim = dims[i % rank];
      const int32_t low = mode == XQ_PAD_CONSTANT ? -(dim - 1) / 2 : 0;
      add(source.between(low, mode == XQ_PAD_REFLECT ? dim - 1 : 5));
    }
    codes(n, t);
  }

  void scatter() {
    c.op = Operator::kScatter;
    add(source.between(XQ_SCATTER_SET, XQ_SCATTER_MAX));
    const int32_t has_data = source.between(0, 1), runs = source.between(1, 9);
    const int32_t inner = source.between(1, 70), count = source.between(0, 9);
    for (const int32_t v : {has_data, runs, inner, count}) add(v);
    const xq_type data = quant(), updates = quant();
    quant();
    codes(static_cast<size_t>(has_data * runs * inner), data);
    codes(static_cast<size_t>(count * inner), updates);
    std::vector<int64_t> index(static_cast<size_t>(count));
    for (int64_t& v : index) v = source.between(-1, runs - 1);
    c.inputs.push_back(bytes_of(index));
  }
};

}  // namespace

int8::VectorCase fuzz_move(ByteSource& source) {
  Move maker{{source}};
  switch (source.between(0, 4)) {
    case 0:
      maker.concat();
      break;
    case 1:
      maker.move();
      break;
    case 2:
      maker.gather();
      break;
    case 3:
      maker.scatter();
      break;
    default:
      maker.pad();
      break;
  }
  return maker.c;
}

}  // namespace xquant::int8_test

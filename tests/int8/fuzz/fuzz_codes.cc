#include "int8/fuzz/fuzz_case.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;

struct Codes : CaseMaker {
  // Any bit pattern: NaN, infinities, denormals.
  void quantize(bool blocked, bool backwards) {
    c.op = blocked ? (backwards ? Operator::kDequantizeBlocked : Operator::kQuantizeBlocked)
                   : (backwards ? Operator::kDequantizeAxis : Operator::kQuantizeAxis);
    const int32_t outer = source.between(1, 2), length = source.between(1, blocked ? 60 : 5);
    const int32_t inner = source.between(0, 1) == 0 ? 1 : source.between(1, blocked ? 4 : 90);
    const int32_t block = source.between(1, 40);
    for (const int32_t v : {outer, length, inner}) add(v);
    if (blocked) add(block);
    const xq_type t = type();
    add(t);
    const auto n = static_cast<size_t>(outer * length * inner);
    c.inputs.push_back(source.bytes(n * (backwards ? xq_type_size(t) : 4)));
    const auto mappings =
        static_cast<size_t>(blocked ? outer * ((length + block - 1) / block) * inner : length);
    std::vector<float> scale(mappings);
    // Of 16 bits and the largest scales the product would be infinite.
    for (float& s : scale) s = source.positive(-126, backwards ? 100 : 127);
    c.inputs.push_back(bytes_of(scale));
    numbers(mappings, xq_type_min(t), xq_type_max(t));
  }

  void fixed() {
    c.op = Operator::kRequantizeFixed;
    const int32_t channels = source.between(1, 20), inner = source.between(1, 40);
    for (const int32_t v : {1, channels, inner, source.between(XQ_HALF_UP, XQ_HALF_AWAY),
                            source.between(XQ_ONE_ROUNDING, XQ_TWO_ROUNDINGS)}) {
      add(v);
    }
    const xq_type t = type(true);
    for (const int32_t v : {static_cast<int32_t>(t), zero_point(t), xq_type_min(t), xq_type_max(t)})
      add(v);
    c.inputs.push_back(source.bytes(static_cast<size_t>(channels * inner) * 4));
    const size_t count = source.between(0, 1) == 0 ? 1 : static_cast<size_t>(channels);
    numbers(count, 1 << 30, INT32_MAX);
    numbers(count, -31, 30);
  }

  void dynamic() {
    c.op = Operator::kDynamicQuantize;
    std::vector<float> x(static_cast<size_t>(source.between(0, 200)));
    for (float& v : x) v = source.positive(-20, 20) * (source.between(0, 1) == 0 ? 1.0f : -1.0f);
    c.inputs.push_back(bytes_of(x));
  }
};

}  // namespace

int8::VectorCase fuzz_codes(ByteSource& source) {
  Codes maker{{source}};
  switch (source.between(0, 5)) {
    case 0:
      maker.fixed();
      break;
    case 1:
      maker.dynamic();
      break;
    default: {
      const bool blocked = source.between(0, 1) == 0;
      maker.quantize(blocked, source.between(0, 1) == 0);
      break;
    }
  }
  return maker.c;
}

}  // namespace xquant::int8_test

// libFuzzer: every implementation of the machine must return the scalar one's bytes, on any
// operator, shape, zero point and data; under the sanitizers.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "byte_source.h"
#include "int8/vectors/run_case.h"
#include "int8/xq_int8.h"

namespace {

using xquant::int8::Bytes;
using xquant::int8::Operator;
using xquant::int8::VectorCase;
using xquant::int8_test::ByteSource;

template <typename T>
Bytes bytes_of(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

struct Fuzz {
  ByteSource& source;
  VectorCase c = {};

  void add(int64_t value) { c.parameters.push_back(static_cast<int32_t>(value)); }
  xq_type type(bool bytes_only = false) {
    return static_cast<xq_type>(source.between(1, bytes_only ? 2 : 4));
  }
  int32_t zero_point(xq_type t) { return source.between_wide(xq_type_min(t), xq_type_max(t)); }
  // Type, scale, zero point, qmin, qmax.
  xq_type quant() {
    const xq_type t = type();
    add(t);
    add(static_cast<int32_t>(std::bit_cast<uint32_t>(source.positive(-20, 10))));
    const int32_t zero = zero_point(t);
    const bool relu = source.between(0, 3) == 0;
    for (const int32_t v : {zero, relu ? zero : xq_type_min(t), xq_type_max(t)}) add(v);
    return t;
  }
  void codes(size_t n, xq_type t) { c.inputs.push_back(source.bytes(n * xq_type_size(t))); }

  void multipliers(size_t n) {
    std::vector<float> m(n);
    for (float& v : m) v = source.positive(-30, 4);
    c.inputs.push_back(bytes_of(m));
  }
  void numbers(size_t n, int32_t low, int32_t high) {
    std::vector<int32_t> values(n);
    for (int32_t& v : values) v = source.between_wide(low, high);
    c.inputs.push_back(bytes_of(values));
  }

  // The common part of products (core/int8/vectors/run_product.cc).
  void operands(size_t x, size_t w, size_t outputs, bool may_have_bias) {
    const xq_type xt = type(true), wt = type(true), yt = type(true);
    const bool acc = source.between(0, 2) == 0;
    for (const int32_t v : {static_cast<int32_t>(xt), zero_point(xt), static_cast<int32_t>(wt),
                            acc ? 0 : static_cast<int32_t>(yt), zero_point(yt)}) {
      add(v);
    }
    add(xq_type_min(yt));
    add(xq_type_max(yt));
    codes(x, xt);
    codes(w, wt);
    const int kind = source.between(0, 2);
    numbers(kind == 2 ? outputs : static_cast<size_t>(kind), xq_type_min(wt), xq_type_max(wt));
    numbers(may_have_bias && source.between(0, 1) ? outputs : 0, INT32_MIN, INT32_MAX);
    if (acc) {
      c.inputs.emplace_back();
    } else {
      multipliers(source.between(0, 1) ? outputs : 1);
    }
  }

  void gemm() {
    c.op = Operator::kGemm;
    const int32_t m = source.between(0, 70), n = source.between(1, 140), k = source.between(1, 90);
    for (const int32_t v : {m, n, k}) add(v);
    operands(static_cast<size_t>(m * k), static_cast<size_t>(k * n), static_cast<size_t>(n), true);
  }

  void conv(bool transposed) {
    c.op = transposed ? Operator::kConvTranspose : Operator::kConv;
    const int32_t batch = source.between(1, 2), groups = source.between(1, 3);
    const int32_t in_group = source.between(1, 4), out_group = source.between(1, 9);
    for (const int32_t v : {batch, groups * in_group, groups * out_group, groups}) add(v);
    int32_t fields[7][3];
    size_t image = 1, taps = 1;
    const int rank = source.between(1, 3);
    for (int d = 0; d < 3; ++d) {
      const bool used = d >= 3 - rank;
      const int32_t kernel = used ? source.between(1, 4) : 1;
      const int32_t dilation = used ? source.between(1, 3) : 1;
      const int32_t stride = used ? source.between(1, 3) : 1;
      const int32_t reach = (kernel - 1) * dilation + 1;
      const int32_t most = transposed ? (reach - 1) / 2 : 3;
      const int32_t begin = used ? source.between(0, most) : 0;
      const int32_t end = used ? source.between(0, most) : 0;
      const int32_t in = used ? (transposed ? 1 : reach) + source.between(0, d == 2 ? 70 : 5) : 1;
      const int32_t extra =
          transposed ? source.between(0, (stride > dilation ? stride : dilation) - 1) : 0;
      const int32_t all[7] = {in, kernel, stride, dilation, begin, end, extra};
      for (int f = 0; f < 7; ++f) fields[f][d] = all[f];
      image *= static_cast<size_t>(in);
      taps *= static_cast<size_t>(kernel);
    }
    for (const auto& field : fields) {
      for (const int32_t v : field) add(v);
    }
    operands(static_cast<size_t>(batch * groups * in_group) * image,
             static_cast<size_t>(groups * in_group * out_group) * taps,
             static_cast<size_t>(groups * out_group), true);
  }

  void requantize() {
    c.op = source.between(0, 1) ? Operator::kRequantizeS8 : Operator::kRequantizeU8;
    const xq_type t = c.op == Operator::kRequantizeS8 ? XQ_S8 : XQ_U8;
    const int32_t channels = source.between(1, 40), inner = source.between(1, 40);
    for (const int32_t v : {1, channels, inner, zero_point(t), xq_type_min(t), xq_type_max(t)}) {
      add(v);
    }
    const auto n = static_cast<size_t>(channels * inner);
    c.inputs.push_back(source.bytes(n * 4));
    multipliers(source.between(0, 1) ? static_cast<size_t>(channels) : 1);
  }

  // Up to eight steps, each of any values before it (core/int8/vectors/run_stage.cc).
  void stage() {
    c.op = Operator::kStage;
    const int32_t channels = source.between(1, 40), inner = source.between(1, 300);
    for (const int32_t v : {1, channels, inner}) add(v);
    const xq_type t = type(true);
    add(t);
    add(static_cast<int32_t>(std::bit_cast<uint32_t>(source.positive(-20, 10))));
    for (const int32_t v : {zero_point(t), xq_type_min(t), xq_type_max(t)}) add(v);
    const int32_t steps = source.between(1, XQ_MAX_STEPS);
    add(steps);
    size_t constants = 0;
    for (int32_t i = 0; i < steps; ++i) {
      const bool is_unary = source.between(0, 1) == 0;
      const bool has_constant = !is_unary && source.between(0, 1) == 0;
      const int32_t count = !has_constant ? 0 : source.between(0, 1) ? channels : 1;
      add(is_unary ? XQ_STEP_UNARY : XQ_STEP_BINARY);
      add(is_unary ? source.between(XQ_RELU, XQ_SOFTSIGN) : source.between(XQ_ADD, XQ_PRELU));
      for (int k = 0; k < 2; ++k)
        add(static_cast<int32_t>(std::bit_cast<uint32_t>(source.positive(-8, 3))));
      add(source.between(0, i));
      add(has_constant ? XQ_STEP_CONSTANT : source.between(0, i));
      add(count);
      constants += static_cast<size_t>(count);
    }
    c.inputs.push_back(source.bytes(static_cast<size_t>(channels * inner) * 4));
    multipliers(source.between(0, 1) ? static_cast<size_t>(channels) : 1);
    c.inputs.push_back(source.bytes(constants * 4));
  }

  // Any bit pattern: NaN, infinities, denormals.
  void quantize() {
    c.op = Operator::kQuantizeAxis;
    const int32_t channels = source.between(1, 5), inner = source.between(1, 90);
    const xq_type t = type();
    for (const int32_t v : {1, channels, inner, static_cast<int32_t>(t)}) add(v);
    c.inputs.push_back(source.bytes(static_cast<size_t>(channels * inner) * 4));
    std::vector<float> scale(static_cast<size_t>(channels));
    for (float& s : scale) s = source.positive(-126, 127);
    c.inputs.push_back(bytes_of(scale));
    numbers(scale.size(), xq_type_min(t), xq_type_max(t));
  }

  void binary() {
    c.op = Operator::kBinary;
    add(source.between(XQ_ADD, XQ_PRELU));
    const int32_t rows = source.between(1, 6), columns = source.between(1, 200);
    const int32_t y_rows = source.between(0, 1) ? rows : 1;
    const int32_t y_columns = source.between(0, 1) ? columns : 1;
    const xq_type x = quant();
    for (const int32_t v : {2, rows, columns}) add(v);
    const xq_type y = quant();
    for (const int32_t v : {2, y_rows, y_columns}) add(v);
    quant();
    codes(static_cast<size_t>(rows * columns), x);
    codes(static_cast<size_t>(y_rows * y_columns), y);
  }

  void softmax() {
    c.op = source.between(0, 1) ? Operator::kSoftmax : Operator::kLogSoftmax;
    const int32_t length = source.between(1, 100), inner = source.between(1, 3);
    for (const int32_t v : {2, length, inner}) add(v);
    const xq_type x = quant();
    quant();
    codes(static_cast<size_t>(2 * length * inner), x);
  }
};

VectorCase case_of(ByteSource& source) {
  Fuzz fuzz{source};
  switch (source.between(0, 7)) {
    case 0:
      fuzz.gemm();
      break;
    case 1:
      fuzz.conv(false);
      break;
    case 2:
      fuzz.conv(true);
      break;
    case 3:
      fuzz.requantize();
      break;
    case 4:
      fuzz.quantize();
      break;
    case 5:
      fuzz.binary();
      break;
    case 6:
      fuzz.stage();
      break;
    default:
      fuzz.softmax();
      break;
  }
  return fuzz.c;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteSource source(data, size);
  const VectorCase c = case_of(source);
  xq_int8_select("scalar");
  const std::optional<Bytes> expected = xquant::int8::run_case(c);
  if (!expected) {
    std::fprintf(stderr, "the fuzzer built a case that contradicts its shape\n");
    std::abort();
  }
  std::vector<xq_isa> table(xq_int8_isa_table(nullptr, 0));
  xq_int8_isa_table(table.data(), table.size());
  for (const xq_isa& isa : table) {
    if (!isa.available) continue;
    xq_int8_select(isa.name);
    if (xquant::int8::run_case(c) == expected) continue;
    std::fprintf(stderr, "%s differs from scalar in %s\n", isa.name, operator_name(c.op));
    std::abort();
  }
  return 0;
}

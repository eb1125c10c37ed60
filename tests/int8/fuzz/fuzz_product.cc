#include "int8/fuzz/fuzz_case.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;

struct Product : CaseMaker {
  // The common part of products (core/int8/vectors/run_product.cc); one in three has 16 bits.
  void operands(size_t x, size_t w, size_t outputs, bool may_have_bias) {
    const bool bytes = source.between(0, 2) != 0;
    const xq_type xt = type(bytes), wt = type(bytes), yt = type(bytes);
    const bool sums = source.between(0, 2) == 0;
    const bool is_wide =
        xq_type_size(xt) == 2 || xq_type_size(wt) == 2 || (!sums && xq_type_size(yt) == 2);
    for (const int32_t v : {static_cast<int32_t>(xt), zero_point(xt), static_cast<int32_t>(wt),
                            sums ? 0 : static_cast<int32_t>(yt), zero_point(yt)}) {
      add(v);
    }
    add(xq_type_min(yt));
    add(xq_type_max(yt));
    codes(x, xt);
    codes(w, wt);
    const int kind = source.between(0, 2);
    numbers(kind == 2 ? outputs : static_cast<size_t>(kind), xq_type_min(wt), xq_type_max(wt));
    const size_t biases = may_have_bias && source.between(0, 1) ? outputs : 0;
    if (is_wide) {
      wide_numbers(biases);
    } else {
      numbers(biases, INT32_MIN, INT32_MAX);
    }
    if (sums && !is_wide) {
      c.inputs.emplace_back();
    } else {
      multipliers(source.between(0, 1) ? outputs : 1);
    }
  }

  // Biases of 53 bits.
  void wide_numbers(size_t n) {
    std::vector<int64_t> values(n);
    for (int64_t& v : values) {
      const int64_t high = source.between_wide(-(1 << 20), (1 << 20) - 1);
      v = high * (int64_t{1} << 32) +
          static_cast<uint32_t>(source.between_wide(INT32_MIN, INT32_MAX));
    }
    c.inputs.push_back(bytes_of(values));
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

  void matmul() {
    c.op = Operator::kMatMul;
    const int32_t m = source.between(1, 20), n = source.between(1, 80), k = source.between(1, 60);
    for (const int32_t v : {m, n, k}) add(v);
    const int32_t rank = source.between(0, 2);
    add(rank);
    int32_t dims[2][2] = {{1, 1}, {1, 1}}, batches[2] = {1, 1};
    for (int32_t d = 0; d < rank; ++d) {
      const int32_t dim = source.between(1, 3), who = source.between(0, 2);
      for (const int o : {0, 1}) dims[o][d] = who == o ? 1 : dim;
    }
    for (const int o : {0, 1}) {
      for (int32_t d = 0; d < rank; ++d) {
        add(dims[o][d]);
        batches[o] *= dims[o][d];
      }
    }
    operands(static_cast<size_t>(batches[0] * m * k), static_cast<size_t>(batches[1] * k * n),
             static_cast<size_t>(n), false);
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
      add(is_unary ? source.between(XQ_RELU, XQ_TO_CEIL) : source.between(XQ_ADD, XQ_FMOD));
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
};

}  // namespace

int8::VectorCase fuzz_product(ByteSource& source) {
  Product maker{{source}};
  switch (source.between(0, 5)) {
    case 0:
      maker.gemm();
      break;
    case 1:
      maker.matmul();
      break;
    case 2:
      maker.conv(false);
      break;
    case 3:
      maker.conv(true);
      break;
    case 4:
      maker.requantize();
      break;
    default:
      maker.stage();
      break;
  }
  return maker.c;
}

}  // namespace xquant::int8_test

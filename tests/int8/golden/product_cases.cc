#include <algorithm>

#include "int8/golden/parameters.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;
using int8::VectorCase;

// The common part of core/int8/vectors/run_product.cc.
void finish(Random& random, VectorCase& c, Parameters p, size_t x_size, size_t w_size,
            size_t outputs, size_t depth, bool may_have_bias) {
  const auto zero_point = [&](xq_type type) {
    const int32_t s8 = random.between(0, 2) == 0 ? 0 : random.s8();
    return type == XQ_U8 ? s8 + 128 : s8;
  };
  const xq_type x_type = byte_type(random), w_type = byte_type(random), type = byte_type(random);
  const bool wants_acc = random.between(0, 3) == 0;
  p.add(x_type).add(zero_point(x_type)).add(w_type).add(wants_acc ? 0 : static_cast<int>(type));
  p.add(zero_point(type)).add(xq_type_min(type)).add(xq_type_max(type));
  c.parameters = p.values();
  c.inputs.push_back(codes(random, x_size, x_type));
  c.inputs.push_back(codes(random, w_size, w_type));
  const int32_t kind = random.between(0, 2);
  std::vector<int32_t> zeros(kind == 2 ? outputs : static_cast<size_t>(kind));
  for (int32_t& z : zeros) z = zero_point(w_type);
  c.inputs.push_back(bytes_of(zeros));
  const bool has_bias = may_have_bias && random.between(0, 3) != 0;
  c.inputs.push_back(bytes_of(random.s32s(has_bias ? outputs : 0, -20000, 20000)));
  int bits = 0;
  while (depth >> (2 * bits) != 0) ++bits;
  const auto multiplier =
      random.positives(random.between(0, 2) == 0 ? 1 : outputs, -9 - bits, -7 - bits);
  c.inputs.push_back(wants_acc ? int8::Bytes{} : bytes_of(multiplier));
}

std::string named(const std::string& name, const std::vector<int32_t>& shape) {
  std::string text = name + " [";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? " " : "") + std::to_string(shape[i]);
  return text + "]";
}

void add_gemm(std::vector<VectorCase>& cases) {
  Random random(120);
  for (int32_t tail = 1; tail <= 67; tail += tail < 20 ? 1 : 6) {
    const std::vector<int32_t> shape = {random.between(1, 6), tail, random.between(1, 30)};
    VectorCase c{Operator::kGemm, named("mixed types", shape), {}, {}, {}};
    finish(random, c, Parameters().add_all(shape), elements({shape[0], shape[2]}),
           elements({shape[1], shape[2]}), static_cast<size_t>(tail), static_cast<size_t>(shape[2]),
           true);
    cases.push_back(c);
  }
}

void add_matmul(std::vector<VectorCase>& cases) {
  Random random(121);
  const std::vector<std::vector<int32_t>> batches[] = {
      {{}, {}}, {{3}, {3}}, {{2}, {1}}, {{1}, {3}}, {{2, 3}, {1, 3}}, {{2, 1}, {1, 3}}};
  for (const auto& batch : batches) {
    for (int i = 0; i < 4; ++i) {
      const std::vector<int32_t> shape = {random.between(1, 6), random.between(1, 40),
                                          random.between(1, 30)};
      Parameters p;
      p.add_all(shape)
          .add(static_cast<int64_t>(batch[0].size()))
          .add_all(batch[0])
          .add_all(batch[1]);
      VectorCase c{Operator::kMatMul, named("batch", p.values()), {}, {}, {}};
      finish(random, c, p, elements(batch[0]) * elements({shape[0], shape[2]}),
             elements(batch[1]) * elements({shape[1], shape[2]}), static_cast<size_t>(shape[1]),
             static_cast<size_t>(shape[2]), false);
      cases.push_back(c);
    }
  }
}

void add_conv(std::vector<VectorCase>& cases, bool transposed) {
  Random random(transposed ? 123 : 122);
  for (int32_t i = 0; i < 90; ++i) {
    const int32_t rank = 1 + i % 3, groups = random.between(1, 3);
    const bool depthwise = !transposed && i % 4 == 3;
    const int32_t in_group = depthwise ? 1 : random.between(1, 3);
    const int32_t out_group = random.between(1, 5);
    std::vector<int32_t> in, kernel, stride, dilation, begin, end, extra;
    for (int32_t d = 0; d < 3; ++d) {
      const bool used = d >= 3 - rank;
      kernel.push_back(used ? random.between(1, 3) : 1);
      stride.push_back(used ? random.between(1, 3) : 1);
      dilation.push_back(used ? random.between(1, 2) : 1);
      const int32_t reach = (kernel.back() - 1) * dilation.back() + 1;
      begin.push_back(used ? random.between(0, (reach - 1) / 2 + (transposed ? 0 : 1)) : 0);
      end.push_back(used ? random.between(0, (reach - 1) / 2 + (transposed ? 0 : 1)) : 0);
      in.push_back(used ? (transposed ? 0 : reach - 1) + random.between(1, d == 2 ? 20 : 4) : 1);
      extra.push_back(transposed ? random.between(0, std::max(stride.back(), dilation.back()) - 1)
                                 : 0);
    }
    Parameters p;
    p.add_all({1 + i % 2, groups * in_group, groups * out_group, groups});
    for (const auto& three : {in, kernel, stride, dilation, begin, end, extra}) p.add_all(three);
    VectorCase c{transposed ? Operator::kConvTranspose : Operator::kConv,
                 std::to_string(rank) + "-D " + std::to_string(i),
                 {},
                 {},
                 {}};
    finish(random, c, p, elements(in) * static_cast<size_t>((1 + i % 2) * groups * in_group),
           elements(kernel) * static_cast<size_t>(groups * in_group * out_group),
           static_cast<size_t>(groups * out_group),
           static_cast<size_t>(in_group) * elements(kernel), true);
    cases.push_back(c);
  }
}

}  // namespace

void add_product_cases(std::vector<VectorCase>& cases) {
  add_gemm(cases);
  add_matmul(cases);
  add_conv(cases, false);
  add_conv(cases, true);
}

}  // namespace xquant::int8_test

#include <algorithm>

#include "int8/golden/parameters.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;
using int8::VectorCase;

// Of operands and results: bytes alone, or some of 16 bits.
enum class Width { kBytes, kWords };

struct Sizes {
  size_t x, w, outputs, depth;
};

int32_t zero_point(Random& random, xq_type type) {
  const int32_t s8 = random.between(0, 2) == 0 ? 0 : random.s8();
  if (xq_type_size(type) == 2) return 256 * s8 + (type == XQ_U16 ? 32768 : 0);
  return type == XQ_U8 ? s8 + 128 : s8;
}

int bits(xq_type type) { return 8 * static_cast<int>(xq_type_size(type)); }

// The common part of core/int8/vectors/run_product.cc.
void finish(Random& random, VectorCase& c, Parameters p, const Sizes& sizes, Width width,
            bool may_have_bias) {
  const bool is_wide = width == Width::kWords;
  const auto some_type = [&] { return is_wide ? any_type(random) : byte_type(random); };
  const xq_type x_type =
      is_wide ? static_cast<xq_type>(random.between(XQ_S16, XQ_U16)) : byte_type(random);
  const xq_type w_type = some_type(), type = some_type();
  const bool wants_sums = random.between(0, 3) == 0;
  p.add(x_type).add(zero_point(random, x_type)).add(w_type);
  p.add(wants_sums ? 0 : static_cast<int>(type));
  p.add(zero_point(random, type)).add(xq_type_min(type)).add(xq_type_max(type));
  c.parameters = p.values();
  c.inputs.push_back(codes(random, sizes.x, x_type));
  c.inputs.push_back(codes(random, sizes.w, w_type));
  const int32_t kind = random.between(0, 2);
  std::vector<int32_t> zeros(kind == 2 ? sizes.outputs : static_cast<size_t>(kind));
  for (int32_t& z : zeros) z = zero_point(random, w_type);
  c.inputs.push_back(bytes_of(zeros));
  const bool has_bias = may_have_bias && random.between(0, 3) != 0;
  const std::vector<int32_t> bias = random.s32s(has_bias ? sizes.outputs : 0, -20000, 20000);
  int depth_bits = 0;
  while (sizes.depth >> (2 * depth_bits) != 0) ++depth_bits;
  int result_bits = depth_bits + 8;
  if (is_wide) {
    std::vector<int64_t> wide;
    const int64_t unit = int64_t{1} << (bits(x_type) + bits(w_type) - 16);
    for (const int32_t b : bias) wide.push_back(unit * b + b % 7);
    c.inputs.push_back(bytes_of(wide));
    result_bits += bits(x_type) + bits(w_type) - bits(type) - 8;
  } else {
    c.inputs.push_back(bytes_of(bias));
  }
  const auto multiplier = random.positives(random.between(0, 2) == 0 ? 1 : sizes.outputs,
                                           -1 - result_bits, 1 - result_bits);
  c.inputs.push_back(wants_sums && !is_wide ? int8::Bytes{} : bytes_of(multiplier));
}

std::string named(const std::string& name, const std::vector<int32_t>& shape) {
  std::string text = name + " [";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? " " : "") + std::to_string(shape[i]);
  return text + "]";
}

void add_gemm(std::vector<VectorCase>& cases, Width width) {
  const bool is_wide = width == Width::kWords;
  Random random(is_wide ? 124 : 120);
  for (int32_t tail = 1; tail <= 67; tail += tail < 20 && !is_wide ? 1 : 6) {
    const std::vector<int32_t> shape = {random.between(1, 6), tail, random.between(1, 30)};
    VectorCase c{Operator::kGemm, named(is_wide ? "16 bits" : "mixed types", shape), {}, {}, {}};
    const Sizes sizes = {elements({shape[0], shape[2]}), elements({shape[1], shape[2]}),
                         static_cast<size_t>(tail), static_cast<size_t>(shape[2])};
    finish(random, c, Parameters().add_all(shape), sizes, width, true);
    cases.push_back(c);
  }
}

void add_matmul(std::vector<VectorCase>& cases, Width width) {
  const bool is_wide = width == Width::kWords;
  Random random(is_wide ? 125 : 121);
  const std::vector<std::vector<int32_t>> batches[] = {
      {{}, {}}, {{3}, {3}}, {{2}, {1}}, {{1}, {3}}, {{2, 3}, {1, 3}}, {{2, 1}, {1, 3}}};
  for (const auto& batch : batches) {
    for (int i = 0; i < (is_wide ? 2 : 4); ++i) {
      const std::vector<int32_t> shape = {random.between(1, 6), random.between(1, 40),
                                          random.between(1, 30)};
      Parameters p;
      p.add_all(shape)
          .add(static_cast<int64_t>(batch[0].size()))
          .add_all(batch[0])
          .add_all(batch[1]);
      VectorCase c{Operator::kMatMul, named(is_wide ? "16 bits" : "batch", p.values()), {}, {}, {}};
      const Sizes sizes = {elements(batch[0]) * elements({shape[0], shape[2]}),
                           elements(batch[1]) * elements({shape[1], shape[2]}),
                           static_cast<size_t>(shape[1]), static_cast<size_t>(shape[2])};
      finish(random, c, p, sizes, width, false);
      cases.push_back(c);
    }
  }
}

void add_conv(std::vector<VectorCase>& cases, bool transposed, Width width) {
  const bool is_wide = width == Width::kWords;
  Random random((is_wide ? 126 : 122) + (transposed ? 1 : 0));
  for (int32_t i = 0; i < (is_wide ? 24 : 90); ++i) {
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
                 std::to_string(rank) + "-D " + std::to_string(i) + (is_wide ? " of 16 bits" : ""),
                 {},
                 {},
                 {}};
    const Sizes sizes = {elements(in) * static_cast<size_t>((1 + i % 2) * groups * in_group),
                         elements(kernel) * static_cast<size_t>(groups * in_group * out_group),
                         static_cast<size_t>(groups * out_group),
                         static_cast<size_t>(in_group) * elements(kernel)};
    finish(random, c, p, sizes, width, true);
    cases.push_back(c);
  }
}

}  // namespace

void add_product_cases(std::vector<VectorCase>& cases) {
  for (const Width width : {Width::kBytes, Width::kWords}) {
    add_gemm(cases, width);
    add_matmul(cases, width);
    add_conv(cases, false, width);
    add_conv(cases, true, width);
  }
}

}  // namespace xquant::int8_test

#include "int8/golden/parameters.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;
using int8::VectorCase;

// Windows of every kind; `out` counts one more where ceil_mode would.
void add_pools(std::vector<VectorCase>& cases) {
  Random random(140);
  for (int32_t i = 0; i < 60; ++i) {
    const int32_t rank = 1 + i % 3;
    std::vector<int32_t> in, out, kernel, stride, dilation, begin, end;
    for (int32_t d = 0; d < 3; ++d) {
      const bool used = d >= 3 - rank;
      kernel.push_back(used ? random.between(1, 3) : 1);
      stride.push_back(used ? random.between(1, 3) : 1);
      dilation.push_back(used ? random.between(1, 2) : 1);
      begin.push_back(used ? random.between(0, 1) : 0);
      end.push_back(used ? random.between(0, 1) : 0);
      const int32_t reach = (kernel.back() - 1) * dilation.back() + 1;
      in.push_back(used ? reach + random.between(0, d == 2 ? 20 : 4) : 1);
      const int32_t room = in.back() + begin.back() + end.back() - reach;
      out.push_back(room / stride.back() + 1 + (room % stride.back() != 0 ? i % 2 : 0));
    }
    const xq_quant x = any_quant(random, any_type(random), -6, -4);
    xq_quant y = any_quant(random, any_type(random), -6, -4);
    if (i % 4 == 0) y = xq_quant_of(x.type, x.scale, x.zero_point);
    for (const bool average : {false, true}) {
      Parameters p;
      if (average) p.add(1 + i % 2);
      p.add(2);
      for (const auto& three : {in, out, kernel, stride, dilation, begin, end}) p.add_all(three);
      p.add_quant(x).add_quant(y);
      cases.push_back({average ? Operator::kAveragePool : Operator::kMaxPool,
                       std::to_string(rank) + "-D " + std::to_string(i),
                       p.values(),
                       {codes(random, 2 * elements(in), x.type)},
                       {}});
    }
  }
}

// Windows without an element inside, in one dimension, among them.
void add_norm_pools(std::vector<VectorCase>& cases) {
  Random random(143);
  for (int32_t i = 0; i < 16; ++i) {
    const std::vector<int32_t> in = {1, random.between(3, 9), random.between(4, 20)};
    const int32_t stride = 1 + i % 3, dilation = 1 + i % 2;
    const int32_t width = (in[2] + 3 - dilation - 1) / stride + 1;
    const xq_quant x = any_quant(random, any_type(random), -6, -4);
    const xq_quant y = any_quant(random, any_type(random), -5, -3);
    Parameters p;
    p.add(i < 12 ? 1 + i % 4 / 2 : i - 9).add(2).add_all(in).add_all({1, in[1], width});
    p.add_all({1, 2, 2}).add_all({1, 1, stride}).add_all({1, 1, dilation}).add_all({0, 1, 2});
    p.add_all({0, 0, 1}).add_quant(x).add_quant(y);
    cases.push_back({Operator::kLpPool,
                     "stride " + std::to_string(stride) + ", dilation " + std::to_string(dilation),
                     p.values(),
                     {codes(random, 2 * elements(in), x.type)},
                     {}});
  }
}

/// Operations first to last over lengths of 1 to 67; scales of the results by powers of two.
struct Reductions {
  std::uint64_t seed;
  int32_t first, last;
  int32_t short_step, long_step;
  int32_t largest_scale;
};

void add_reductions(std::vector<VectorCase>& cases, const Reductions& wanted) {
  Random random(wanted.seed);
  for (int32_t length = 1; length <= 67;
       length += length < 20 ? wanted.short_step : wanted.long_step) {
    for (int32_t op = wanted.first; op <= wanted.last; ++op) {
      const std::vector<int32_t> shape = {3, length, 1 + length % 3};
      const xq_quant x = any_quant(random, any_type(random), -6, -4);
      const xq_quant y = any_quant(random, any_type(random), -5, wanted.largest_scale);
      Parameters p;
      p.add(op).add_all(shape).add_quant(x).add_quant(y);
      cases.push_back({Operator::kReduce,
                       "operation " + std::to_string(op) + ", length " + std::to_string(length),
                       p.values(),
                       {codes(random, elements(shape), x.type)},
                       {}});
    }
  }
}

// Outputs of nothing and weights of both signs among them.
void add_samples(std::vector<VectorCase>& cases) {
  Random random(147);
  for (int32_t i = 0; i < 16; ++i) {
    const int32_t planes = 1 + i % 3, count = random.between(1, 40), outputs = 1 + 3 * i;
    const xq_quant x = any_quant(random, any_type(random), -6, -4);
    const xq_quant y = any_quant(random, any_type(random), -6, -4);
    std::vector<int64_t> start = {0}, index;
    std::vector<double> weight;
    for (int32_t o = 0; o < outputs; ++o) start.push_back(start.back() + random.between(0, 5));
    for (int64_t k = 0; k < start.back(); ++k) {
      index.push_back(random.between(0, count - 1));
      weight.push_back(random.between(-99, 99) / 64.0);
    }
    Parameters p;
    p.add_all({planes, count, outputs}).add(start.back()).add(i % 3 == 2 ? 1 : 0);
    p.add_quant(x).add_quant(y);
    cases.push_back({Operator::kSample,
                     std::to_string(outputs) + " of " + std::to_string(count),
                     p.values(),
                     {codes(random, elements({planes, count}), x.type), bytes_of(start),
                      bytes_of(index), bytes_of(weight)},
                     {}});
  }
}

void add_running_sums(std::vector<VectorCase>& cases) {
  Random random(145);
  for (int32_t length = 1; length <= 67; length += length < 20 ? 3 : 11) {
    for (int32_t i = 0; i < 4; ++i) {
      const std::vector<int32_t> shape = {2, length, 1 + length % 3};
      const xq_quant x = any_quant(random, any_type(random), -6, -4);
      const xq_quant y = any_quant(random, any_type(random), -5, -1);
      Parameters p;
      p.add_all(shape).add(i % 2).add(i / 2).add_quant(x).add_quant(y);
      cases.push_back({Operator::kCumSum,
                       "length " + std::to_string(length),
                       p.values(),
                       {codes(random, elements(shape), x.type)},
                       {}});
    }
  }
}

void add_resizes(std::vector<VectorCase>& cases) {
  Random random(142);
  for (int32_t i = 0; i < 40; ++i) {
    const std::vector<int32_t> sizes = {random.between(1, 5), random.between(1, 8),
                                        random.between(1, 9), random.between(1, 20)};
    const std::string name = std::to_string(sizes[0]) + "x" + std::to_string(sizes[1]) + " to " +
                             std::to_string(sizes[2]) + "x" + std::to_string(sizes[3]) +
                             ", coordinates " + std::to_string(1 + i % 5);
    const xq_quant x = any_quant(random, any_type(random), -6, -4);
    const xq_quant y = any_quant(random, any_type(random), -6, -4);
    const auto data = codes(random, 2 * elements({sizes[0], sizes[1]}), x.type);
    Parameters nearest, linear;
    nearest.add(2).add_all(sizes).add(1 + i % 5).add(1 + i / 5 % 4).add(x.type);
    linear.add(2).add_all(sizes).add(1 + i % 5).add_quant(x).add_quant(y);
    cases.push_back({Operator::kResizeNearest, name, nearest.values(), {data}, {}});
    cases.push_back({Operator::kResizeLinear, name, linear.values(), {data}, {}});
  }
}

// One to four dimensions, growing, shrinking and as they are.
void add_separable_resizes(std::vector<VectorCase>& cases) {
  Random random(145);
  for (int32_t i = 0; i < 40; ++i) {
    std::vector<int32_t> in, out;
    for (int32_t d = 0; d < 1 + i % 4; ++d) {
      in.push_back(random.between(1, i % 4 == 0 ? 30 : 5));
      out.push_back(random.between(0, 3) == 0 ? in.back() : random.between(1, 9));
    }
    const xq_quant x = any_quant(random, any_type(random), -6, -4);
    const xq_quant y = any_quant(random, any_type(random), -6, -4);
    Parameters p;
    p.add(1 + i / 5 % 2).add_real(i % 3 == 0 ? -0.5f : -0.75f).add(i / 2 % 2).add(i / 3 % 2);
    p.add_shape(in).add_shape(out).add(1 + i % 5).add_quant(x).add_quant(y);
    cases.push_back({Operator::kResizeSeparable,
                     std::to_string(elements(in)) + " to " + std::to_string(elements(out)) +
                         ", coordinates " + std::to_string(1 + i % 5),
                     p.values(),
                     {codes(random, elements(in), x.type)},
                     {}});
  }
}

}  // namespace

void add_pool_cases(std::vector<VectorCase>& cases) {
  add_pools(cases);
  add_reductions(cases, {141, XQ_REDUCE_SUM, XQ_REDUCE_MIN, 1, 7, -3});
  add_resizes(cases);
  add_norm_pools(cases);
  add_reductions(cases, {144, XQ_REDUCE_L1, XQ_REDUCE_SUM_SQUARE, 3, 11, -1});
  add_reductions(cases, {146, XQ_REDUCE_PROD, XQ_REDUCE_LOG_SUM_EXP, 3, 11, -3});
  add_separable_resizes(cases);
  add_running_sums(cases);
  add_samples(cases);
}

}  // namespace xquant::int8_test

#include <cmath>
#include <limits>

#include "int8/golden/parameters.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;
using int8::VectorCase;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Values around 0 for a scale, ties and what is no number among them.
std::vector<float> reals(Random& random, size_t n, float scale, int32_t steps) {
  std::vector<float> x(n);
  for (float& v : x) {
    const int32_t kind = random.between(0, 40);
    v = static_cast<float>(random.between(-2 * steps, 2 * steps)) * 0.5f * scale;
    if (kind == 0) v = kInfinity;
    if (kind == 1) v = -kInfinity;
    if (kind == 2) v = std::numeric_limits<float>::quiet_NaN();
    if (kind == 3) v = -0.0f;
  }
  return x;
}

void add_quantize(std::vector<VectorCase>& cases, bool blocked) {
  Random random(blocked ? 111 : 110);
  for (int32_t tail = 1; tail <= 24; ++tail) {
    const xq_type type = any_type(random);
    const std::vector<int32_t> shape =
        tail % 2 ? std::vector<int32_t>{2, tail, 3} : std::vector<int32_t>{3, tail, 1};
    const int32_t block = random.between(1, tail);
    Parameters p;
    p.add_all(shape);
    if (blocked) p.add(block);
    p.add(type);
    const size_t mappings = blocked ? elements({shape[0], (tail + block - 1) / block, shape[2]})
                                    : static_cast<size_t>(tail);
    const auto scale = random.positives(mappings, -6, -2);
    std::vector<int32_t> zero_point(mappings);
    for (int32_t& z : zero_point) z = random.between(xq_type_min(type), xq_type_max(type));
    const auto x = reals(random, elements(shape), 0.02f, xq_type_size(type) == 1 ? 300 : 70000);
    const std::string name = std::string(blocked ? "blocked " : "axis ") + std::to_string(tail);
    cases.push_back({blocked ? Operator::kQuantizeBlocked : Operator::kQuantizeAxis,
                     name,
                     p.values(),
                     {bytes_of(x), bytes_of(scale), bytes_of(zero_point)},
                     {}});
    cases.push_back({blocked ? Operator::kDequantizeBlocked : Operator::kDequantizeAxis,
                     name,
                     p.values(),
                     {codes(random, elements(shape), type), bytes_of(scale), bytes_of(zero_point)},
                     {}});
  }
}

void add_fixed(std::vector<VectorCase>& cases) {
  Random random(112);
  constexpr int32_t kHighest = std::numeric_limits<int32_t>::max();
  for (int i = 0; i < 24; ++i) {
    const int32_t multiplier = i % 4 == 0   ? 1 << 30
                               : i % 4 == 1 ? 3 << 29
                                            : random.between(1 << 30, kHighest);
    const int32_t shift = random.between(-12, 2);
    std::vector<int32_t> acc = {-kHighest - 1, -kHighest, -1, 0, 1, kHighest - 1, kHighest};
    for (int h = -40; h <= 40; ++h) {
      const double tie = (h + 0.5) / std::ldexp(multiplier, shift - 31);
      for (int32_t d = -1; d <= 2; ++d) acc.push_back(static_cast<int32_t>(std::floor(tie)) + d);
    }
    const int32_t rounding = 1 + i % 3, steps = 1 + i / 3 % 2;
    Parameters p;
    p.add_all({1, 1, static_cast<int32_t>(acc.size()), rounding, steps, XQ_S8})
        .add_all({i - 12, -128, 127});
    cases.push_back({Operator::kRequantizeFixed,
                     "fixed " + std::to_string(i),
                     p.values(),
                     {bytes_of(acc), bytes_of<int32_t>({multiplier}), bytes_of<int32_t>({shift})},
                     {}});
  }
}

void add_dynamic(std::vector<VectorCase>& cases) {
  Random random(113);
  for (size_t n : {1, 2, 7, 33, 300}) {
    std::vector<float> x(n);
    for (float& v : x) v = static_cast<float>(random.between(-3000, 5000)) / 128.0f;
    cases.push_back(
        {Operator::kDynamicQuantize, "dynamic " + std::to_string(n), {}, {bytes_of(x)}, {}});
  }
  cases.push_back({Operator::kDynamicQuantize, "zeros", {}, {bytes_of<float>({0.0f, -0.0f})}, {}});
  cases.push_back(
      {Operator::kDynamicQuantize, "negative", {}, {bytes_of<float>({-3.0f, -1.5f})}, {}});
}

}  // namespace

void add_code_cases(std::vector<VectorCase>& cases) {
  add_quantize(cases, false);
  add_quantize(cases, true);
  add_fixed(cases);
  add_dynamic(cases);
}

}  // namespace xquant::int8_test

// Exhaustive requantization: for thousands of multipliers every accumulator in a window around
// every tie, with every implementation, against integer arithmetic. Floats half to even, and fixed
// point in every mode and form. Prints the number of comparisons; exit status 1 when one differs.
//
//   int8_bench_requantize [multipliers]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "int8/oracle.h"
#include "int8/random.h"
#include "int8/xq_int8.h"

namespace {

using namespace xquant::int8_test;

constexpr int32_t kWindow = 3;

struct Tally {
  size_t compared = 0, different = 0;
  void add(int64_t got, int64_t expected, int32_t acc, const std::string& what) {
    ++compared;
    if (got == expected) return;
    if (++different < 10) {
      std::printf("%s: accumulator %d gives %d, not %d\n", what.c_str(), acc, static_cast<int>(got),
                  static_cast<int>(expected));
    }
  }
};

// Around (h + 1/2) / real for every output step h that int8 can show, and beyond by some.
std::vector<int32_t> around_ties(double real) {
  std::vector<int32_t> acc;
  for (int h = -258; h <= 258; ++h) {
    const double tie = (h + 0.5) / real;
    if (std::abs(tie) > 2147483000.0) continue;
    const auto nearest = static_cast<int32_t>(std::floor(tie));
    for (int32_t d = -kWindow; d <= kWindow + 1; ++d) acc.push_back(nearest + d);
  }
  return acc;
}

std::vector<std::string> implementations() {
  std::vector<xq_isa> table(xq_int8_isa_table(nullptr, 0));
  xq_int8_isa_table(table.data(), table.size());
  std::vector<std::string> names;
  for (const xq_isa& isa : table) {
    if (isa.available) names.emplace_back(isa.name);
  }
  return names;
}

void compare_float(Random& random, const std::vector<std::string>& names, Tally& tally) {
  // One in four is a small odd number over a power of two, which hits ties exactly.
  const float m =
      random.between(0, 3) != 0
          ? random.positive(-24, 1)
          : std::ldexp(static_cast<float>(2 * random.between(0, 500) + 1), -random.between(0, 24));
  const int32_t zp = random.between(-128, 127);
  const xq_requant to = {&m, 1, zp, -128, 127, nullptr};
  const std::vector<int32_t> acc = around_ties(static_cast<double>(m));
  std::vector<int32_t> expected;
  for (const int32_t a : acc) expected.push_back(exact_requantize(a, m, zp, -128, 127));
  std::vector<int8_t> q(acc.size());
  for (const std::string& name : names) {
    xq_int8_select(name.c_str());
    xq_requantize_s32_s8(acc.data(), 1, 1, acc.size(), &to, q.data());
    for (size_t i = 0; i < acc.size(); ++i) tally.add(q[i], expected[i], acc[i], name);
  }
}

// v of the definition; int32 holds the intermediate results of these shifts.
int64_t fixed_steps(int32_t acc, const xq_fixed& to) {
  if (to.steps == XQ_ONE_ROUNDING) {
    return exact_divide(static_cast<Wide>(acc) * *to.multiplier, 31 - *to.shift, to.rounding);
  }
  const int64_t high = exact_divide(static_cast<Wide>(acc) * *to.multiplier, 31, XQ_HALF_UP);
  return exact_divide(high, -*to.shift, to.rounding);
}

void compare_fixed(Random& random, Tally& tally) {
  const int32_t multiplier = random.between(1 << 30, 2147483647), shift = random.between(-22, 0);
  const std::vector<int32_t> acc = around_ties(std::ldexp(multiplier, shift - 31));
  std::vector<int8_t> q(acc.size());
  for (const xq_rounding rounding : {XQ_HALF_UP, XQ_HALF_EVEN, XQ_HALF_AWAY}) {
    for (const xq_fixed_steps steps : {XQ_ONE_ROUNDING, XQ_TWO_ROUNDINGS}) {
      const xq_fixed to = {&multiplier, &shift, 1, rounding, steps, 0, -128, 127};
      xq_requantize_fixed(acc.data(), 1, 1, acc.size(), &to, XQ_S8, q.data());
      for (size_t i = 0; i < acc.size(); ++i) {
        tally.add(q[i], std::clamp<int64_t>(fixed_steps(acc[i], to), -128, 127), acc[i],
                  "fixed point, rounding " + std::to_string(rounding));
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int multipliers = argc > 1 ? std::atoi(argv[1]) : 10000;
  const std::vector<std::string> names = implementations();
  Random random(2024);
  Tally floats, fixed;
  for (int i = 0; i < multipliers; ++i) {
    compare_float(random, names, floats);
    compare_fixed(random, fixed);
  }
  std::printf("%d multipliers, %zu implementations\n", multipliers, names.size());
  std::printf("float:       %zu results, %zu different\n", floats.compared, floats.different);
  std::printf("fixed point: %zu results, %zu different\n", fixed.compared, fixed.different);
  return floats.different + fixed.different == 0 ? 0 : 1;
}

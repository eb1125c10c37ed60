// Curves (xq_stage.h) on every float there is but NaN: their codes beside those of the same stage
// computed element by element. Prints how many differ; exit status 1 when one does. Before that,
// what an element of a plane of accumulators takes both ways; with `speed` nothing else.
//
//   int8_bench_curve [speed | <scale> [zero point]]
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "int8/random.h"
#include "int8/xq_int8.h"

namespace {

using xquant::int8_test::Random;

constexpr size_t kTogether = 4096;
constexpr uint32_t kInfinity = 0x7F800000;

struct Named {
  const char* name;
  xq_unary_op op;
};
constexpr Named kFunctions[] = {{"SiLU", XQ_SILU}, {"Sigmoid", XQ_SIGMOID},      {"Tanh", XQ_TANH},
                                {"Gelu", XQ_GELU}, {"Gelu, tanh", XQ_GELU_TANH}, {"Mish", XQ_MISH},
                                {"Elu", XQ_ELU},   {"Softplus", XQ_SOFTPLUS}};

// An implementation that has curves, and the one that is fastest without.
struct Implementations {
  std::string with, without;
};

// Any float is a product: of an accumulator of 1 or -1 and a unit.
size_t differences(const xq_stage& with, const xq_stage& without, int32_t zero_point,
                   const Implementations& by) {
  std::vector<float> units(kTogether);
  std::vector<int8_t> q(kTogether), expected(kTogether);
  size_t different = 0;
  for (const int32_t sign : {1, -1}) {
    const std::vector<int32_t> acc(kTogether, sign);
    for (uint32_t first = 0; first < kInfinity; first += kTogether) {
      for (uint32_t i = 0; i < kTogether; ++i) units[i] = std::bit_cast<float>(first + i);
      const auto run = [&](const xq_stage& stage, const std::string& isa, int8_t* to_q) {
        const xq_requant to = {units.data(), kTogether, zero_point, -128, 127, &stage};
        xq_int8_select(isa.c_str());
        xq_requantize_s32_s8(acc.data(), 1, kTogether, 1, &to, to_q);
      };
      run(with, by.with, q.data());
      run(without, by.without, expected.data());
      for (size_t i = 0; i < kTogether; ++i) different += q[i] != expected[i];
    }
  }
  return different;
}

// Nanoseconds an element of processor time, the best of many runs.
double nanoseconds(const xq_stage& stage, int32_t zero_point) {
  constexpr size_t kPlane = 1600, kChannels = 32;
  std::vector<int32_t> acc(kPlane * kChannels);
  Random random(5);
  for (int32_t& a : acc) a = random.between(-9000, 9000) + random.between(-9000, 9000);
  const float unit = stage.scale / 150;
  const xq_requant to = {&unit, 1, zero_point, -128, 127, &stage};
  std::vector<int8_t> q(acc.size());
  std::clock_t best = std::numeric_limits<std::clock_t>::max();
  for (int run = 0; run < 300; ++run) {
    const std::clock_t start = std::clock();
    xq_requantize_s32_s8(acc.data(), 1, kChannels, kPlane, &to, q.data());
    best = std::min(best, std::clock() - start);
  }
  return 1e9 / CLOCKS_PER_SEC * static_cast<double>(best) / static_cast<double>(acc.size());
}

}  // namespace

int main(int argc, char** argv) {
  const bool speed_alone = argc > 1 && std::strcmp(argv[1], "speed") == 0;
  const float scale = argc > 1 && !speed_alone ? static_cast<float>(std::atof(argv[1])) : 0.02f;
  const int32_t zero_point = argc > 2 ? std::atoi(argv[2]) : -100;
  std::vector<xq_isa> table(xq_int8_isa_table(nullptr, 0));
  xq_int8_isa_table(table.data(), table.size());
  const std::string fastest = xq_int8_isa();
  size_t different = 0;
  const auto curve = std::make_unique<xq_curve>();
  for (const Named& function : kFunctions) {
    const xq_step step = {XQ_STEP_UNARY, {function.op, 1, 0}, XQ_ADD, 0, 0, nullptr, 0, 0};
    const xq_stage plain = {&step, 1, scale, nullptr};
    for (const xq_isa& isa : table) {
      if (!isa.available || !xq_int8_select(isa.name)) continue;
      if (xq_curve_of(&plain, zero_point, -128, 127, curve.get()) == 0) continue;
      xq_stage stage = plain;
      stage.curve = curve.get();
      const double looked_up = nanoseconds(stage, zero_point);
      const double computed = nanoseconds(plain, zero_point);
      std::printf("%-10s %s: computed %.2f ns, looked up %.2f ns an element: %.2f times as fast\n",
                  function.name, isa.name, computed, looked_up, computed / looked_up);
      std::fflush(stdout);
      if (speed_alone) continue;
      const size_t found = differences(stage, plain, zero_point, {isa.name, fastest});
      std::printf("%-10s scale %g, zero point %d, %s: %u floats, %zu codes different\n",
                  function.name, static_cast<double>(scale), zero_point, isa.name, 2 * kInfinity,
                  found);
      std::fflush(stdout);
      different += found;
    }
  }
  return different == 0 ? 0 : 1;
}

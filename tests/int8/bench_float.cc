// int8 over float on the same matrix products in one run: GOP/s (a multiply-accumulate is two
// operations). int8: packing of the activations and requantization included; float: core/runtime's
// product with packed weights, its packing of the activations included. The two take turns, and the
// best processor time of each counts, which other programs on the machine disturb less than the
// clock's. For WebAssembly also the peak: as many i32x4.dot_i16x8_s with their additions as
// registers allow.
//
//   int8_bench_float [seconds for each shape]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "int8/random.h"
#include "int8/xq_int8.h"
#include "runtime/gemm/gemm.h"

#ifdef __wasm_simd128__
#include <emscripten.h>
#include <wasm_simd128.h>
#endif

namespace {

using xquant::int8_test::Random;
namespace gemm = xquant::runtime::gemm;

// Of this process, on the processor.
double seconds() {
#ifdef __wasm_simd128__
  return EM_ASM_DOUBLE({
    const used = process.cpuUsage();
    return (used.user + used.system) / 1e6;
  });
#else
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
#endif
}

template <typename Run>
double time_of(const Run& run) {
  const double start = seconds();
  run();
  return seconds() - start;
}

struct Shape {
  size_t m, n, k;
};

// What both products are made of.
struct Product {
  explicit Product(const Shape& s)
      : shape{s.m, s.n, s.k},
        x(s.m * s.k),
        w(s.k * s.n),
        float_x(x.size()),
        float_w(w.size()),
        packed(xq_gemm_packed_size(&shape) / 8 + 1),
        workspace(xq_gemm_workspace_size(&shape) / 8 + 1),
        y(s.m * s.n),
        multiplier(s.n, 1e-4f),
        float_packed(s.m * s.k),
        float_y(s.m * s.n),
        scratch(gemm::tile_scratch_floats()) {
    Random random(1);
    for (size_t i = 0; i < x.size(); ++i) float_x[i] = x[i] = random.s8();
    for (size_t i = 0; i < w.size(); ++i) float_w[i] = w[i] = random.s8();
    xq_gemm_pack(&shape, w.data(), s.n, 1, packed.data());
    columns = gemm::PackedColumns({float_w.data(), s.k, s.n, s.n, 1});
  }

  void run_int8() {
    const xq_requant to = {multiplier.data(), multiplier.size(), 3, -128, 127, nullptr};
    xq_gemm_s8(&shape, x.data(), -5, packed.data(), nullptr, &to, y.data(), workspace.data());
  }
  void run_float() {
    gemm::pack_rows({float_x.data(), shape.m, shape.k, shape.k, 1}, float_packed.data());
    gemm::multiply({shape.m, shape.n, shape.k, float_packed.data(), float_y.data(), shape.n},
                   columns, scratch);
  }

  xq_gemm shape;
  std::vector<int8_t> x, w;
  std::vector<float> float_x, float_w;
  std::vector<uint64_t> packed, workspace;
  std::vector<int8_t> y;
  std::vector<float> multiplier;
  std::vector<float> float_packed, float_y, scratch;
  gemm::PackedColumns columns;
};

#ifdef __wasm_simd128__
constexpr size_t kRounds = 256;  // 16 KiB of columns stay in the first-level cache

// Eight sums of two rows, which stay in registers, and four columns: as many as V8 keeps without
// spilling.
__attribute__((noinline)) int32_t dot_products(const int16_t* b) {
  const v128_t r0 = wasm_v128_load(b), r1 = wasm_v128_load(b + 8);
  v128_t s0 = r0, s1 = r0, s2 = r0, s3 = r0, s4 = r0, s5 = r0, s6 = r0, s7 = r0;
  for (size_t r = 0; r < kRounds; ++r, b += 32) {
    v128_t column = wasm_v128_load(b);
    s0 = wasm_i32x4_add(s0, wasm_i32x4_dot_i16x8(r0, column));
    s1 = wasm_i32x4_add(s1, wasm_i32x4_dot_i16x8(r1, column));
    column = wasm_v128_load(b + 8);
    s2 = wasm_i32x4_add(s2, wasm_i32x4_dot_i16x8(r0, column));
    s3 = wasm_i32x4_add(s3, wasm_i32x4_dot_i16x8(r1, column));
    column = wasm_v128_load(b + 16);
    s4 = wasm_i32x4_add(s4, wasm_i32x4_dot_i16x8(r0, column));
    s5 = wasm_i32x4_add(s5, wasm_i32x4_dot_i16x8(r1, column));
    column = wasm_v128_load(b + 24);
    s6 = wasm_i32x4_add(s6, wasm_i32x4_dot_i16x8(r0, column));
    s7 = wasm_i32x4_add(s7, wasm_i32x4_dot_i16x8(r1, column));
  }
  s0 = wasm_i32x4_add(wasm_i32x4_add(s0, s1), wasm_i32x4_add(s2, s3));
  s4 = wasm_i32x4_add(wasm_i32x4_add(s4, s5), wasm_i32x4_add(s6, s7));
  return wasm_i32x4_extract_lane(wasm_i32x4_add(s0, s4), 0);
}

// GOP/s: eight products in each of eight instructions.
double peak(double budget) {
  constexpr int kCalls = 4000;
  const std::vector<int16_t> b(kRounds * 32, 3);
  volatile int32_t sink = 0;
  double best = 1e30;
  for (const double end = seconds() + budget; seconds() < end;) {
    best = std::min(best, time_of([&] {
                      for (int i = 0; i < kCalls; ++i) {
                        sink = dot_products(b.data());
                        asm volatile("" ::: "memory");  // each call counts
                      }
                    }));
  }
  return kCalls * kRounds * 8 * 8 * 2 / best * 1e-9;
}
#endif

}  // namespace

int main(int argc, char** argv) {
  const double budget = argc > 1 ? std::atof(argv[1]) : 0.5;
  double top = 0;
#ifdef __wasm_simd128__
  peak(budget);  // lets the engine optimize it while the products run
#endif
  std::printf("%-20s %10s %10s %8s   GOP/s\n", "", xq_int8_isa(), "float", "ratio");
  double best = 0;
  for (const Shape& s : {Shape{256, 256, 256}, Shape{512, 512, 512}, Shape{1024, 1024, 1024},
                         Shape{64, 3136, 576}, Shape{1, 1000, 1024}}) {
    Product product(s);
    double int8_time = 1e30, float_time = 1e30;
    product.run_int8();
    product.run_float();
    for (const double end = seconds() + budget; seconds() < end;) {
      int8_time = std::min(int8_time, time_of([&] { product.run_int8(); }));
      float_time = std::min(float_time, time_of([&] { product.run_float(); }));
    }
    const double operations = 2e-9 * static_cast<double>(s.m * s.n * s.k);
    best = std::max(best, operations / int8_time);
    std::printf("gemm %4zux%4zux%4zu  %10.1f %10.1f %8.2f\n", s.m, s.n, s.k, operations / int8_time,
                operations / float_time, float_time / int8_time);
  }
#ifdef __wasm_simd128__
  top = peak(budget);
#endif
  if (top > 0) {
    std::printf("peak of i32x4.dot_i16x8_s: %.1f GOP/s; the best product reaches %.0f %% of it\n",
                top, best / top * 100);
  }
  return 0;
}

// int8 over float on the same matrix products in one run: GOP/s (a multiply-accumulate is two
// operations). int8: packing of the activations and requantization included; float: core/runtime's
// product with packed weights, its packing of the activations included. The two take turns, and the
// best time of each counts. For WebAssembly also the peak: i32x4.dot_i16x8_s and its addition on
// registers alone.
//
//   int8_bench_float [seconds for each shape]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "int8/random.h"
#include "int8/xq_int8.h"
#include "runtime/gemm/gemm.h"

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

namespace {

using xquant::int8_test::Random;
namespace gemm = xquant::runtime::gemm;

double seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
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
    const xq_requant to = {multiplier.data(), multiplier.size(), 3, -128, 127};
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
// Eight sums in registers, as the kernel has them.
__attribute__((noinline)) int32_t dot_products(size_t rounds, v128_t a, v128_t b) {
  v128_t s[8];
  for (int i = 0; i < 8; ++i) s[i] = wasm_i32x4_splat(i);
  for (size_t r = 0; r < rounds; ++r) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; ++i) s[i] = wasm_i32x4_add(s[i], wasm_i32x4_dot_i16x8(a, b));
    a = wasm_i32x4_add(a, b);
  }
  for (int i = 1; i < 8; ++i) s[0] = wasm_i32x4_add(s[0], s[i]);
  return wasm_i32x4_extract_lane(s[0], 0);
}

double peak(double budget) {
  constexpr size_t kRounds = 20000;
  volatile int32_t sink = 0;
  double best = 1e30;
  for (const double end = seconds() + budget; seconds() < end;) {
    best = std::min(best, time_of([&] {
                      sink = dot_products(kRounds, wasm_i16x8_splat(3), wasm_i16x8_splat(-5));
                    }));
  }
  return kRounds * 8 * 8 * 2 / best * 1e-9;  // eight products in each of eight instructions
}
#endif

}  // namespace

int main(int argc, char** argv) {
  const double budget = argc > 1 ? std::atof(argv[1]) : 0.5;
#ifdef __wasm_simd128__
  const double top = peak(budget);
  std::printf("%-20s %10.1f GOP/s\n", "peak of the dot", top);
#endif
  std::printf("%-20s %10s %10s %8s   GOP/s\n", "", xq_int8_isa(), "float", "ratio");
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
    std::printf("gemm %4zux%4zux%4zu  %10.1f %10.1f %8.2f", s.m, s.n, s.k, operations / int8_time,
                operations / float_time, float_time / int8_time);
#ifdef __wasm_simd128__
    std::printf("   %3.0f %% of the peak", operations / int8_time / top * 100);
#endif
    std::printf("\n");
  }
  return 0;
}

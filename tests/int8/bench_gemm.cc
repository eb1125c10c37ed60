// Every implementation of this machine on the same shapes in one run: GOP/s (a multiply-accumulate
// is two operations), packing of the activations and requantization included.
//
//   int8_bench_gemm [seconds for each measurement]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "int8/random.h"
#include "int8/xq_int8.h"

namespace {

using xquant::int8_test::Random;

struct Measurement {
  std::string name;
  double operations;
  std::function<void()> run;
};

// Of the processor where the C library knows it (WebAssembly's has the clock).
double seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// The best of as many runs as fit.
double best_time(const std::function<void()>& run, double budget) {
  run();
  double best = 1e30;
  for (const double end = seconds() + budget; seconds() < end;) {
    const double start = seconds();
    run();
    best = std::min(best, seconds() - start);
  }
  return best;
}

std::vector<uint64_t> memory(size_t bytes) { return std::vector<uint64_t>((bytes + 7) / 8); }

Measurement gemm(size_t m, size_t n, size_t k) {
  const xq_gemm shape = {m, n, k};
  Random random(1);
  const auto x = random.s8s(m * k);
  const auto w = random.s8s(k * n);
  auto packed = memory(xq_gemm_packed_size(&shape));
  xq_gemm_pack(&shape, w.data(), n, 1, packed.data());
  auto workspace = memory(xq_gemm_workspace_size(&shape));
  std::vector<int8_t> y(m * n);
  std::vector<float> multiplier(n, 1e-4f);
  const auto run = [=]() mutable {
    const xq_requant to = {multiplier.data(), n, 3, -128, 127, nullptr};
    xq_gemm_s8(&shape, x.data(), -5, packed.data(), nullptr, &to, y.data(), workspace.data());
  };
  const std::string name =
      "gemm " + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
  return {name, 2.0 * static_cast<double>(m * n * k), run};
}

Measurement conv(const std::string& name, const xq_conv2d& shape) {
  Random random(2);
  const auto x = random.s8s(shape.in_channels * shape.in_height * shape.in_width);
  const size_t depth = shape.in_channels / shape.groups * shape.kernel_height * shape.kernel_width;
  const auto w = random.s8s(shape.out_channels * depth);
  auto packed = memory(xq_conv2d_packed_size(&shape));
  xq_conv2d_pack(&shape, w.data(), packed.data());
  auto workspace = memory(xq_conv2d_workspace_size(&shape));
  const size_t outputs =
      shape.out_channels * xq_conv2d_out_height(&shape) * xq_conv2d_out_width(&shape);
  std::vector<int8_t> y(outputs);
  std::vector<float> multiplier(shape.out_channels, 1e-4f);
  const auto run = [=]() mutable {
    const xq_requant to = {multiplier.data(), multiplier.size(), 3, -128, 127, nullptr};
    xq_conv2d_s8(&shape, x.data(), -5, packed.data(), nullptr, &to, y.data(), workspace.data());
  };
  return {name, 2.0 * static_cast<double>(outputs * depth), run};
}

// Packed for the active implementation.
std::vector<Measurement> measurements() {
  return {gemm(256, 256, 256), gemm(512, 512, 512), gemm(1, 1000, 1024),
          conv("conv 3x3 64->64 56x56", {1, 64, 56, 56, 64, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}),
          // The same multiplications without Winograd's filtering, which takes no dilation.
          conv("conv 3x3 dilated 64->64", {1, 64, 56, 56, 64, 1, 3, 3, 1, 1, 2, 2, 2, 2, 2, 2}),
          conv("conv 3x3 16->16 32x32", {1, 16, 32, 32, 16, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}),
          conv("conv 3x3 64->64 8x8", {1, 64, 8, 8, 64, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}),
          conv("conv 1x1 64->128 28x28", {1, 64, 28, 28, 128, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}),
          conv("conv 3x3/2 3->32 224x224", {1, 3, 224, 224, 32, 1, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1}),
          conv("depthwise 3x3 64 56x56", {1, 64, 56, 56, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}),
          conv("depthwise 3x3/2 64 56x56", {1, 64, 56, 56, 64, 64, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1})};
}

std::vector<double> rates(const char* isa, double budget) {
  xq_int8_select(isa);
  std::vector<double> result;
  for (const Measurement& m : measurements()) {
    result.push_back(m.operations / best_time(m.run, budget) * 1e-9);
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const double budget = argc > 1 ? std::atof(argv[1]) : 0.3;
  std::vector<xq_isa> table(xq_int8_isa_table(nullptr, 0));
  xq_int8_isa_table(table.data(), table.size());
  std::printf("%-26s", "GOP/s");
  std::vector<std::vector<double>> columns;
  for (const xq_isa& isa : table) {
    if (!isa.available) continue;
    std::printf(" %12s", isa.name);
    columns.push_back(rates(isa.name, budget));
  }
  std::printf("\n");
  const std::vector<Measurement> names = measurements();
  for (size_t i = 0; i < names.size(); ++i) {
    std::printf("%-26s", names[i].name.c_str());
    for (const std::vector<double>& column : columns) std::printf(" %12.1f", column[i]);
    std::printf("\n");
  }
  return 0;
}

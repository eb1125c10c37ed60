// Speed of the float runtime on this machine, one thread: GEMM against three plain loops, and whole
// models.
//   runtime_bench_runtime [model.onnx]...      inputs are random; symbolic dimensions become 1

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/files.h"
#include "onnx/model_file.h"
#include "runtime/executor.h"
#include "runtime/gemm/gemm.h"
#include "runtime/random.h"

namespace xquant::runtime {
namespace {

/// Shortest time of one call in seconds, over at least that many.
template <typename Function>
double best_seconds(double at_least, Function&& function) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9, total = 0;
  function();
  while (total < at_least) {
    const auto start = Clock::now();
    function();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::min(best, seconds);
    total += seconds;
  }
  return best;
}

void plain_loops(std::size_t n, const float* a, const float* b, float* c) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      float sum = 0.0f;
      for (std::size_t k = 0; k < n; ++k) sum = sum + a[i * n + k] * b[k * n + j];
      c[i * n + j] = sum;
    }
  }
}

void bench_gemm(std::size_t n) {
  Random random(1);
  const auto a = random.numbers(n * n), b = random.numbers(n * n);
  std::vector<float> c(n * n), packed(n * n), scratch(gemm::scratch_floats(n, n));
  const double operations =
      2e-9 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
  const double fast = best_seconds(0.5, [&] {
    gemm::pack_rows({a.data(), n, n, n, 1}, packed.data());
    gemm::multiply({n, n, n, packed.data(), c.data(), n},
                   gemm::MatrixPanels({b.data(), n, n, n, 1}), scratch);
  });
  const double plain = best_seconds(0.2, [&] { plain_loops(n, a.data(), b.data(), c.data()); });
  std::printf("gemm %4zu: %6.1f GFLOP/s, three plain loops %5.2f GFLOP/s\n", n, operations / fast,
              operations / plain);
}

Tensor random_input(const Value& value, Random& random) {
  Shape shape;
  for (const Dim& dim : value.type.shape.value_or(DeclaredShape{})) {
    const auto* fixed = std::get_if<std::int64_t>(&dim);
    shape.push_back(fixed != nullptr ? *fixed : 1);
  }
  return random.tensor(shape);
}

void bench_model(const std::string& path) {
  DiskFiles files;
  const Model model = onnx::load(path, files);
  std::shared_ptr<const Program> program;
  const double compile =
      best_seconds(0.1, [&] { program = Program::compile(model.graph, model.opset_imports); });
  Random random(2);
  std::vector<Tensor> inputs;
  std::vector<TensorView> views;
  for (const ValueId id : program->inputs())
    inputs.push_back(random_input(model.graph.value(id), random));
  for (const Tensor& input : inputs) views.push_back(view_of(input));
  Executor executor(program);
  const double run = best_seconds(1.0, [&] { executor.run_views(views); });
  std::printf("%s: %.2f ms, compiled in %.1f ms, arena %zu kB, scratch %zu kB\n", path.c_str(),
              run * 1e3, compile * 1e3, executor.arena_bytes() / 1024,
              executor.scratch_bytes() / 1024);
}

}  // namespace
}  // namespace xquant::runtime

int main(int argc, char** argv) {
  for (const std::size_t n : {128, 256, 512, 1024}) xquant::runtime::bench_gemm(n);
  for (int i = 1; i < argc; ++i) xquant::runtime::bench_model(argv[i]);
}

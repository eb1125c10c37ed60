// int8 against float on one machine, one thread: the float model, its quantized model in float
// arithmetic on dequantized values, and the same in integers.
//   integer_model_speed [-s seconds] [-p] <float.onnx> <quantized.onnx> [...]
// Inputs are random; symbolic dimensions become 1. -p: what each operator takes, too.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "base/files.h"
#include "bench/integer/operator_times.h"
#include "int8/xq_int8.h"
#include "integer/program.h"
#include "onnx/model_file.h"
#include "runtime/executor.h"
#include "runtime/random.h"

#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#endif

namespace xquant::integer {
namespace {

/// Of this process, on the processor.
double processor_seconds() {
#ifdef __EMSCRIPTEN__
  return EM_ASM_DOUBLE({
    const used = process.cpuUsage();
    return (used.user + used.system) / 1e6;
  });
#else
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
#endif
}

/// Shortest processor time of a run in milliseconds, over at least that many seconds and five runs.
double best_milliseconds(runtime::Executor& executor, const std::vector<runtime::TensorView>& views,
                         double at_least) {
  executor.run_views(views);
  double best = 1e9, total = 0;
  for (int runs = 0; runs < 5 || total < at_least; ++runs) {
    const double start = processor_seconds();
    executor.run_views(views);
    const double seconds = processor_seconds() - start;
    best = std::min(best, seconds);
    total += seconds;
  }
  return 1e3 * best;
}

std::vector<Tensor> random_inputs(const Graph& graph) {
  runtime::Random random(2);
  std::vector<Tensor> inputs;
  for (const ValueId id : graph.inputs) {
    if (graph.constant(id) != nullptr) continue;
    Shape shape;
    for (const Dim& dim : graph.value(id).type.shape.value_or(DeclaredShape{})) {
      const auto* fixed = std::get_if<std::int64_t>(&dim);
      shape.push_back(fixed != nullptr ? *fixed : 1);
    }
    inputs.push_back(random.tensor(shape));
  }
  return inputs;
}

struct Options {
  double seconds = 1.0;
  bool operators = false;
};

void bench(const std::string& float_path, const std::string& quantized_path,
           const Options& options) {
  DiskFiles files;
  const Model real = onnx::load(float_path, files);
  const Model quantized = onnx::load(quantized_path, files);
  const Lowered lowered = lower(quantized);
  const std::vector<Tensor> tensors = random_inputs(real.graph);
  std::vector<runtime::TensorView> inputs;
  for (const Tensor& input : tensors) inputs.push_back(runtime::view_of(input));
  // Nobody looks between, so that neighbours run together wherever the executor can do that.
  const runtime::CompileOptions unobserved{.observed = std::vector<ValueId>{}};
  const auto float_program = [&](const Graph& graph, const runtime::OpsetImports& opsets) {
    return runtime::Program::compile(graph, opsets, unobserved);
  };
  runtime::Executor float_run(float_program(real.graph, real.opset_imports));
  runtime::Executor reference(float_program(lowered.reference, quantized.opset_imports));
  runtime::Executor integers(compile(lowered, quantized.opset_imports, unobserved));
  const double f = best_milliseconds(float_run, inputs, options.seconds);
  const double q = best_milliseconds(reference, inputs, options.seconds);
  const double i = best_milliseconds(integers, inputs, options.seconds);
  std::printf("%-24s float %8.3f ms, QDQ in float %8.3f ms, int8 %8.3f ms: %.2f times float\n",
              std::string(path::stem(quantized_path)).c_str(), f, q, i, f / i);
  if (!options.operators) return;
  std::puts("  float:");
  print_operator_times(real.graph, float_run, inputs);
  std::puts("  int8:");
  print_operator_times(lowered.graph, integers, inputs);
}

}  // namespace
}  // namespace xquant::integer

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  xquant::integer::Options options;
  if (arguments.size() >= 2 && arguments[0] == "-s") {
    options.seconds = std::atof(arguments[1].c_str());
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (!arguments.empty() && arguments[0] == "-p") {
    options.operators = true;
    arguments.erase(arguments.begin());
  }
  std::printf("int8 kernels: %s\n", xq_int8_isa());
  try {
    for (std::size_t i = 0; i + 1 < arguments.size(); i += 2)
      xquant::integer::bench(arguments[i], arguments[i + 1], options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

#include "quantize/outputs/same_function.h"

#include <algorithm>
#include <cmath>

#include "runtime/executor.h"

namespace xquant::quantize {
namespace {

constexpr float kTolerance = 1e-5F;

}  // namespace

bool is_same_function(const Subject& subject, const Graph& graph, const FloatOutputs& exact) {
  runtime::CompileOptions options;
  for (const Judged& judged : judged_values(subject)) options.outputs.push_back(judged.value);
  const auto program = runtime::Program::compile(graph, subject.opsets, options);
  const std::vector<Tensor> results = runtime::Executor(program).run(exact.inputs[0]);
  for (std::size_t o = 0; o < results.size(); ++o) {
    // Of outputs that no operator computes, nothing was recorded.
    if (results[o].type() != DataType::kFloat || exact.judged[0][o].type() != DataType::kFloat)
      continue;
    const auto x = exact.judged[0][o].data<float>(), y = results[o].data<float>();
    float largest = 0, difference = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      largest = std::max(largest, std::abs(x[i]));
      difference = std::max(difference, std::abs(x[i] - y[i]));
    }
    if (!(difference <= kTolerance * largest)) return false;
  }
  return true;
}

}  // namespace xquant::quantize

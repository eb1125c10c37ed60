#include "pipeline/known_failure.h"

#include <algorithm>
#include <cmath>

#include "onnx/model_file.h"
#include "pipeline/prepare.h"
#include "runtime/executor.h"

namespace xquant::pipeline {
namespace {

std::vector<float> uneven(std::int64_t count, double step) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const double phase = step * static_cast<double>(i + 1);
    values.push_back(static_cast<float>(phase - std::floor(phase) - 0.45));
  }
  return values;
}

/// The float outputs of a model on one sample, one behind the other.
std::vector<float> outputs_of(const Model& model) {
  const auto program = runtime::Program::compile(model.graph, model.opset_imports);
  std::vector<Tensor> inputs;
  for (const ValueId id : program->inputs()) {
    Shape shape;
    for (const Dim& dim : *model.graph.value(id).type.shape) {
      shape.push_back(std::get<std::int64_t>(dim));
    }
    inputs.push_back(Tensor::of<float>(shape, uneven(element_count(shape), 0.37)));
  }
  std::vector<float> all;
  for (const Tensor& output : runtime::Executor(program).run(inputs)) {
    if (output.type() != DataType::kFloat) continue;
    const auto values = output.data<float>();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

}  // namespace

ValueId KnownFailure::conv(ValueId input, std::int64_t in, std::int64_t out,
                           const std::string& name) {
  return g.op("Conv",
              {input, g.constant(name + "_w", {out, in, 1, 1}, uneven(in * out, 0.618)),
               g.constant(name + "_b", {out}, uneven(out, 0.414))},
              name);
}

ValueId KnownFailure::weight(std::int64_t in, std::int64_t out, const std::string& name) {
  return g.constant(name, {in, out}, uneven(in * out, 0.618));
}

Model KnownFailure::as_model() const {
  return {.ir_version = 8, .opset_imports = {{"", opset}, {"my", 1}}, .graph = g.graph};
}

Result KnownFailure::run(int threads) {
  put(as_model());
  return SmallJob::run(threads);
}

double KnownFailure::change() {
  const Model before = as_model();
  Model after = before;
  Diagnostics diagnostics;
  prepare(after, config::Config(), diagnostics);
  const std::vector<float> a = outputs_of(before);
  const std::vector<float> b = outputs_of(after);
  if (a.size() != b.size() || a.empty()) return INFINITY;
  double difference = 0;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference =
        std::max(difference, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    largest = std::max(largest, std::abs(static_cast<double>(a[i])));
  }
  return difference / largest;
}

Model parsed(const Result& result) {
  const auto source = memory_source(result.quantized_model);
  return onnx::parse(*source, "result", nullptr, "");
}

std::string codes(const Result& result) {
  std::string text;
  for (const Diagnostic& each : result.diagnostics) text += each.code + " ";
  return text;
}

}  // namespace xquant::pipeline

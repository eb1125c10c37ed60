// xquant-run: integer execution and nothing else, for boards and emulators.

#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "data/npy.h"
#include "int8/xq_int8.h"
#include "integer/as_run.h"
#include "integer/linear.h"
#include "integer/program.h"
#include "integer/random_inputs.h"
#include "onnx/model_file.h"
#include "run/arguments.h"
#include "runtime/executor.h"

namespace xquant::run {
namespace {

std::string text_of(std::span<const std::int64_t> shape) {
  std::string text;
  for (const std::int64_t dim : shape) text += (text.empty() ? "" : ",") + std::to_string(dim);
  return "[" + text + "]";
}

void print_tensor(const char* kind, const std::string& tensor, const runtime::TensorView& view) {
  const std::string_view bytes(static_cast<const char*>(view.data),
                               byte_size(view.type, static_cast<std::size_t>(view.size())));
  std::printf("%-8s %s  %s %s  sha256 %s\n", kind, tensor.c_str(),
              std::string(name(view.type)).c_str(), text_of(view.shape).c_str(),
              sha256(bytes).c_str());
}

/// Sees which sums are too deep for integers and, if wished, prints quantized
/// tensors while they are hot.
class RunObserver final : public runtime::Observer {
 public:
  RunObserver(const integer::Lowered& lowered, const runtime::Program& program, bool prints)
      : deep_sums_(lowered), program_(program), prints_(prints) {}
  void on_value(ValueId id, const runtime::TensorView& view) override {
    deep_sums_.see(id, view);
    if (prints_ && integer::is_coded(view.type))
      print_tensor("tensor", program_.value_name(id), view);
  }
  const integer::DeepSums& deep_sums() const { return deep_sums_; }

 private:
  integer::DeepSums deep_sums_;
  const runtime::Program& program_;
  const bool prints_;
};

std::vector<Tensor> inputs_of(const Arguments& arguments, const Graph& graph, Files& files,
                              runtime::Executor& executor) {
  if (arguments.inputs.empty()) {
    const auto run = [&](const std::vector<Tensor>& sample) { executor.run(sample); };
    return integer::runnable_inputs(graph, arguments.seed, run).sample(0);
  }
  std::vector<Tensor> inputs;
  for (const std::string& file : arguments.inputs)
    inputs.push_back(data::read_npy(files.read(file), file));
  return inputs;
}

void print_count(const std::vector<integer::Decision>& decisions) {
  std::size_t in_int8 = 0;
  for (const integer::Decision& decision : decisions)
    in_int8 += decision.execution == integer::Execution::kFloat ? 0 : 1;
  std::printf("int8     %zu of %zu operators\n", in_int8, decisions.size());
}

void run(const Arguments& arguments) {
  DiskFiles files;
  const Model model = onnx::load(arguments.model, files);
  const integer::Lowered lowered = integer::lower(model);
  if (lowered.islands.empty()) {
    throw Error(ErrorKind::kModel, "XQ-RUN-002", "No operator of this model runs in int8.",
                {.file = arguments.model}, "Give a quantized model: QDQ or QOperator.");
  }
  runtime::Executor executor(integer::compile(lowered, model.opset_imports));
  const std::vector<Tensor> inputs = inputs_of(arguments, model.graph, files, executor);
  std::printf("kernels  %s\n", xq_int8_isa());
  for (int i = 1; i < arguments.repeat; ++i) executor.run(inputs);
  RunObserver observer(lowered, executor.program(), arguments.print == Arguments::Print::kTensors);
  const std::vector<Tensor> outputs = executor.run(inputs, &observer);
  print_count(integer::as_run(lowered.decisions, observer.deep_sums().why_float()));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const ValueId id = executor.program().outputs()[i];
    print_tensor("output", executor.program().value_name(id), runtime::view_of(outputs[i]));
  }
}

}  // namespace
}  // namespace xquant::run

int main(int argc, char** argv) {
  using namespace xquant;
  try {
    const run::Arguments arguments = run::parse_arguments(
        {const_cast<const char* const*>(argv) + 1, static_cast<std::size_t>(argc) - 1});
    if (arguments.help)
      std::fputs(run::usage_text().c_str(), stdout);
    else
      run::run(arguments);
  } catch (const Error& error) {
    std::fprintf(stderr, "xquant-run: %s\n", error.what());
    return error.kind() == ErrorKind::kUsage ? 1 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "xquant-run: %s\n", error.what());
    return 2;
  }
  return 0;
}

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/rejoin.h"
#include "pipeline/truncation.h"
#include "runtime/executor.h"

namespace xquant::pipeline {
namespace {

/// Keeps copies of the tensors of some names.
class OutputKeeper final : public runtime::Observer {
 public:
  OutputKeeper(const Graph& graph, const Graph& names_of) {
    for (const ValueId id : names_of.inputs)
      wanted_[graph.find_value(names_of.value(id).name)] = {};
  }
  void on_value(ValueId id, const runtime::TensorView& view) override {
    const auto found = wanted_.find(id);
    if (found != wanted_.end()) found->second = runtime::copy_of(view);
  }
  const Tensor& kept(ValueId id) const { return wanted_.at(id); }

 private:
  std::map<ValueId, Tensor> wanted_;
};

std::shared_ptr<const runtime::Program> compiled(
    const Graph& graph, const std::map<std::string, std::int64_t>& opset_imports,
    const Context& context) {
  try {
    return runtime::Program::compile(graph, opset_imports);
  } catch (const Error& error) {
    if (error.code() != "XQ-RT-001") throw;
    context.diagnostics.info(
        "XQ-CUT-004",
        "What is behind the cut cannot be run here, so that only its structure "
        "is verified: " +
            error.message());
    return nullptr;
  }
}

bool same(const Tensor& a, const Tensor& b) {
  return a.type() == b.type() && a.shape() == b.shape() && std::ranges::equal(a.bytes(), b.bytes());
}

}  // namespace

void verify_rejoined(const Model& rejoined, const Tail& tail,
                     const std::map<std::string, std::int64_t>& opset_imports,
                     quantize::Samples& samples, const Context& context) {
  const Graph alone = tail_of(tail.whole, tail.cut);
  if (alone.nodes().empty()) return;
  const auto joined_program = compiled(rejoined.graph, rejoined.opset_imports, context);
  if (joined_program == nullptr) return;
  const auto tail_program = compiled(alone, opset_imports, context);
  const std::vector<Tensor> inputs = samples.first();
  if (tail_program == nullptr) return;
  if (joined_program->inputs().size() != inputs.size()) {
    context.diagnostics.info("XQ-CUT-004",
                             "What is behind the cut has inputs without calibration data; only its "
                             "structure is verified.");
    return;
  }
  OutputKeeper keeper(rejoined.graph, alone);
  const std::vector<Tensor> joined = runtime::Executor(joined_program).run(inputs, &keeper);
  std::vector<Tensor> crossing;
  for (const ValueId id : tail_program->inputs()) {
    crossing.push_back(keeper.kept(rejoined.graph.find_value(alone.value(id).name)));
  }
  const std::vector<Tensor> apart = runtime::Executor(tail_program).run(crossing);
  for (std::size_t i = 0; i < apart.size(); ++i) {
    const std::string& name = alone.value(tail_program->outputs()[i]).name;
    const auto outputs = joined_program->outputs();
    const auto at = std::find(outputs.begin(), outputs.end(), rejoined.graph.find_value(name));
    if (at != outputs.end() &&
        same(joined[static_cast<std::size_t>(at - outputs.begin())], apart[i]))
      continue;
    throw Error(ErrorKind::kInternal, "XQ-INT-010",
                "The post-processing gives another result behind the cut than by itself.",
                {.tensor = name}, "Please report this model; without truncate_var_names it works.");
  }
  context.diagnostics.info("XQ-CUT-003",
                           "What is behind the cut was run on a sample in the output file and by "
                           "itself: its outputs are equal.");
}

}  // namespace xquant::pipeline

#include "quantize/policy/trace.h"

#include "runtime/executor.h"

namespace xquant::quantize {
namespace {

class Recorder final : public runtime::Observer {
 public:
  explicit Recorder(Trace& trace) : trace_(trace) {}
  void on_value(ValueId id, const runtime::TensorView& view) override {
    trace_[id] = {view.type, view.shape_copy()};
  }

 private:
  Trace& trace_;
};

}  // namespace

Trace trace(const Graph& graph, const std::shared_ptr<const runtime::Program>& program,
            std::span<const Tensor> inputs) {
  Trace result;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (const Tensor* constant = graph.constant(id))
      result[id] = {constant->type(), constant->shape()};
  }
  Recorder recorder(result);
  runtime::Executor(program).run(inputs, &recorder);
  return result;
}

bool is_float(const Trace& trace, ValueId value) {
  const auto found = trace.find(value);
  return found != trace.end() && found->second.type == DataType::kFloat;
}

}  // namespace xquant::quantize

#include "quantize/outputs/float_outputs.h"

#include <utility>
namespace xquant::quantize {
void JudgedObserver::on_value(ValueId id, const runtime::TensorView& view) {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].value == id) (*kept_)[i] = runtime::copy_of(view);
  }
}

std::vector<Judged> judged_values(const Subject& subject) {
  const Graph& graph = subject.graph;
  std::vector<Judged> values;
  for (const ValueId output : subject.program->outputs()) {
    ValueId value = output;
    const auto written_by = [&](std::string_view type) {
      const NodeId producer = graph.value(value).producer;
      return producer != NodeId::kNone && graph.node(producer).is(type);
    };
    while (written_by("Reshape") || written_by("Identity") || written_by("Squeeze") ||
           written_by("Flatten")) {
      value = graph.node(graph.value(value).producer).input(0);
    }
    if (written_by("Softmax")) {
      const NodeId softmax = graph.value(value).producer;
      values.push_back({graph.node(softmax).input(0), softmax});
    } else {
      values.push_back({output});
    }
  }
  return values;
}

OutputsRecorder::OutputsRecorder(const Subject& subject, std::int64_t count, Places places)
    : values_(judged_values(subject)),
      count_(count),
      available_(subject.samples.count()),
      places_(places) {
  all_.inputs.resize(static_cast<std::size_t>(count));
  all_.judged.resize(static_cast<std::size_t>(count));
}

OutputsRecorder::OutputsRecorder(const Subject& subject, std::int64_t count,
                                 std::vector<Judged> values)
    : OutputsRecorder(subject, count) {
  values_ = std::move(values);
}

std::optional<std::size_t> OutputsRecorder::place_of(std::int64_t sample) const {
  const auto place = evenly_spread(sample, count_, available_);
  const auto count = static_cast<std::size_t>(count_);
  const bool wanted =
      place && (places_ == Places::kAll || SampleParts::judges_whole(*place, count));
  return wanted ? place : std::nullopt;
}

std::unique_ptr<RunObserver> OutputsRecorder::observer() {
  class Observer final : public RunObserver {
   public:
    explicit Observer(OutputsRecorder& recorder) : recorder_(recorder), keeper_(recorder.values_) {}
    void start(std::int64_t sample, std::span<const Tensor> inputs) override {
      const std::size_t at = *recorder_.place_of(sample);
      recorder_.all_.inputs[at].assign(inputs.begin(), inputs.end());
      keeper_.start(recorder_.all_.judged[at]);
    }
    void on_value(ValueId id, const runtime::TensorView& view) override {
      keeper_.on_value(id, view);
    }

   private:
    OutputsRecorder& recorder_;
    JudgedObserver keeper_;
  };
  return std::make_unique<Observer>(*this);
}

FloatOutputs OutputsRecorder::take() {
  FloatOutputs readable{.values = values_};
  for (std::size_t i = 0; i < all_.inputs.size(); ++i) {
    if (all_.inputs[i].empty()) continue;
    readable.inputs.push_back(std::move(all_.inputs[i]));
    readable.judged.push_back(std::move(all_.judged[i]));
  }
  all_ = {};
  return readable;
}

namespace {

FloatOutputs recorded(const Subject& subject, std::string_view phase, OutputsRecorder recorder) {
  FloatRecorder* const recorders[] = {&recorder};
  run_recorded(subject.program, subject.samples, phase, recorders);
  return recorder.take();
}

}  // namespace

FloatOutputs run_float(const Subject& subject, std::int64_t count, std::string_view phase,
                       Places places) {
  return recorded(subject, phase, OutputsRecorder(subject, count, places));
}

FloatOutputs run_float(const Subject& subject, std::int64_t count, std::string_view phase,
                       std::vector<Judged> values) {
  return recorded(subject, phase, OutputsRecorder(subject, count, std::move(values)));
}

}  // namespace xquant::quantize

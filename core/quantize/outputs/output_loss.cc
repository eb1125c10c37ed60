#include "quantize/outputs/output_loss.h"

#include <algorithm>
#include <cmath>

namespace xquant::quantize {
namespace {

/// Calls add(part, element) for every finite element.
template <typename Add>
void for_each_finite(const Parts& parts, std::span<const float> exact, const Add& add) {
  const bool labelled = parts.labels.size() == exact.size();
  for (std::size_t i = 0; i < exact.size(); ++i) {
    if (std::isfinite(exact[i])) add(labelled ? parts.labels[i] : 0, i);
  }
}

/// Constants and inputs that are outputs, too, tell nothing, and no run records them.
bool is_computed(const Graph& graph, ValueId value) {
  return graph.value(value).producer != NodeId::kNone;
}

}  // namespace

OutputLoss::OutputLoss(const Subject& subject, const FloatOutputs& exact) : exact_(exact) {
  for (const Judged& judged : exact.values) {
    Output output{.first = parts_};
    if (!is_float(subject.trace, judged.value) || !is_computed(subject.graph, judged.value)) {
      output.parts.count = 0;
    } else if (judged.softmax != NodeId::kNone) {
      const auto opset = subject.opsets.find("");
      output.classes =
          class_rows(subject.graph.node(judged.softmax), subject.trace.at(judged.value).shape,
                     opset == subject.opsets.end() ? 1 : opset->second);
    } else {
      output.parts = find_parts(subject.graph, subject.trace, subject.opsets, judged.value);
    }
    parts_ += output.parts.count;
    outputs_.push_back(std::move(output));
  }
  for (const std::vector<Tensor>& judged : exact.judged) {
    Noise& signal = signal_.emplace_back(parts_, 0.0);
    for (std::size_t o = 0; o < outputs_.size(); ++o) {
      if (outputs_[o].parts.count > 0) add_signal(outputs_[o], judged[o].data<float>(), signal);
    }
  }
}

void OutputLoss::add_signal(Output& output, std::span<const float> exact, Noise& signal) const {
  if (output.classes) {
    output.log_p.push_back(log_probabilities(exact, *output.classes));
    signal[output.first] += information(output.log_p.back(), *output.classes);
    return;
  }
  for_each_finite(output.parts, exact, [&](std::size_t part, std::size_t i) {
    const auto x = static_cast<double>(exact[i]);
    signal[output.first + part] += x * x;
  });
}

OutputLoss::Noise OutputLoss::noise(std::size_t sample,
                                    std::span<const runtime::TensorView> results) const {
  Noise noise(parts_, 0.0);
  for (std::size_t o = 0; o < outputs_.size(); ++o) {
    const Output& output = outputs_[o];
    if (output.parts.count == 0) continue;
    const auto values = results[o].as<float>();
    if (output.classes) {
      const std::vector<float> log_q = log_probabilities(values, *output.classes);
      const double lost = divergence(output.log_p[sample], log_q);
      noise[output.first] += std::isfinite(lost) ? lost : signal_[sample][output.first];
      continue;
    }
    const auto exact = exact_.judged[sample][o].data<float>();
    for_each_finite(output.parts, exact, [&](std::size_t part, std::size_t i) {
      const auto x = static_cast<double>(exact[i]);
      const double y = i < values.size() ? static_cast<double>(values[i]) : 0.0;
      const double error = std::isfinite(y) ? x - y : x;
      noise[output.first + part] += error * error;
    });
  }
  return noise;
}

double OutputLoss::usual_signal(std::size_t part) const {
  std::vector<double> signals;
  for (const Noise& signal : signal_) signals.push_back(signal[part]);
  std::sort(signals.begin(), signals.end());
  return signals.empty() ? 0 : signals[signals.size() * 3 / 4];
}

double OutputLoss::total(const std::vector<Noise>& by_sample, std::size_t first,
                         std::size_t step) const {
  double loss = 0;
  std::size_t terms = 0;
  for (std::size_t part = 0; part < parts_; ++part) {
    const double usual = usual_signal(part);
    for (std::size_t sample = first; sample < by_sample.size(); sample += step) {
      const double noise = by_sample[sample][part];
      if (noise > 0) loss += noise / (std::max(signal_[sample][part], usual) + noise);
      ++terms;
    }
  }
  return terms == 0 ? 0 : loss / static_cast<double>(terms);
}

}  // namespace xquant::quantize

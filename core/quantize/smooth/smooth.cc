#include "quantize/smooth/smooth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/cancellation.h"
#include "quantize/decibel.h"
#include "quantize/params.h"
#include "runtime/executor.h"

namespace xquant::quantize {
namespace {

constexpr std::int64_t kSamples = 16;
constexpr std::size_t kRowsOfASample = 32;
constexpr std::size_t kColumns = 96;  ///< of a weight, that are looked at
/// A change must take away a twentieth of the noise: less is chance.
constexpr double kWorthIt = 0.95;
/// No factor differs more than this from another, so that dead channels stay small.
constexpr double kSmallestShare = 1e-3;

struct Reader {
  NodeId node;
  ValueId weight;
  bool per_channel = false;
  bool power_of_two = false;
};

struct Site {
  NodeId norm;
  std::vector<Reader> readers;
  std::size_t channels = 0;
};

/// Rows of a normalization's result in one sample, [rows][channels].
using Rows = std::vector<float>;

bool is_own_vector(const Graph& graph, ValueId value, std::size_t channels) {
  const Tensor* tensor = graph.constant(value);
  return tensor != nullptr && tensor->type() == DataType::kFloat && !graph.is_input(value) &&
         tensor->shape() == Shape{static_cast<std::int64_t>(channels)} &&
         graph.uses(value).size() == 1 && !graph.is_output(value);
}

std::optional<Reader> as_reader(const Graph& graph, const plan::QuantPlan& plan, const Use& use,
                                std::size_t channels) {
  if (use.position != 0 || !graph.node(use.node).is("MatMul") || !plan.node(use.node).quantized) {
    return std::nullopt;
  }
  for (const plan::ConstantOperand& operand : plan.constants) {
    if (operand.use.node != use.node || operand.use.position != 1) continue;
    const Tensor& weight = *graph.constant(operand.value);
    if (weight.shape().size() != 2 || weight.shape()[0] != static_cast<std::int64_t>(channels) ||
        graph.uses(operand.value).size() != 1 || graph.is_output(operand.value)) {
      return std::nullopt;
    }
    return Reader{use.node, operand.value, operand.params.axis == 1, operand.power_of_two};
  }
  return std::nullopt;
}

std::optional<Site> as_site(const Subject& subject, const plan::QuantPlan& plan, NodeId id) {
  const Graph& graph = subject.graph;
  const Node& node = graph.node(id);
  if (!node.is("LayerNormalization") && !node.is("RMSNormalization")) return std::nullopt;
  const ValueId result = node.output(0);
  const auto traced = subject.trace.find(result);
  if (traced == subject.trace.end() || graph.is_output(result)) return std::nullopt;
  const Shape& shape = traced->second.shape;
  const std::int64_t axis = node.int_or("axis", -1);
  const bool last = axis == -1 || axis + 1 == static_cast<std::int64_t>(shape.size());
  if (!last || shape.empty()) return std::nullopt;
  Site site{.norm = id, .readers = {}, .channels = static_cast<std::size_t>(shape.back())};
  const bool biased = node.input(2) != ValueId::kNone;
  if (!is_own_vector(graph, node.input(1), site.channels) ||
      (biased && !is_own_vector(graph, node.input(2), site.channels))) {
    return std::nullopt;
  }
  for (const Use& use : graph.uses(result)) {
    const auto reader = as_reader(graph, plan, use, site.channels);
    if (!reader) return std::nullopt;
    site.readers.push_back(*reader);
  }
  return site.readers.empty() ? std::nullopt : std::optional(site);
}

class Collector final : public runtime::Observer {
 public:
  Collector(const Graph& graph, const std::vector<Site>& sites) {
    for (const Site& site : sites) channels_[graph.node(site.norm).output(0)] = site.channels;
  }
  void on_value(ValueId id, const runtime::TensorView& view) override {
    const auto found = channels_.find(id);
    if (found == channels_.end() || view.type != DataType::kFloat) return;
    const std::size_t channels = found->second;
    const auto values = view.as<float>();
    const std::size_t rows = values.size() / channels;
    Rows& kept = rows_[id];
    for (std::size_t i = 0; i < std::min(rows, kRowsOfASample); ++i) {
      const std::size_t row = i * rows / std::min(rows, kRowsOfASample);
      kept.insert(kept.end(), values.begin() + static_cast<std::ptrdiff_t>(row * channels),
                  values.begin() + static_cast<std::ptrdiff_t>((row + 1) * channels));
    }
  }
  std::map<ValueId, Rows> take() { return std::move(rows_); }

 private:
  std::map<ValueId, std::size_t> channels_;
  std::map<ValueId, Rows> rows_;
};

/// x^(1/4), x^(1/2), x^(3/4) from square roots, which every platform rounds alike.
double power(double x, int quarters) {
  const double half = std::sqrt(x);
  const double quarter = std::sqrt(half);
  if (quarters == 1) return quarter;
  return quarters == 2 ? half : half * quarter;
}

class Smoother {
 public:
  Smoother(const Graph& graph, const Site& site, const Rows& fit, const Rows& held)
      : graph_(graph), site_(site), fit_(fit), held_(held) {
    low_.assign(site.channels, 0.0);
    high_.assign(site.channels, 0.0);
    for (std::size_t i = 0; i < fit.size(); ++i) {
      const auto value = static_cast<double>(fit[i]);
      double& low = low_[i % site.channels];
      double& high = high_[i % site.channels];
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }

  std::vector<double> factors(int quarters) const {
    std::vector<double> result(site_.channels, 1.0);
    std::vector<double> weights(site_.channels, 0.0);
    for (const Reader& reader : site_.readers) {
      const Tensor& weight = *graph_.constant(reader.weight);
      const auto values = weight.data<float>();
      const std::size_t columns = values.size() / site_.channels;
      for (std::size_t i = 0; i < values.size(); ++i) {
        double& most = weights[i / columns];
        most = std::max(most, static_cast<double>(std::abs(values[i])));
      }
    }
    double largest_weight = 0, largest_value = 0;
    for (std::size_t c = 0; c < site_.channels; ++c) {
      largest_weight = std::max(largest_weight, weights[c]);
      largest_value = std::max(largest_value, std::max(-low_[c], high_[c]));
    }
    if (largest_weight == 0 || largest_value == 0) return result;
    for (std::size_t c = 0; c < site_.channels; ++c) {
      const double value = std::max(-low_[c], high_[c]) / largest_value;
      const double weight = weights[c] / largest_weight;
      result[c] = power(std::max(value, kSmallestShare), quarters) /
                  power(std::max(weight, kSmallestShare), 4 - quarters);
    }
    return result;
  }

  /// Noise relative to signal of the products of these rows, summed over the readers.
  double noise(const Rows& rows, const std::vector<double>& factors) const {
    const Rows rounded = rounded_rows(rows, factors);
    double sum = 0;
    for (const Reader& reader : site_.readers) sum += noise_of(reader, rows, rounded, factors);
    return sum;
  }

  const Rows& fit() const { return fit_; }
  const Rows& held() const { return held_; }

  Tensor scaled_weight(const Reader& reader, const std::vector<double>& factors) const {
    const Tensor& weight = *graph_.constant(reader.weight);
    const auto values = weight.data<float>();
    const std::size_t columns = values.size() / site_.channels;
    std::vector<float> result(values.begin(), values.end());
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i] = static_cast<float>(static_cast<double>(result[i]) * factors[i / columns]);
    }
    return Tensor::of<float>(weight.shape(), result);
  }

 private:
  Rows rounded_rows(const Rows& rows, const std::vector<double>& factors) const {
    Range range;
    for (std::size_t c = 0; c < site_.channels; ++c) {
      range.low = std::min(range.low, low_[c] / factors[c]);
      range.high = std::max(range.high, high_[c] / factors[c]);
    }
    Rows scaled(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      scaled[i] = static_cast<float>(static_cast<double>(rows[i]) / factors[i % site_.channels]);
    }
    const plan::QuantParams params = asymmetric_params(range);
    const Shape shape{static_cast<std::int64_t>(rows.size())};
    const Tensor result =
        dequantize_tensor(quantize_tensor(Tensor::of<float>(shape, scaled), params), params);
    return {result.data<float>().begin(), result.data<float>().end()};
  }

  double noise_of(const Reader& reader, const Rows& rows, const Rows& rounded,
                  const std::vector<double>& factors) const {
    const Tensor exact = *graph_.constant(reader.weight);
    const Tensor scaled = scaled_weight(reader, factors);
    const std::int64_t axis = reader.per_channel ? 1 : -1;
    const plan::QuantParams params =
        reader.power_of_two ? power_of_two_params(scaled, axis) : symmetric_params(scaled, axis);
    const Tensor integers = dequantize_tensor(quantize_tensor(scaled, params), params);
    const auto w = exact.data<float>();
    const auto q = integers.data<float>();
    const std::size_t columns = w.size() / site_.channels;
    const std::size_t step = std::max<std::size_t>(1, columns / kColumns);
    double signal = 0, error = 0;
    for (std::size_t row = 0; row < rows.size(); row += site_.channels) {
      cancellation_point();
      for (std::size_t n = 0; n < columns; n += step) {
        double y = 0, z = 0;
        for (std::size_t c = 0; c < site_.channels; ++c) {
          y += static_cast<double>(rows[row + c]) * static_cast<double>(w[c * columns + n]);
          z += static_cast<double>(rounded[row + c]) * static_cast<double>(q[c * columns + n]);
        }
        signal += y * y;
        error += (y - z) * (y - z);
      }
    }
    return signal > 0 ? error / signal : 0;
  }

  const Graph& graph_;
  const Site& site_;
  const Rows& fit_;
  const Rows& held_;
  std::vector<double> low_, high_;
};

void apply(const Site& site, const Smoother& smoother, const std::vector<double>& factors,
           Graph& graph) {
  for (const Reader& reader : site.readers) {
    graph.value(reader.weight).constant = smoother.scaled_weight(reader, factors);
  }
  for (const std::size_t position : {std::size_t{1}, std::size_t{2}}) {
    const ValueId vector = graph.node(site.norm).input(position);
    if (vector == ValueId::kNone) continue;
    const auto values = graph.constant(vector)->data<float>();
    std::vector<float> divided;
    for (std::size_t c = 0; c < values.size(); ++c) {
      divided.push_back(static_cast<float>(static_cast<double>(values[c]) / factors[c]));
    }
    graph.value(vector).constant = Tensor::of<float>(graph.constant(vector)->shape(), divided);
  }
}

/// Rows of every site, by turns for fitting and for judging.
std::array<std::map<ValueId, Rows>, 2> collect(const Subject& subject,
                                               const std::vector<Site>& sites) {
  const std::int64_t available = subject.samples.count();
  const std::int64_t wanted = std::min(available, kSamples);
  std::vector<runtime::Executor> executors;
  for (int i = 0; i < subject.samples.workers(); ++i) executors.emplace_back(subject.program);
  std::vector<std::map<ValueId, Rows>> by_sample(static_cast<std::size_t>(wanted));
  subject.samples.for_each(
      "smooth", [&](std::int64_t sample, std::span<const Tensor> inputs, int worker) {
        const std::int64_t position = (sample * wanted + available - 1) / available;
        if (position >= wanted || position * available / wanted != sample) return;
        Collector collector(subject.graph, sites);
        executors[static_cast<std::size_t>(worker)].run(inputs, &collector);
        by_sample[static_cast<std::size_t>(position)] = collector.take();
      });
  std::array<std::map<ValueId, Rows>, 2> halves;
  for (std::size_t i = 0; i < by_sample.size(); ++i) {
    for (auto& [value, rows] : by_sample[i]) {
      Rows& all = halves[i % 2][value];
      all.insert(all.end(), rows.begin(), rows.end());
    }
  }
  return halves;
}

}  // namespace

std::optional<Graph> smooth(const Subject& subject, const plan::QuantPlan& plan,
                            std::vector<StageRecord>& records) {
  std::vector<Site> sites;
  for (const NodeId id : subject.graph.topological_order()) {
    if (auto site = as_site(subject, plan, id)) sites.push_back(std::move(*site));
  }
  if (sites.empty()) return std::nullopt;
  auto halves = collect(subject, sites);
  std::optional<Graph> result;
  for (const Site& site : sites) {
    const ValueId value = subject.graph.node(site.norm).output(0);
    const Rows& fit = halves[0][value];
    const Rows& held = halves[1][value];
    if (fit.empty() || held.empty()) continue;
    const Smoother smoother(subject.graph, site, fit, held);
    const std::vector<double> none(site.channels, 1.0);
    const double before = smoother.noise(held, none), fit_before = smoother.noise(fit, none);
    double best = kWorthIt * before;
    int chosen = 0;
    for (const int quarters : {1, 2, 3}) {
      const auto factors = smoother.factors(quarters);
      const double after = smoother.noise(held, factors);
      if (!(after < best) || !(smoother.noise(fit, factors) < kWorthIt * fit_before)) continue;
      best = after;
      chosen = quarters;
    }
    if (chosen != 0) {
      if (!result) result = subject.graph;
      apply(site, smoother, smoother.factors(chosen), *result);
    }
    records.push_back({.stage = "range smoothing",
                       .node = subject.graph.node(site.norm).name,
                       .tensor = subject.graph.value(value).name,
                       .choice = chosen == 0 ? "channels as they are"
                                             : "exponent 0." + std::to_string(chosen * 25),
                       .before_db = decibel(1, before),
                       .after_db = decibel(1, chosen == 0 ? before : best)});
  }
  return result;
}

}  // namespace xquant::quantize

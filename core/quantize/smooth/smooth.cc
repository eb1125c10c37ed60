#include "quantize/smooth/smooth.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "quantize/calibrate/calibrate.h"
#include "quantize/decibel.h"
#include "quantize/equalize/channel_ranges.h"
#include "quantize/outputs/integer_model.h"
#include "quantize/params.h"
#include "quantize/smooth/channel_factors.h"
#include "quantize/smooth/divide.h"
#include "quantize/smooth/site.h"
#include "quantize/smooth/site_rows.h"
#include "quantize/work.h"

namespace xquant::quantize {
namespace {

/// Multiplications of one pass over the samples that are looked at, and their number.
constexpr double kSmoothingWork = 8e9;
constexpr std::int64_t kFewestSmoothingSamples = 8;
constexpr std::int64_t kMostSmoothingSamples = 32;
/// Exponents; the first stands for all channels alike.
constexpr std::array<std::optional<int>, 8> kEighths = {std::nullopt, 2, 3, 4, 5, 6, 7, 8};
/// A change must take away a twentieth of a product's noise: less is chance. Where it adds an
/// operator, a fifth, and all of them together a fifth of the outputs' noise.
constexpr double kWorthIt = 0.95;
constexpr double kWorthAnOperator = 0.8;

struct Choice {
  bool gains = false;
  std::optional<int> eighths{};
  ChannelFactors::Noise before, after;
};

Choice choose(const SmoothSite& site, const ChannelFactors& measured) {
  const std::vector<double> none(site.channels, 1.0);
  Choice choice{.before = measured.noise(none), .after = {}};
  choice.after = choice.before;
  const double least = site.divisor == Divisor::kNormalization ? kWorthIt : kWorthAnOperator;
  for (const auto& eighths : kEighths) {
    const auto noise = measured.noise(measured.factors(eighths));
    const bool gains =
        noise.held < least * choice.before.held && noise.fit < least * choice.before.fit;
    if (!gains || !(noise.held < choice.after.held)) continue;
    choice.gains = true;
    choice.eighths = eighths;
    choice.after = noise;
  }
  return choice;
}

std::string in_words(const SmoothSite& site, const Choice& choice) {
  if (!choice.gains) return "channels as they are";
  const std::string exponent = choice.eighths ? "exponent " + std::to_string(*choice.eighths) + "/8"
                                              : "one factor for all channels";
  if (site.divisor == Divisor::kMul) return exponent + ", divided by a Mul in float";
  return site.divisor == Divisor::kCopy ? exponent + ", in a copy of the normalization" : exponent;
}

/// What was multiplied by rows gets columns of equal ranges again.
void even_columns(const FloatProduct& product, Graph& graph) {
  const Tensor& weight = *graph.constant(product.weight);
  divide_columns(product, column_factors(weight, product.axis), graph);
}

struct Smoothed {
  const SmoothSite* site;
  std::vector<double> factors;
  ValueId tensor;  ///< that the readers read now
};

class Smoother {
 public:
  Smoother(const Subject& subject, const plan::QuantPlan& plan, const Replan& replan)
      : subject_(subject),
        plan_(plan),
        replan_(replan),
        sites_(find_smooth_sites(subject.graph, subject.trace, plan)) {}

  std::optional<Graph> run(std::vector<StageRecord>& records) {
    if (sites_.empty()) return std::nullopt;
    const FloatOutputs exact = observe();
    if (exact.samples() < 2) return std::nullopt;
    Graph graph = subject_.graph;
    std::vector<StageRecord> by_site;
    for (const SmoothSite& site : sites_) smooth_site(site, graph, by_site);
    if (smoothed_.empty()) {
      std::ranges::move(by_site, std::back_inserter(records));
      return std::nullopt;
    }
    const OutputLoss loss(subject_, exact);
    const double before = noise_of(subject_, plan_, exact, loss);
    const Replanned changed = replan_(graph);
    const Subject subject{graph,           subject_.opsets,  changed.program,
                          changed.trace,   subject_.samples, subject_.pool,
                          subject_.monitor};
    const double after = noise_of(subject, changed.plan, exact, loss);
    const bool adds = std::ranges::any_of(smoothed_, [](const Smoothed& one) {
      return one.site->divisor != Divisor::kNormalization;
    });
    const bool gains = after < (adds ? kWorthAnOperator : 1.0) * before;
    if (gains) std::ranges::move(by_site, std::back_inserter(records));
    records.push_back({.stage = "range smoothing",
                       .node = "",
                       .tensor = "",
                       .choice = gains ? "ranges smoothed" : "channels as they are",
                       .before_db = decibel(1, before),
                       .after_db = decibel(1, gains ? after : before)});
    return gains ? std::optional(std::move(graph)) : std::nullopt;
  }

 private:
  FloatOutputs observe() {
    const std::int64_t count = affordable_samples(subject_, kSmoothingWork, kFewestSmoothingSamples,
                                                  kMostSmoothingSamples);
    std::vector<ValueId> roots;
    for (const plan::Group& group : plan_.groups) roots.push_back(group.root);
    SiteRecorder rows(sites_, count, subject_.samples.count());
    RangesRecorder ranges(roots, count, subject_.samples.count());
    OutputsRecorder outputs(subject_, count);
    FloatRecorder* const recorders[] = {&rows, &ranges, &outputs};
    run_recorded(subject_.program, subject_.samples, "smooth", recorders);
    samples_ = rows.take();
    ranges_ = ranges.take();
    return outputs.take();
  }

  void smooth_site(const SmoothSite& site, Graph& graph, std::vector<StageRecord>& records) {
    const auto fit = samples_.fit.find(site.tensor), held = samples_.held.find(site.tensor);
    if (fit == samples_.fit.end() || held == samples_.held.end()) return;
    const ChannelFactors measured(subject_.graph, site, fit->second, held->second);
    const Choice choice = choose(site, measured);
    if (choice.gains) {
      std::vector<double> factors = measured.factors(choice.eighths);
      const ValueId divided = divide_channels(site, factors, graph);
      for (const SmoothReader& reader : site.readers) {
        graph.value(reader.weight).constant = measured.scaled_weight(reader, factors);
        if (reader.scaled) even_columns(*reader.scaled, graph);
        if (divided != site.tensor) graph.set_input(reader.node, 0, divided);
      }
      smoothed_.push_back({&site, std::move(factors), divided});
    }
    const NodeId producer = subject_.graph.value(site.tensor).producer;
    records.push_back({.stage = "range smoothing",
                       .node = subject_.graph.node(producer).name,
                       .tensor = subject_.graph.value(site.tensor).name,
                       .choice = in_words(site, choice),
                       .before_db = decibel(1, choice.before.held),
                       .after_db = decibel(1, choice.after.held)});
  }

  /// Of the outputs of the samples that do not fit, run in integers, every tensor over its range in
  /// the others.
  double noise_of(const Subject& subject, plan::QuantPlan plan, const FloatOutputs& exact,
                  const OutputLoss& loss) const {
    const bool changed = &subject != &subject_;
    for (plan::Group& group : plan.groups) {
      group.params = asymmetric_params(range_of(group.root, changed));
    }
    Diagnostics said_later;
    choose_constant_params(subject.graph, plan, said_later);
    return loss.total(IntegerModel(subject, plan, exact.values).run(exact, loss, 1, 2), 1, 2);
  }

  Range range_of(ValueId value, bool changed) const {
    Range range;
    const auto take = [&](double low, double high) {
      range = {std::min(range.low, low), std::max(range.high, high)};
    };
    for (const Smoothed& one : smoothed_) {
      if (!changed || one.tensor != value) continue;
      const ChannelRows& rows = samples_.fit.at(one.site->tensor);
      for (std::size_t c = 0; c < one.factors.size(); ++c) {
        take(static_cast<double>(rows.low[c]) / one.factors[c],
             static_cast<double>(rows.high[c]) / one.factors[c]);
      }
      return range;
    }
    const ChannelRanges& ranges = ranges_.at(value);
    for (std::size_t c = 0; c < ranges.low.size(); ++c) {
      take(static_cast<double>(ranges.low[c]), static_cast<double>(ranges.high[c]));
    }
    return range;
  }

  const Subject& subject_;
  const plan::QuantPlan& plan_;
  const Replan& replan_;
  std::vector<SmoothSite> sites_;
  SiteSamples samples_;
  RangesByValue ranges_;  ///< of the samples that fit
  std::vector<Smoothed> smoothed_;
};

}  // namespace

std::optional<Graph> smooth(const Subject& subject, const plan::QuantPlan& plan,
                            const Replan& replan, std::vector<StageRecord>& records) {
  return Smoother(subject, plan, replan).run(records);
}

}  // namespace xquant::quantize

#include "report/what_if.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "quantize/decibel.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/outputs/integer_model.h"
#include "quantize/outputs/output_loss.h"
#include "quantize/work.h"
#include "report/unit.h"
#include "report/without.h"

namespace xquant::report {
namespace {

/// Multiplications that all runs together may take, as far as two samples allow.
constexpr double kWork = 1e10;
constexpr std::int64_t kFewestSamples = 2;
constexpr std::int64_t kMostSamples = 8;

}  // namespace

double shown_gain(const Advice& entry) {
  constexpr double kTenths = 10;
  const double gain =
      std::round(kTenths * entry.float_outputs_db) - std::round(kTenths * entry.outputs_db);
  return std::isnan(gain) ? -std::numeric_limits<double>::infinity() : gain / kTenths;
}

void measure_gains(const quantize::Subject& subject, const plan::QuantPlan& plan,
                   std::vector<Advice>& advice) {
  std::vector<std::vector<NodeId>> units;
  for (const Advice& entry : advice) {
    units.push_back(unit_of(subject.graph, plan, subject.graph.find_value(entry.tensor)));
    std::erase_if(units.back(), [&](NodeId node) { return !plan.node(node).quantized; });
  }
  const auto is_int8 = [](const std::vector<NodeId>& unit) { return !unit.empty(); };
  const auto models = static_cast<double>(std::ranges::count_if(units, is_int8) + 1);
  if (models == 1) return;
  const std::int64_t count =
      quantize::affordable_samples(subject, kWork / models, kFewestSamples, kMostSamples);
  const quantize::FloatOutputs samples = quantize::run_float(subject, count, "look at samples");
  const quantize::OutputLoss loss(subject, samples);
  const auto decibels = [&](const plan::QuantPlan& changed) {
    const auto noise =
        quantize::IntegerModel(subject, changed, samples.values).run(samples, loss, 0, 1);
    return quantize::decibel(1, loss.total(noise, 0, 1));
  };
  const double planned = decibels(plan);
  const auto all = static_cast<std::int64_t>(advice.size());
  for (std::size_t i = 0; i < advice.size(); ++i) {
    subject.monitor.step({"what if", static_cast<std::int64_t>(i), all});
    if (!is_int8(units[i])) continue;
    advice[i].outputs_db = planned;
    advice[i].float_outputs_db = decibels(without(plan, units[i]));
  }
  std::vector<std::size_t> order(advice.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const double gain_a = shown_gain(advice[a]);
    const double gain_b = shown_gain(advice[b]);
    return gain_a != gain_b ? gain_a > gain_b : a < b;
  });
  std::vector<Advice> sorted;
  for (const std::size_t i : order) sorted.push_back(std::move(advice[i]));
  advice = std::move(sorted);
}

}  // namespace xquant::report

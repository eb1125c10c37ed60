#include "quantize/columns/scale_columns.h"

#include <cstddef>
#include <utility>

#include "quantize/columns/float_product.h"
#include "quantize/decibel.h"
#include "quantize/outputs/float_outputs.h"
#include "quantize/outputs/output_loss.h"
#include "quantize/outputs/weight_noise.h"
#include "quantize/params.h"
#include "quantize/work.h"

namespace xquant::quantize {
namespace {

/// Multiplications of one pass over the samples that judge, and their number.
constexpr double kScalingWork = 8e9;
constexpr std::int64_t kFewestScalingSamples = 8;
constexpr std::int64_t kMostScalingSamples = 32;

/// One operator more costs something at every inference: it has to take away half of a weight's
/// noise (of the outputs', weight_gain).
constexpr double kWorthAMul = 0.5;

constexpr const char* kColumnScalesReason =
    "it gives the columns of an int8 weight scales of their own";

struct ColumnSite {
  FloatProduct product;
  std::vector<double> factors;
  StageRecord record;
};

/// Signal of the weight, and what rounding it as the plan asks costs.
struct RoundingLoss {
  double signal = 0, error = 0;
};

RoundingLoss rounding_loss_of(const plan::ConstantOperand& operand, const Tensor& weight,
                              const std::vector<double>& factors, std::int64_t axis) {
  const plan::QuantParams params = weight_params(operand, weight);
  const Tensor rounded = dequantize_tensor(quantize_tensor(weight, params), params);
  const auto exact = weight.data<float>(), nearest = rounded.data<float>();
  RoundingLoss sum;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double factor = factors[column_of(i, weight.shape(), axis)];
    const auto w = static_cast<double>(exact[i]) * factor;
    const double error = static_cast<double>(nearest[i]) * factor - w;
    sum.signal += w * w;
    sum.error += error * error;
  }
  return sum;
}

std::optional<ColumnSite> as_column_site(const Graph& graph, const plan::QuantPlan& plan,
                                         std::size_t constant) {
  const plan::ConstantOperand& operand = plan.constants[constant];
  if (operand.params.axis >= 0) return std::nullopt;
  const std::optional<FloatProduct> product = find_float_product(graph, plan, constant);
  if (!product || product->scales) return std::nullopt;
  const Tensor& weight = *graph.constant(product->weight);
  const std::vector<double> factors = column_factors(weight, product->axis);
  const std::vector<double> ones(factors.size(), 1.0);
  const RoundingLoss before = rounding_loss_of(operand, weight, ones, product->axis);
  const RoundingLoss after = rounding_loss_of(
      operand, divided_columns(weight, factors, product->axis), factors, product->axis);
  if (!(after.error < kWorthAMul * before.error)) return std::nullopt;
  StageRecord record{.stage = "column scales",
                     .node = graph.node(operand.use.node).name,
                     .tensor = graph.value(operand.value).name,
                     .choice = "columns multiplied by a Mul in float",
                     .before_db = decibel(before.signal, before.error),
                     .after_db = decibel(after.signal, after.error)};
  return ColumnSite{*product, factors, std::move(record)};
}

}  // namespace

std::optional<ScaledColumns> scale_columns(const Subject& subject, const plan::QuantPlan& plan,
                                           std::vector<StageRecord>& records) {
  std::vector<ColumnSite> sites;
  for (std::size_t i = 0; i < plan.constants.size(); ++i) {
    if (auto site = as_column_site(subject.graph, plan, i)) sites.push_back(std::move(*site));
  }
  if (sites.empty()) return std::nullopt;
  const FloatOutputs exact = run_float(
      subject,
      affordable_samples(subject, kScalingWork, kFewestScalingSamples, kMostScalingSamples),
      "scale columns");
  if (exact.samples() < 2) return std::nullopt;
  ScaledColumns scaled{subject.graph, {}};
  plan::QuantPlan changed = plan;
  for (ColumnSite& site : sites) {
    add_scales(site.product, scaled.graph, changed);
    divide_columns(site.product, site.factors, scaled.graph);
    scaled.stays_float[*site.product.scales] = kColumnScalesReason;
  }
  const OutputLoss loss(subject, exact);
  const WeightGain gain = weight_gain(weight_noise(subject, subject.graph, plan, exact, loss),
                                      weight_noise(subject, scaled.graph, changed, exact, loss));
  if (gain.gains) {
    for (ColumnSite& site : sites) records.push_back(std::move(site.record));
  }
  records.push_back({.stage = "column scales",
                     .node = "",
                     .tensor = "",
                     .choice = gain.gains ? "columns scaled" : "columns as they are",
                     .before_db = gain.before_db,
                     .after_db = gain.after_db});
  return gain.gains ? std::optional(std::move(scaled)) : std::nullopt;
}

}  // namespace xquant::quantize

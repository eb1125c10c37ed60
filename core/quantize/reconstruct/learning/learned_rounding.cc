#include "quantize/reconstruct/learning/learned_rounding.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "quantize/reconstruct/judges.h"
#include "quantize/reconstruct/layer_candidate.h"
#include "quantize/reconstruct/learning/output_descent.h"
#include "quantize/reconstruct/wide_fit.h"

namespace xquant::quantize {
namespace {

/// What was learned for the outputs of one group, by output; errors are sums over its rows.
struct Learned {
  std::vector<IntegerOutput> outputs;
  std::vector<double> errors;
};

/// One group of a layer.
class Group {
 public:
  Group(const Rows& fit, const Rows& held, const Readable& readable, const Learning& learning,
        const IntegerLayer& layer, std::size_t group, const ForEach& for_each)
      : readable_(readable), learning_(learning), has_bias_(layer.has_bias), for_each_(for_each) {
    fit_ = by_column(fit, learning.most_rows);
    held_ = by_column(held, learning.most_rows);
    for (std::size_t o = 0; o < fit.outputs; ++o) {
      const auto first =
          layer.integers[group].begin() + static_cast<std::ptrdiff_t>(o * fit.inputs);
      const std::size_t channel = group * fit.outputs + o;
      start_.outputs.push_back(
          {.integers = {first, first + static_cast<std::ptrdiff_t>(fit.inputs)},
           .scale = static_cast<double>(layer.scales[channel]),
           .bias = layer.bias[channel]});
    }
    start_.errors.resize(fit.outputs);
    std::vector<char> counts(fit.outputs);
    each(all(), [&](std::size_t o) {
      const IntegerOutput& output = start_.outputs[o];
      start_.errors[o] = readable_error(readable, errors_of(held_, output, o), held_.result(o));
      const std::vector<double> errors = errors_of(fit_, output, o);
      counts[o] = every_row_counts(row_weights(fit_, readable, errors, o)) ? 1 : 0;
    });
    const auto sharing = static_cast<std::size_t>(std::count(counts.begin(), counts.end(), 1));
    if (fit.inputs > kWidestMatrix || sharing * kWorthMoments < fit.inputs) return;
    moments_ = moments_of(inputs_of(fit_), for_each);
    if (!has_bias_) uncentre(*moments_);
  }

  const Learned& start() const { return start_; }
  std::size_t judged_rows() const { return held_.rows; }

  std::vector<std::size_t> all() const {
    std::vector<std::size_t> outputs(start_.outputs.size());
    std::iota(outputs.begin(), outputs.end(), std::size_t{0});
    return outputs;
  }

  /// By ridge; other outputs than those given stay as they are.
  std::vector<Learned> learn(const std::vector<double>& ridges,
                             const std::vector<std::size_t>& outputs) const {
    std::vector<Learned> learned(ridges.size(), start_);
    each(outputs, [&](std::size_t o) {
      const IntegerOutput& start = start_.outputs[o];
      const OutputProblem problem = problem_of(fit_, readable_, errors_of(fit_, start, o), o);
      if (problem.rows == 0) return;
      const OutputDescent descent(problem, start);
      const std::vector<double> judging = errors_of(held_, start, o);
      for (std::size_t i = 0; i < ridges.size(); ++i) {
        IntegerOutput output = moments_ && problem.every_row_counts
                                   ? descent.run(*moments_, learning_.sweeps, ridges[i], has_bias_)
                                   : descent.run(learning_.sweeps, ridges[i], has_bias_);
        output.bias = static_cast<double>(static_cast<float>(output.bias));
        learned[i].errors[o] =
            readable_error(readable_, errors_after(held_, judging, start, output), held_.result(o));
        learned[i].outputs[o] = std::move(output);
      }
    });
    return learned;
  }

 private:
  /// Second moments take rows inputs^2 / 2 multiplications of the fast kind and save every output
  /// some ten passes of the slow kind.
  static constexpr std::size_t kWorthMoments = 64;

  template <typename Body>
  void each(const std::vector<std::size_t>& outputs, const Body& body) const {
    for_each_(static_cast<std::int64_t>(outputs.size()),
              [&](std::int64_t index) { body(outputs[static_cast<std::size_t>(index)]); });
  }

  const Readable& readable_;
  const Learning& learning_;
  bool has_bias_;
  const ForEach& for_each_;
  ColumnRows fit_, held_;
  Learned start_;
  std::optional<Moments> moments_;
};

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// The index of the smallest value; nullopt where none is below the limit.
std::optional<std::size_t> smallest_below(double limit, const std::vector<double>& values) {
  const auto least = std::min_element(values.begin(), values.end());
  if (least == values.end() || !(*least < limit)) return {};
  return static_cast<std::size_t>(least - values.begin());
}

void put(const Learned& learned, std::size_t group, IntegerLayer& layer) {
  std::vector<std::int8_t>& integers = layer.integers[group];
  integers.clear();
  for (std::size_t o = 0; o < learned.outputs.size(); ++o) {
    const IntegerOutput& output = learned.outputs[o];
    integers.insert(integers.end(), output.integers.begin(), output.integers.end());
    layer.bias[group * learned.outputs.size() + o] = output.bias;
  }
}

/// What some of the outputs say about the ridges; nullopt where none of them gains.
std::optional<double> promising_ridge(const Group& group, const std::vector<double>& ridges) {
  std::vector<std::size_t> judges;
  const std::size_t outputs = group.start().outputs.size();
  for (std::size_t o = 0; o < outputs; o += outputs / kJudges) judges.push_back(o);
  std::vector<double> errors;
  for (const Learned& learned : group.learn(ridges, judges)) errors.push_back(sum(learned.errors));
  const auto best = smallest_below(sum(group.start().errors), errors);
  if (!best) return {};
  return ridges[*best];
}

}  // namespace

LearnedRounding learn_rounding(const std::vector<Rows>& fit, const std::vector<Rows>& held,
                               const Readable& readable, const Learning& learning,
                               IntegerLayer& layer, const ForEach& for_each) {
  std::vector<double> ridges = learning.ridges;
  std::vector<IntegerLayer> learned(ridges.size(), layer);
  std::vector<double> after(ridges.size(), 0.0);
  double before = 0, judged = 0;
  for (std::size_t g = 0; g < fit.size(); ++g) {
    if (fit[g].count == 0 || held[g].count == 0 || learning.most_rows == 0) continue;
    const Group group(fit[g], held[g], readable, learning, layer, g, for_each);
    judged += static_cast<double>(group.judged_rows() * fit[g].outputs);
    before += sum(group.start().errors);
    if (fit.size() == 1 && fit[g].outputs >= 2 * kJudges) {
      const auto ridge = promising_ridge(group, ridges);
      ridges.assign(ridge ? 1 : 0, ridge.value_or(0));
      after.resize(ridges.size());
    }
    const std::vector<Learned> results = group.learn(ridges, group.all());
    for (std::size_t i = 0; i < ridges.size(); ++i) {
      after[i] += sum(results[i].errors);
      put(results[i], g, learned[i]);
    }
  }
  if (!(judged > 0)) return {};
  LearnedRounding result{.error_before = before / judged, .error_after = before / judged};
  if (const auto best = smallest_below(before, after)) {
    result.error_after = after[*best] / judged;
    if (result.error_after < result.error_before) layer = learned[*best];
  }
  return result;
}

}  // namespace xquant::quantize

#include "quantize/reconstruct/reconstruct.h"

#include <algorithm>
#include <map>
#include <utility>

#include "quantize/calibrate/sample_parts.h"
#include "quantize/decibel.h"
#include "quantize/outputs/clear_gain.h"
#include "quantize/outputs/evidence.h"
#include "quantize/outputs/integer_model.h"
#include "quantize/params.h"
#include "quantize/reconstruct/float_reference.h"
#include "quantize/reconstruct/layer_fit.h"
#include "quantize/reconstruct/layer_rows.h"
#include "quantize/reconstruct/learning/learned_rounding.h"
#include "quantize/reconstruct/learning/learning_plan.h"
#include "quantize/reconstruct/reconstruction_work.h"
#include "quantize/reconstruct/stream.h"
#include "quantize/reconstruct/wide_fit.h"
#include "quantize/work.h"

namespace xquant::quantize {
namespace {

class Reconstructor {
 public:
  Reconstructor(const Subject& subject, const plan::QuantPlan& plan, const Effort& effort)
      : subject_(subject),
        effort_(effort),
        calibrated_(plan),
        plan_(plan),
        layers_(make_layers(subject.graph, plan)),
        threads_(on_threads(subject.pool, [&monitor = subject.monitor] { monitor.again(); })),
        stream_(subject.graph, subject.opsets, plan_, threads_) {}

  /// recorded: what a pass of the float model that was made anyway has left; may be nullptr.
  Reconstruction run(ReferenceRecorder* recorded) {
    if (layers_.empty()) return untouched();
    const ReferenceExtent extent =
        plan_extent(subject_.graph, subject_.trace, layers_, subject_.samples.count(), effort_);
    plan_learning_of(extent);
    FloatReference reference = reference_of(extent, recorded);
    stream_.start(std::exchange(reference.inputs(), {}));
    if (reference.parts().fit.empty() || reference.judges().samples() == 0) return untouched();
    std::vector<NodeId> order = subject_.graph.topological_order();
    const auto unknown = subject_.program->left_out();
    std::erase_if(order, [&](NodeId id) {
      return std::find(unknown.begin(), unknown.end(), id) != unknown.end();
    });
    const std::vector<double> done = shares_done(order, extent);
    for (std::size_t i = 0; i < order.size(); ++i) {
      subject_.monitor.step({"reconstruct", static_cast<std::int64_t>(100 * done[i]), 100});
      for (const auto& layer : layers_) {
        if (layer->node() != order[i]) continue;
        fit(*layer, reference);
        reference.drop(*layer);
      }
      stream_.advance(order[i]);
    }
    return kept(reference.judges(), extent);
  }

 private:
  Reconstruction untouched() const { return {.plan = plan_, .compensates = effort_.compensates}; }

  FloatReference reference_of(const ReferenceExtent& extent, ReferenceRecorder* recorded) const {
    if (recorded != nullptr && recorded->extent() == extent) return recorded->take();
    ReferenceRecorder recorder(subject_, calibrated_, effort_);
    FloatRecorder* const recorders[] = {&recorder};
    run_recorded(subject_.program, subject_.samples, "gather", recorders);
    return recorder.take();
  }

  /// The share of the work that is done before each node.
  std::vector<double> shares_done(const std::vector<NodeId>& order,
                                  const ReferenceExtent& extent) const {
    std::map<NodeId, double> work;
    for (const auto& layer : layers_) {
      const auto rows = static_cast<double>(rows_of_one_side(*layer, subject_.trace, extent));
      work[layer->node()] +=
          fitting_work(*layer, plan_.constants[layer->constant()], 2 * rows, effort_);
    }
    // What runs the quantized model up to the layers, as if all nodes were alike.
    const double running = static_cast<double>(extent.samples) * multiplications(subject_) /
                           static_cast<double>(order.size());
    std::vector<double> done;
    double all = 0;
    for (const NodeId node : order) {
      done.push_back(all);
      const auto found = work.find(node);
      all += running + (found == work.end() ? 0 : found->second);
    }
    for (double& share : done) share = all > 0 ? share / all : 0;
    return done;
  }

  /// What learned rounding looks at of every layer, within the effort's work.
  void plan_learning_of(const ReferenceExtent& extent) {
    if (effort_.learning_sweeps == 0) return;
    const std::vector<LearningTask> tasks = learning_tasks(subject_, plan_, layers_, extent);
    const std::vector<std::size_t> rows = plan_learning(tasks, effort_);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      learning_rows_[tasks[i].layer] = rows[i];
      if (rows[i] == 0 && tasks[i].rows > 0) {
        not_learned_.push_back(subject_.graph.node(tasks[i].layer->node()).name);
      }
    }
  }

  void fit(const Layer& layer, const FloatReference& reference) {
    plan::ConstantOperand& operand = plan_.constants[layer.constant()];
    // Many small groups are shared out to threads, a single large one is divided among them.
    const bool by_group = layer.groups() > 1;
    const ForEach outer = by_group ? threads_ : on_this_thread();
    const ForEach inner = by_group ? on_this_thread() : threads_;
    const auto gather = [&](const std::vector<std::size_t>& samples) {
      return gather_rows(layer, stream_, reference, samples, threads_);
    };
    const SampleParts& parts = reference.parts();
    const Tensor& weight = *subject_.graph.constant(operand.value);
    const std::vector<float> bias = float_bias(layer);
    const auto planned = learning_rows_.find(&layer);
    const std::size_t learning_rows = planned == learning_rows_.end() ? 0 : planned->second;
    LayerFit fitted;
    if (layer.inputs() > kWidestMatrix) {
      LayerRows rows{.fit = gather(parts.fit),
                     .held = gather(joined(parts.ways, parts.whole)),
                     .later = reference.rows(layer, parts.ways)};
      fitted = fit_wide_layer(layer, operand, weight, bias, rows, effort_, threads_);
      if (learning_rows > 0) learn(layer, rows, learning_rows, bias, fitted);
    } else {
      const auto moments_of_part = [&](const std::vector<std::size_t>& samples) {
        return measure(layer, gather(samples), outer, inner);
      };
      LayerMoments moments{
          .fit = moments_of_part(parts.fit), .held = moments_of_part(parts.whole), .all = {}};
      moments.all = moments.fit;
      if (!parts.ways.empty()) {
        const std::vector<Moments> ways = moments_of_part(parts.ways);
        for (std::size_t g = 0; g < ways.size(); ++g) {
          moments.all[g] = pooled(moments.fit[g], ways[g]);
          moments.held[g] = pooled(ways[g], moments.held[g]);
        }
      }
      fitted = fit_layer(layer, operand, weight, bias, std::move(moments), effort_, threads_);
      if (learning_rows > 0) {
        const LayerRows rows{.fit = gather(joined(parts.fit, parts.ways)),
                             .held = gather(parts.whole)};
        learn(layer, rows, learning_rows, bias, fitted);
      }
    }
    keep(layer, fitted);
  }

  /// Goes on from the fit, for what is read of the layer's results.
  void learn(const Layer& layer, const LayerRows& rows, std::size_t most_rows,
             const std::vector<float>& bias, LayerFit& fit) {
    plan::ConstantOperand operand = plan_.constants[layer.constant()];
    operand.params = fit.params;
    operand.rounded = fit.rounded;
    const Tensor& weight = *subject_.graph.constant(operand.value);
    IntegerLayer learned =
        integer_layer(layer, quantize_operand(operand, weight), operand.params.scales);
    const std::vector<float>& start = fit.bias ? *fit.bias : bias;
    learned.bias.assign(start.begin(), start.end());
    const LearnedRounding result = learn_rounding(
        rows.fit, rows.held, readable(subject_.graph, plan_, layer.result()),
        {effort_.learning_ridges, effort_.learning_sweeps, most_rows}, learned, threads_);
    if (!(result.error_after < result.error_before)) return;
    fit.rounded = weight_integers(layer, learned, weight.shape());
    if (layer.bias_use()) fit.bias.emplace(learned.bias.begin(), learned.bias.end());
    records_.push_back({.stage = "learned rounding",
                        .node = subject_.graph.node(layer.node()).name,
                        .tensor = subject_.graph.value(operand.value).name,
                        .choice = "by what the activation lets through",
                        .before_db = decibel(fit.signal, result.error_before),
                        .after_db = decibel(fit.signal, result.error_after)});
  }

  /// Moments of every group.
  static std::vector<Moments> measure(const Layer& layer, std::vector<Rows> rows,
                                      const ForEach& outer, const ForEach& inner) {
    std::vector<Moments> moments(rows.size());
    outer(static_cast<std::int64_t>(rows.size()), [&](std::int64_t index) {
      const auto g = static_cast<std::size_t>(index);
      moments[g] = moments_of(std::move(rows[g]), inner);
      if (!layer.bias_use()) uncentre(moments[g]);
    });
    return moments;
  }

  static std::vector<std::size_t> joined(std::vector<std::size_t> some,
                                         const std::vector<std::size_t>& more) {
    some.insert(some.end(), more.begin(), more.end());
    return some;
  }

  /// Of the plan's outputs, by sample.
  std::vector<double> losses_of(const plan::QuantPlan& plan, const FloatOutputs& exact) const {
    return IntegerModel(subject_, plan, exact.values).losses(exact, OutputLoss(subject_, exact));
  }

  struct Verdict {
    bool gains;
    double before, after;
    std::vector<double> losses;  ///< of what is kept, on the judges alone
  };

  /// The samples that judge decide, unless the plans differ by no more than chance there: then the
  /// others count as well. Where tensors stand in for outputs, less than a clear gain is none.
  Verdict judge(const FloatOutputs& judges, const ReferenceExtent& extent) const {
    const std::vector<double> before = losses_of(calibrated_, judges),
                              after = losses_of(plan_, judges);
    const bool indirect = is_indirect(judges.values);
    if (indirect || mean(after) < mean(before) || is_clear_gain(after, before)) {
      const bool gains = indirect ? is_clear_gain(before, after) : mean(after) < mean(before);
      return {gains, mean(before), mean(after), gains ? after : before};
    }
    const FloatOutputs all = run_float(subject_, extent.samples, "gather");
    const double calibrated = mean(losses_of(calibrated_, all)),
                 fitted = mean(losses_of(plan_, all));
    const bool gains = fitted < calibrated;
    return {gains, calibrated, fitted, gains ? after : before};
  }

  /// The reconstructed plan, or the calibrated one when its outputs are better.
  Reconstruction kept(const FloatOutputs& judges, const ReferenceExtent& extent) {
    auto [gains, before, after, losses] = judge(judges, extent);
    records_.push_back({.stage = "whole model",
                        .node = "",
                        .tensor = "",
                        .choice = gains ? "reconstructed" : "as calibrated",
                        .before_db = decibel(1, before),
                        .after_db = decibel(1, gains ? after : before)});
    return {.plan = gains ? plan_ : calibrated_,
            .records = std::move(records_),
            .gains = gains,
            .losses = std::move(losses),
            .compensates = effort_.compensates,
            .not_learned = std::move(not_learned_)};
  }

  std::vector<float> float_bias(const Layer& layer) const {
    std::vector<float> bias(layer.channels(), 0.0F);
    if (!layer.bias_use()) return bias;
    const auto [node, position] = *layer.bias_use();
    const Tensor* tensor = subject_.graph.constant(subject_.graph.node(node).input(position));
    if (tensor == nullptr) return bias;
    const auto values = tensor->data<float>();
    bias.assign(values.begin(), values.end());
    return bias;
  }

  void keep(const Layer& layer, const LayerFit& fit) {
    plan::ConstantOperand& operand = plan_.constants[layer.constant()];
    operand.params = fit.params;
    operand.rounded = fit.rounded;
    if (fit.bias) {
      plan_.overrides.push_back(
          {*layer.bias_use(),
           Tensor::of<float>({static_cast<std::int64_t>(fit.bias->size())}, *fit.bias)});
    }
    const auto db = [&](double error) { return decibel(fit.signal, error); };
    records_.push_back({.stage = "reconstruction",
                        .node = subject_.graph.node(layer.node()).name,
                        .tensor = subject_.graph.value(operand.value).name,
                        .choice = std::string(name(fit.rounding)),
                        .before_db = db(fit.error_before),
                        .after_db = db(fit.error_after)});
  }

  const Subject& subject_;
  const Effort& effort_;
  const plan::QuantPlan& calibrated_;
  plan::QuantPlan plan_;
  std::vector<std::unique_ptr<Layer>> layers_;
  ForEach threads_;
  std::map<const Layer*, std::size_t> learning_rows_;
  std::vector<std::string> not_learned_;
  QuantizedStream stream_;
  std::vector<StageRecord> records_;
};

}  // namespace

Reconstruction reconstruct(const Subject& subject, const plan::QuantPlan& plan,
                           const Effort& effort, ReferenceRecorder* recorded) {
  Reconstruction result = Reconstructor(subject, plan, effort).run(recorded);
  if (result.gains || !effort.compensates) return result;
  Effort careful = effort;
  careful.compensates = false;
  return Reconstructor(subject, plan, careful).run(nullptr);
}

}  // namespace xquant::quantize

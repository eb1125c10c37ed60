#include "quantize/reconstruct/reconstruct.h"

#include <algorithm>
#include <utility>

#include "quantize/decibel.h"
#include "quantize/outputs/rounded_model.h"
#include "quantize/params.h"
#include "quantize/reconstruct/float_reference.h"
#include "quantize/reconstruct/layer_fit.h"
#include "quantize/reconstruct/learned_rounding.h"
#include "quantize/reconstruct/stream.h"
#include "quantize/reconstruct/wide_fit.h"

namespace xquant::quantize {
namespace {

using Layers = std::vector<std::unique_ptr<Layer>>;

/// Weights with several readers stay as calibration left them: what is tied stays tied.
Layers find_layers(const Graph& graph, const plan::QuantPlan& plan) {
  Layers layers;
  for (std::size_t i = 0; i < plan.constants.size(); ++i) {
    if (graph.uses(plan.constants[i].value).size() != 1) continue;
    if (auto layer = make_layer(graph, plan, i)) layers.push_back(std::move(layer));
  }
  return layers;
}

class Reconstructor {
 public:
  Reconstructor(const Subject& subject, const plan::QuantPlan& plan, const Effort& effort)
      : subject_(subject),
        effort_(effort),
        calibrated_(plan),
        plan_(plan),
        layers_(find_layers(subject.graph, plan)),
        stream_(subject.graph, subject.opsets, plan_, subject.pool) {}

  Reconstruction run() {
    if (layers_.empty()) return {.plan = plan_};
    const Extent extent =
        plan_extent(subject_.graph, subject_.trace, layers_, subject_.samples.count(), effort_);
    FloatReference reference(subject_, layers_, extent);
    stream_.start(std::exchange(reference.inputs(), {}));
    if (stream_.samples() < 2) return {.plan = plan_};
    std::vector<NodeId> order = subject_.graph.topological_order();
    const auto unknown = subject_.program->left_out();
    std::erase_if(order, [&](NodeId id) {
      return std::find(unknown.begin(), unknown.end(), id) != unknown.end();
    });
    for (std::size_t i = 0; i < order.size(); ++i) {
      subject_.monitor.step(
          {"reconstruct", static_cast<std::int64_t>(i), static_cast<std::int64_t>(order.size())});
      for (const auto& layer : layers_) {
        if (layer->node() == order[i]) fit(*layer, reference);
      }
      stream_.compute(order[i]);
      stream_.settle(order[i]);
    }
    return kept(reference.judges());
  }

 private:
  void fit(const Layer& layer, const FloatReference& reference) {
    plan::ConstantOperand& operand = plan_.constants[layer.constant()];
    // Many small groups are shared out to threads, a single large one is divided among them.
    const bool by_group = layer.groups() > 1;
    const ForEach outer = by_group ? on_threads(subject_.pool) : on_this_thread();
    const ForEach inner = by_group ? on_this_thread() : on_threads(subject_.pool);
    const Tensor& weight = *subject_.graph.constant(operand.value);
    const std::vector<float> bias = float_bias(layer);
    if (layer.inputs() > kWidestMatrix) {
      const LayerRows rows{.fit = gather(layer, reference, 0, outer),
                           .held = gather(layer, reference, 1, outer)};
      return keep(layer, fit_wide_layer(layer, operand, weight, bias, rows, effort_,
                                        on_threads(subject_.pool)));
    }
    LayerMoments moments{.fit = measure(layer, reference, 0, outer, inner),
                         .held = measure(layer, reference, 1, outer, inner)};
    LayerFit fitted = fit_layer(layer, operand, weight, bias, std::move(moments), effort_,
                                on_threads(subject_.pool));
    if (effort_.learning_sweeps > 0) learn(layer, reference, bias, outer, fitted);
    keep(layer, fitted);
  }

  /// Goes on from the fit, for what is read of the layer's results.
  void learn(const Layer& layer, const FloatReference& reference, const std::vector<float>& bias,
             const ForEach& outer, LayerFit& fit) {
    plan::ConstantOperand operand = plan_.constants[layer.constant()];
    operand.params = fit.params;
    operand.rounded = fit.rounded;
    const Tensor& weight = *subject_.graph.constant(operand.value);
    IntegerLayer learned =
        integer_layer(layer, quantize_operand(operand, weight), operand.params.scales);
    const std::vector<float>& start = fit.bias ? *fit.bias : bias;
    learned.bias.assign(start.begin(), start.end());
    const LearnedRounding result =
        learn_rounding(gather(layer, reference, 0, outer), gather(layer, reference, 1, outer),
                       readable(subject_.graph, plan_, layer.result()), effort_.learning_ridges,
                       effort_.learning_sweeps, learned, on_threads(subject_.pool));
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

  /// Moments of every group over every second sample, from `first` on.
  std::vector<Moments> measure(const Layer& layer, const FloatReference& reference,
                               std::size_t first, const ForEach& outer,
                               const ForEach& inner) const {
    std::vector<Rows> rows = gather(layer, reference, first, outer);
    std::vector<Moments> moments(rows.size());
    outer(static_cast<std::int64_t>(rows.size()), [&](std::int64_t index) {
      const auto g = static_cast<std::size_t>(index);
      moments[g] = moments_of(std::move(rows[g]), inner);
      if (!layer.bias_use()) uncentre(moments[g]);
    });
    return moments;
  }

  /// Rows of every group of every second sample, from `first` on.
  std::vector<Rows> gather(const Layer& layer, const FloatReference& reference, std::size_t first,
                           const ForEach& outer) const {
    const std::size_t groups = layer.groups(), outputs = layer.outputs();
    const std::size_t taken = (stream_.samples() - first + 1) / 2;
    std::vector<std::vector<std::vector<float>>> gathered(taken);
    subject_.pool.run(static_cast<std::int64_t>(taken), [&](std::int64_t index, int) {
      const std::size_t sample = first + 2 * static_cast<std::size_t>(index);
      const FloatReference::Record& record = reference.at(layer, sample);
      const Tensor x = stream_.operand(layer.node(), 0, sample);
      auto& mine = gathered[static_cast<std::size_t>(index)];
      mine.resize(groups);
      for (std::size_t g = 0; g < groups; ++g) {
        layer.gather_inputs(runtime::view_of(x), record.shape, record.positions, g, mine[g]);
      }
    });
    std::vector<Rows> all(groups);
    outer(static_cast<std::int64_t>(groups), [&](std::int64_t index) {
      const auto g = static_cast<std::size_t>(index);
      Rows& rows = all[g];
      rows = {.inputs = layer.inputs(), .outputs = outputs, .x = {}, .y = {}};
      for (std::size_t i = 0; i < taken; ++i) {
        const FloatReference::Record& record = reference.at(layer, first + 2 * i);
        rows.x.insert(rows.x.end(), gathered[i][g].begin(), gathered[i][g].end());
        gathered[i][g] = {};
        for (std::size_t p = 0; p < record.positions.size(); ++p) {
          const auto row =
              record.rows.begin() + static_cast<std::ptrdiff_t>(p * layer.channels() + g * outputs);
          rows.y.insert(rows.y.end(), row, row + static_cast<std::ptrdiff_t>(outputs));
        }
        rows.count += record.positions.size();
      }
    });
    return all;
  }

  /// The reconstructed plan, or the calibrated one when the samples that judge find its outputs
  /// better.
  Reconstruction kept(const FloatOutputs& judges) {
    const OutputLoss loss(subject_, judges);
    const auto loss_of = [&](const plan::QuantPlan& plan) {
      const RoundedModel model(subject_, plan, Constants::kRounded);
      return loss.total(model.run(plan.groups, judges, loss, 0, 1), 0, 1);
    };
    const double before = loss_of(calibrated_), after = loss_of(plan_);
    const bool gains = after < before;
    records_.push_back({.stage = "whole model",
                        .node = "",
                        .tensor = "",
                        .choice = gains ? "reconstructed" : "as calibrated",
                        .before_db = decibel(1, before),
                        .after_db = decibel(1, std::min(before, after))});
    return {.plan = gains ? plan_ : calibrated_,
            .records = std::move(records_),
            .output_noise = std::min(before, after),
            .gains = gains};
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
  Layers layers_;
  QuantizedStream stream_;
  std::vector<StageRecord> records_;
};

}  // namespace

Reconstruction reconstruct(const Subject& subject, const plan::QuantPlan& plan,
                           const Effort& effort) {
  Reconstruction result = Reconstructor(subject, plan, effort).run();
  if (result.gains || !effort.compensates) return result;
  Effort careful = effort;
  careful.compensates = false;
  return Reconstructor(subject, plan, careful).run();
}

}  // namespace xquant::quantize

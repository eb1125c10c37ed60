#include "quantize/outputs/integer_model.h"

#include <string>
#include <utility>

#include "integer/lower.h"
#include "integer/program.h"
#include "quantize/outputs/noise_of_runs.h"
#include "quantize/outputs/rounded_graph.h"

namespace xquant::quantize {

IntegerModel::IntegerModel(const Subject& subject, const plan::QuantPlan& plan,
                           const std::vector<Judged>& values)
    : subject_(subject) {
  Model model;
  model.opset_imports = subject.opsets;
  model.opset_imports[std::string(kQdqDomain)] = 1;
  model.graph = qdq_graph(subject.graph, plan);
  model.graph.outputs.clear();
  for (const Judged& judged : values) model.graph.outputs.push_back(judged.value);
  model.graph.remove_dead();
  const integer::Lowered lowered = integer::lower(model);
  runtime::CompileOptions options;
  options.observed.emplace();
  executors_ =
      executors_of(integer::compile(lowered, model.opset_imports, std::move(options)), subject);
}

std::vector<OutputLoss::Noise> IntegerModel::run(const FloatOutputs& samples,
                                                 const OutputLoss& loss, std::size_t first,
                                                 std::size_t step) {
  return noise_of_runs(subject_, executors_, samples, loss, first, step);
}

std::vector<double> IntegerModel::losses(const FloatOutputs& samples, const OutputLoss& loss,
                                         std::size_t first, std::size_t step) {
  const std::vector<OutputLoss::Noise> noise = run(samples, loss, first, step);
  std::vector<double> losses;
  for (std::size_t sample = first; sample < noise.size(); sample += step)
    losses.push_back(loss.total(noise, sample, noise.size()));
  return losses;
}

}  // namespace xquant::quantize

#include "quantize/outputs/noise_of_runs.h"

namespace xquant::quantize {

std::vector<runtime::Executor> executors_of(const std::shared_ptr<const runtime::Program>& program,
                                            const Subject& subject) {
  std::vector<runtime::Executor> executors;
  for (int i = 0; i < subject.pool.size(); ++i) executors.emplace_back(program);
  return executors;
}

std::vector<OutputLoss::Noise> noise_of_runs(const Subject& subject,
                                             std::span<runtime::Executor> executors,
                                             const FloatOutputs& samples, const OutputLoss& loss,
                                             std::size_t first, std::size_t step) {
  std::vector<OutputLoss::Noise> noise(samples.samples());
  const std::size_t taken =
      samples.samples() < first ? 0 : (samples.samples() - first + step - 1) / step;
  subject.pool.run(static_cast<std::int64_t>(taken), [&](std::int64_t index, int worker) {
    if (worker == 0) subject.monitor.again();
    const std::size_t sample = first + step * static_cast<std::size_t>(index);
    std::vector<runtime::TensorView> inputs;
    for (const Tensor& input : samples.inputs[sample]) inputs.push_back(runtime::view_of(input));
    runtime::Executor& executor = executors[static_cast<std::size_t>(worker)];
    noise[sample] = loss.noise(sample, executor.run_views(inputs));
  });
  return noise;
}

}  // namespace xquant::quantize

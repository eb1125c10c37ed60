#pragma once

#include <memory>
#include <span>
#include <vector>

#include "quantize/outputs/float_outputs.h"
#include "quantize/outputs/output_loss.h"
#include "quantize/subject.h"
#include "runtime/executor.h"
#include "runtime/program.h"

namespace xquant::quantize {

/// An executor for each thread.
std::vector<runtime::Executor> executors_of(const std::shared_ptr<const runtime::Program>& program,
                                            const Subject& subject);

/// Noise of every step-th sample from first on: of the outputs of a program that has the float
/// model's inputs and computes what it is judged by. Samples are shared out to threads.
std::vector<OutputLoss::Noise> noise_of_runs(const Subject& subject,
                                             std::span<runtime::Executor> executors,
                                             const FloatOutputs& samples, const OutputLoss& loss,
                                             std::size_t first, std::size_t step);

}  // namespace xquant::quantize

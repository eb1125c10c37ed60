#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "quantize/reconstruct/effort.h"
#include "quantize/reconstruct/float_reference.h"
#include "quantize/reconstruct/layer.h"
#include "quantize/reconstruct/readable.h"

namespace xquant::quantize {

/// A layer as learned rounding finds it.
struct LearningTask {
  const Layer* layer = nullptr;
  Readable readable{};
  std::size_t rows = 0;  ///< of each side, as many as there are
};

std::vector<LearningTask> learning_tasks(const Subject& subject, const plan::QuantPlan& plan,
                                         const std::vector<std::unique_ptr<Layer>>& layers,
                                         const ReferenceExtent& extent);

/// How many rows of each side every layer's learned rounding looks at, by index of the task; 0
/// leaves the layer out.
///
/// The multiplications of all layers together stay below effort.learning_work: rows become fewer
/// for all of them alike, but not fewer than four for each input; where that is not enough, the
/// layers that take most are left out.
std::vector<std::size_t> plan_learning(const std::vector<LearningTask>& tasks,
                                       const Effort& effort);

/// Multiplications of all layers with so many rows.
double learning_work(const std::vector<LearningTask>& tasks, const Effort& effort,
                     const std::vector<std::size_t>& rows);

}  // namespace xquant::quantize

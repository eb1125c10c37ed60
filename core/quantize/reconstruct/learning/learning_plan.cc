#include "quantize/reconstruct/learning/learning_plan.h"

#include <algorithm>
#include <numeric>

#include "quantize/reconstruct/judges.h"
#include "quantize/reconstruct/layer_candidate.h"
#include "quantize/reconstruct/reconstruction_work.h"
#include "quantize/reconstruct/wide_fit.h"

namespace xquant::quantize {
namespace {

/// Of one group's inputs in float, on each side: 16 MB.
constexpr std::size_t kMostLearnedElements = std::size_t{1} << 22;

/// Fewer rows for each input would be learned by heart.
constexpr std::size_t kFewestRowsPerInput = 4;

/// Passes over the rows for one output: what it is off on both sides, its derivatives, and for each
/// ridge the judging rows once more.
constexpr double kPasses = 4;

std::size_t most_rows(const LearningTask& task) {
  return std::min(task.rows, std::max<std::size_t>(kMostLearnedElements / task.layer->inputs(), 1));
}

std::size_t fewest_rows(const LearningTask& task) {
  return std::min(most_rows(task), kFewestRowsPerInput * task.layer->inputs());
}

bool shares_moments(const LearningTask& task) {
  const Readable all;
  return task.layer->inputs() <= kWidestMatrix && task.readable.slope == 1 &&
         task.readable.low == all.low && task.readable.high == all.high;
}

double work_of(const LearningTask& task, const Effort& effort, std::size_t rows) {
  const auto inputs = static_cast<double>(task.layer->inputs());
  const auto channels = static_cast<double>(task.layer->channels());
  const auto count = static_cast<double>(rows);
  const auto ridges = static_cast<double>(effort.learning_ridges.size());
  const bool some_judge = task.layer->groups() == 1 && task.layer->outputs() >= 2 * kJudges;
  const double tried = some_judge ? 1 + ridges * static_cast<double>(kJudges) / channels : ridges;
  if (shares_moments(task)) {
    return channels * inputs * (count * kPasses + inputs * tried) +
           count * inputs * inputs / kProductSpeed;
  }
  return channels * inputs * count * (kPasses + tried * (effort.learning_sweeps + 1));
}

}  // namespace

std::vector<LearningTask> learning_tasks(const Subject& subject, const plan::QuantPlan& plan,
                                         const std::vector<std::unique_ptr<Layer>>& layers,
                                         const ReferenceExtent& extent) {
  std::vector<LearningTask> tasks;
  for (const auto& layer : layers) {
    tasks.push_back({layer.get(), readable(subject.graph, plan, layer->result()),
                     rows_of_one_side(*layer, subject.trace, extent)});
  }
  return tasks;
}

double learning_work(const std::vector<LearningTask>& tasks, const Effort& effort,
                     const std::vector<std::size_t>& rows) {
  double work = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (rows[i] > 0) work += work_of(tasks[i], effort, rows[i]);
  }
  return work;
}

std::vector<std::size_t> plan_learning(const std::vector<LearningTask>& tasks,
                                       const Effort& effort) {
  std::vector<std::size_t> rows;
  for (const LearningTask& task : tasks) rows.push_back(most_rows(task));
  // Rows in steps of a fifth.
  for (double share = 1; learning_work(tasks, effort, rows) > effort.learning_work && share > 1e-3;
       share *= 0.8) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const auto fewer = static_cast<std::size_t>(share * static_cast<double>(most_rows(tasks[i])));
      rows[i] = std::max(fewer, fewest_rows(tasks[i]));
    }
  }
  std::vector<std::size_t> order(tasks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const double left = work_of(tasks[a], effort, rows[a]);
    const double right = work_of(tasks[b], effort, rows[b]);
    return left != right ? left > right : a < b;
  });
  for (const std::size_t i : order) {
    if (learning_work(tasks, effort, rows) <= effort.learning_work) break;
    rows[i] = 0;
  }
  return rows;
}

}  // namespace xquant::quantize

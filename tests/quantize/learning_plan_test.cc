#include "quantize/reconstruct/learning/learning_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace xquant::quantize {
namespace {

class OfSize final : public Layer {
 public:
  OfSize(std::size_t inputs, std::size_t outputs) : Layer(NodeId{0}, 0, ValueId{0}) {
    inputs_ = inputs;
    outputs_ = outputs;
  }
  std::int64_t positions(std::span<const std::int64_t>) const override { return 1; }
  void gather_inputs(const LayerInput&, std::span<const std::int64_t>,
                     std::span<const std::int64_t>, std::span<float* const>) const override {}
  void gather_outputs(const runtime::TensorView&, std::span<const std::int64_t>,
                      std::vector<float>&) const override {}
  std::size_t weight_index(std::size_t, std::size_t o, std::size_t k) const override {
    return o * inputs_ + k;
  }
};

constexpr std::size_t kRows = 8192;
const Readable kRelu{.low = 0};

struct Layers {
  OfSize small{64, 16}, middle{128, 64}, large{256, 256};
  std::vector<LearningTask> tasks{
      {&small, kRelu, kRows}, {&middle, kRelu, kRows}, {&large, kRelu, kRows}};
};

Effort effort_of(double work) { return {.learning_sweeps = 4, .learning_work = work}; }

TEST(LearningPlan, TakesAllRowsWhileThatIsAffordable) {
  const Layers layers;
  const auto rows = plan_learning(layers.tasks, effort_of(1e12));
  EXPECT_EQ(rows, std::vector<std::size_t>(3, kRows));
}

TEST(LearningPlan, TakesFewerRowsOfAllLayersBeforeItLeavesOneOut) {
  const Layers layers;
  const double all = learning_work(layers.tasks, effort_of(0), {kRows, kRows, kRows});
  const auto rows = plan_learning(layers.tasks, effort_of(all / 3));
  EXPECT_LE(learning_work(layers.tasks, effort_of(0), rows), all / 3);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_LT(rows[i], kRows / 2);
    EXPECT_GE(rows[i], 4 * layers.tasks[i].layer->inputs());
  }
}

TEST(LearningPlan, TakesAsManyRowsAsStepsOfAFifthAllow) {
  const Layers layers;
  const double all = learning_work(layers.tasks, effort_of(0), {kRows, kRows, kRows});
  const auto rows = plan_learning(layers.tasks, effort_of(all / 3));
  EXPECT_GT(learning_work(layers.tasks, effort_of(0), rows), 0.79 * all / 3);
  EXPECT_EQ(rows, std::vector<std::size_t>(3, rows[0])) << "none has as few as it may";
}

TEST(LearningPlan, LeavesOutTheLayersThatTakeMostWhereFewRowsAreStillTooMuch) {
  const Layers layers;
  const auto with = [&](std::vector<std::size_t> rows) {
    return learning_work(layers.tasks, effort_of(0), rows);
  };
  const auto rows = plan_learning(layers.tasks, effort_of(with({4 * 64, 4 * 128, 0})));
  EXPECT_EQ(rows, (std::vector<std::size_t>{4 * 64, 4 * 128, 0}));
  EXPECT_EQ(plan_learning(layers.tasks, effort_of(0)), std::vector<std::size_t>(3, 0));
}

TEST(LearningPlan, BoundsTheMemoryOfALayerWithVeryManyInputs) {
  const OfSize wide(1 << 16, 8);
  const auto rows = plan_learning({{&wide, kRelu, kRows}}, effort_of(1e15));
  EXPECT_EQ(rows[0], std::size_t{64});
}

}  // namespace
}  // namespace xquant::quantize

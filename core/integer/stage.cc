#include "integer/stage.h"

namespace xquant::integer {
namespace {

constexpr const char* kSteps = "xq_stage_steps";  ///< kind, op, a, b, c, constants of each step
constexpr const char* kReals = "xq_stage_reals";  ///< alpha, beta, the constants of each step
constexpr std::size_t kFields = 6;

}  // namespace

std::vector<xq_step> Stage::library_steps() const {
  std::vector<xq_step> list;
  for (const Step& step : steps) {
    xq_step entry{};
    entry.kind = step.kind;
    if (step.kind == XQ_STEP_UNARY)
      entry.unary = {static_cast<xq_unary_op>(step.op), step.alpha, step.beta};
    else if (step.kind == XQ_STEP_BINARY)
      entry.binary = static_cast<xq_binary_op>(step.op);
    entry.a = step.a;
    entry.b = step.b;
    entry.c = step.c;
    entry.constant = step.constant.empty() ? nullptr : step.constant.data();
    entry.constants = step.constant.size();
    list.push_back(entry);
  }
  return list;
}

void write_stage(const Stage& stage, Attributes& attributes) {
  std::vector<std::int64_t> fields;
  std::vector<float> reals;
  for (const Stage::Step& step : stage.steps) {
    fields.insert(fields.end(), {step.kind, step.op, step.a, step.b, step.c,
                                 static_cast<std::int64_t>(step.constant.size())});
    reals.insert(reals.end(), {step.alpha, step.beta});
    reals.insert(reals.end(), step.constant.begin(), step.constant.end());
  }
  attributes[kSteps] = fields;
  attributes[kReals] = reals;
}

std::optional<Stage> read_stage(const Node& node) {
  if (!node.has(kSteps)) return {};
  const std::vector<std::int64_t> fields = node.ints_or(kSteps, {});
  const std::vector<float> reals = node.floats_or(kReals, {});
  Stage stage;
  auto real = reals.begin();
  for (std::size_t i = 0; i < fields.size(); i += kFields) {
    Stage::Step step{.kind = static_cast<xq_step_kind>(fields[i]),
                     .op = static_cast<int>(fields[i + 1]),
                     .a = static_cast<int>(fields[i + 2]),
                     .b = static_cast<int>(fields[i + 3]),
                     .c = static_cast<int>(fields[i + 4])};
    step.alpha = *real++;
    step.beta = *real++;
    step.constant.assign(real, real + fields[i + 5]);
    real += fields[i + 5];
    stage.steps.push_back(std::move(step));
  }
  return stage;
}

}  // namespace xquant::integer

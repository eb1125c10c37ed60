// If: one of two subgraphs without inputs.

#include "runtime/control_flow/subgraph_run.h"
#include "runtime/ops/common.h"

namespace xquant::runtime {
namespace {

bool lies_in(const TensorView& view, const Operands& operands) {
  const auto* data = static_cast<const std::byte*>(view.data);
  for (const TensorView& operand : operands.all()) {
    const auto* first = static_cast<const std::byte*>(operand.data);
    if (first != nullptr && data >= first && data <= first + operand.byte_count()) return true;
  }
  return false;
}

class IfState final : public ControlState {
 public:
  IfState(const Subgraph& then_branch, const Subgraph& else_branch)
      : then_(then_branch), else_(else_branch), held_(then_branch.declared.size()) {}

  std::span<const TensorView> run(const Operands& operands) override {
    const TensorView condition = operands.required(0);
    ops::require_type(condition, DataType::kBool);
    if (condition.size() != 1) refuse("The condition has to be one element.");
    const auto results = (*ops::raw<bool>(condition) ? then_ : else_).run({}, operands);
    results_.assign(results.begin(), results.end());
    for (std::size_t i = 0; i < results_.size(); ++i) {
      if (!lies_in(results_[i], operands)) continue;
      held_[i].assign(results_[i]);
      results_[i] = held_[i].view();
    }
    return results_;
  }

 private:
  SubgraphRun then_, else_;
  std::vector<Held> held_;  ///< results that are operands
  std::vector<TensorView> results_;
};

class If final : public ControlFlow {
 public:
  explicit If(const ControlSetup& setup)
      : then_(setup.subgraph("then_branch")), else_(setup.subgraph("else_branch")) {
    if (then_.declared.size() != else_.declared.size())
      refuse("The branches have different numbers of outputs.");
  }
  std::unique_ptr<ControlState> start() const override {
    return std::make_unique<IfState>(then_, else_);
  }

 private:
  Subgraph then_, else_;
};

}  // namespace

std::unique_ptr<ControlFlow> make_if(const ControlSetup& setup) {
  return std::make_unique<If>(setup);
}

}  // namespace xquant::runtime

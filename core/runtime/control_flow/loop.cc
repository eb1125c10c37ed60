// Loop(M, condition, carried...): the body takes (iteration, condition, carried...) and gives
// (condition, carried..., collected...).

#include <limits>

#include "runtime/control_flow/subgraph_run.h"
#include "runtime/ops/common.h"

namespace xquant::runtime {
namespace {

class LoopState final : public ControlState {
 public:
  LoopState(const Subgraph& body, std::size_t carried)
      : body_(body),
        carried_(carried),
        stacks_(body.declared.size() - 1 - carried),
        joined_(stacks_.size()) {}

  std::span<const TensorView> run(const Operands& operands) override {
    std::int64_t limit = std::numeric_limits<std::int64_t>::max();
    if (operands.has(0)) limit = ops::integers(operands[0]).at(0);
    bool go_on = !operands.has(1) || *ops::raw<bool>(operands[1]);
    for (std::size_t i = 0; i < carried_.size(); ++i) carried_[i].assign(operands.required(2 + i));
    for (Stack& stack : stacks_) stack.clear();
    for (std::int64_t i = 0; i < limit && go_on; ++i) go_on = iterate(i, go_on, operands);
    return results();
  }

 private:
  bool iterate(std::int64_t iteration, bool condition, const Operands& operands) {
    own_ = {{DataType::kInt64, {}, &iteration}, {DataType::kBool, {}, &condition}};
    for (const Held& value : carried_) own_.push_back(value.view());
    const auto given = body_.run(own_, operands);
    for (std::size_t i = 0; i < stacks_.size(); ++i)
      stacks_[i].push(given[1 + carried_.size() + i]);
    const bool go_on = *ops::raw<bool>(given[0]);
    // Results may lie in the memory of the values carried so far (a body that swaps two of them).
    next_.resize(carried_.size());
    for (std::size_t i = 0; i < carried_.size(); ++i) next_[i].assign(given[1 + i]);
    std::swap(carried_, next_);
    return go_on;
  }

  std::span<const TensorView> results() {
    results_.clear();
    for (const Held& value : carried_) results_.push_back(value.view());
    for (std::size_t i = 0; i < stacks_.size(); ++i) {
      const ValueType& declared = body_.subgraph().declared[1 + carried_.size() + i];
      stacks_[i].join(0, Stack::Order::kForward, declared, joined_[i]);
      results_.push_back(joined_[i].view());
    }
    return results_;
  }

  SubgraphRun body_;
  std::vector<Held> carried_, next_;
  std::vector<Stack> stacks_;
  std::vector<Held> joined_;
  std::vector<TensorView> own_, results_;
};

class Loop final : public ControlFlow {
 public:
  explicit Loop(const ControlSetup& setup)
      : body_(setup.subgraph("body")),
        carried_(setup.node.inputs.size() < 2 ? 0 : setup.node.inputs.size() - 2) {
    if (body_.own_inputs != 2 + carried_ || body_.declared.size() < 1 + carried_)
      refuse("The body's inputs and outputs do not fit the operands.");
  }
  std::unique_ptr<ControlState> start() const override {
    return std::make_unique<LoopState>(body_, carried_);
  }

 private:
  Subgraph body_;
  std::size_t carried_;
};

}  // namespace

std::unique_ptr<ControlFlow> make_loop(const ControlSetup& setup) {
  return std::make_unique<Loop>(setup);
}

}  // namespace xquant::runtime

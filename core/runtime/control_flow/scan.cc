// Scan(states..., sequences...): the body takes (states..., one element of each sequence) and gives
// (states..., elements to collect). Scan-8 has a leading batch dimension everywhere and an operand
// with the lengths of the sequences.

#include <algorithm>

#include "runtime/control_flow/subgraph_run.h"
#include "runtime/ops/common.h"

namespace xquant::runtime {
namespace {

struct ScanRules {
  std::size_t states = 0, sequences = 0, collected = 0;
  std::vector<std::int64_t> input_axes, input_directions, output_axes, output_directions;
  bool batched = false;  ///< Scan-8

  static std::int64_t entry(const std::vector<std::int64_t>& list, std::size_t i) {
    return i < list.size() ? list[i] : 0;
  }
};

/// Element `at` of a sequence along an axis.
void take_slice(const TensorView& sequence, std::size_t axis, std::int64_t at, Held& result) {
  Shape shape = sequence.shape_copy();
  const std::int64_t length = shape[axis];
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  std::int64_t outer = 1, inner = 1;
  for (std::size_t d = 0; d < shape.size(); ++d) (d < axis ? outer : inner) *= shape[d];
  std::byte* to = result.reset(sequence.type, shape);
  const std::size_t bytes = byte_size(sequence.type, static_cast<std::size_t>(inner));
  const auto* from = static_cast<const std::byte*>(sequence.data);
  for (std::int64_t o = 0; o < outer; ++o, to += bytes) {
    std::copy_n(from + static_cast<std::size_t>(o * length + at) * bytes, bytes, to);
  }
}

class ScanState final : public ControlState {
 public:
  ScanState(const Subgraph& body, const ScanRules& rules)
      : body_(body),
        rules_(rules),
        states_(rules.states),
        next_(rules.states),
        slices_(rules.sequences),
        stacks_(rules.collected),
        batch_states_(rules.states),
        batch_stacks_(rules.collected),
        results_held_(rules.states + rules.collected) {}

  std::span<const TensorView> run(const Operands& operands) override {
    if (rules_.batched) return run_batches(operands);
    std::vector<TensorView> sequences;
    for (std::size_t i = 0; i < rules_.sequences; ++i)
      sequences.push_back(operands.required(rules_.states + i));
    for (std::size_t i = 0; i < rules_.states; ++i) states_[i].assign(operands.required(i));
    scan(sequences, -1, operands);
    results_.clear();
    for (const Held& state : states_) results_.push_back(state.view());
    for (std::size_t i = 0; i < rules_.collected; ++i) {
      collect(i, ScanRules::entry(rules_.output_axes, i), results_held_[i]);
      results_.push_back(results_held_[i].view());
    }
    return results_;
  }

 private:
  /// Runs the body over the sequences; length -1: as long as they are.
  void scan(std::span<const TensorView> sequences, std::int64_t length, const Operands& operands) {
    for (Stack& stack : stacks_) stack.clear();
    std::vector<std::size_t> axes;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      const std::int64_t axis = ScanRules::entry(rules_.input_axes, i);
      axes.push_back(ops::normal_axis(axis, sequences[i].rank()));
      const std::int64_t own = sequences[i].shape[axes[i]];
      if (i > 0 && own != sequences[0].shape[axes[0]])
        refuse("The sequences have different lengths.");
      if (length < 0 || own < length) length = own;
    }
    for (std::int64_t t = 0; t < length; ++t) {
      std::vector<TensorView> own;
      for (const Held& state : states_) own.push_back(state.view());
      for (std::size_t i = 0; i < sequences.size(); ++i) {
        const bool reversed = ScanRules::entry(rules_.input_directions, i) != 0;
        const std::int64_t at = reversed ? sequences[i].shape[axes[i]] - 1 - t : t;
        take_slice(sequences[i], axes[i], at, slices_[i]);
        own.push_back(slices_[i].view());
      }
      const auto given = body_.run(own, operands);
      for (std::size_t i = 0; i < stacks_.size(); ++i) stacks_[i].push(given[states_.size() + i]);
      for (std::size_t i = 0; i < states_.size(); ++i) next_[i].assign(given[i]);
      std::swap(states_, next_);
    }
  }

  void collect(std::size_t i, std::int64_t axis, Held& result) const {
    const bool reversed = ScanRules::entry(rules_.output_directions, i) != 0;
    stacks_[i].join(axis, reversed ? Stack::Order::kReversed : Stack::Order::kForward,
                    body_.subgraph().declared[rules_.states + i], result);
  }

  /// Scan-8: operands (lengths, states..., sequences...), each with a batch dimension.
  std::span<const TensorView> run_batches(const Operands& operands) {
    const std::int64_t batches = operands.required(1).shape[0];
    for (Stack& stack : batch_states_) stack.clear();
    for (Stack& stack : batch_stacks_) stack.clear();
    std::vector<Held> parts(rules_.sequences);
    std::vector<TensorView> sequences(rules_.sequences);
    Held joined;
    for (std::int64_t b = 0; b < batches; ++b) {
      for (std::size_t i = 0; i < rules_.states; ++i)
        take_slice(operands.required(1 + i), 0, b, states_[i]);
      for (std::size_t i = 0; i < rules_.sequences; ++i) {
        take_slice(operands.required(1 + rules_.states + i), 0, b, parts[i]);
        sequences[i] = parts[i].view();
      }
      const std::int64_t length =
          operands.has(0) ? ops::integers(operands[0]).at(static_cast<std::size_t>(b)) : -1;
      scan(sequences, length, operands);
      for (std::size_t i = 0; i < rules_.states; ++i) batch_states_[i].push(states_[i].view());
      for (std::size_t i = 0; i < rules_.collected; ++i) {
        collect(i, 0, joined);
        batch_stacks_[i].push(joined.view());
      }
    }
    results_.clear();
    for (std::size_t i = 0; i < results_held_.size(); ++i) {
      const Stack& stack = i < rules_.states ? batch_states_[i] : batch_stacks_[i - rules_.states];
      stack.join(0, Stack::Order::kForward, body_.subgraph().declared[i], results_held_[i]);
      results_.push_back(results_held_[i].view());
    }
    return results_;
  }

  SubgraphRun body_;
  const ScanRules& rules_;
  std::vector<Held> states_, next_, slices_;
  std::vector<Stack> stacks_, batch_states_, batch_stacks_;
  std::vector<Held> results_held_;
  std::vector<TensorView> results_;
};

class Scan final : public ControlFlow {
 public:
  explicit Scan(const ControlSetup& setup) : body_(setup.subgraph("body")) {
    const Node& node = setup.node;
    rules_.batched = setup.opset < 9;
    const std::size_t operands = node.inputs.size() - (rules_.batched ? 1 : 0);
    rules_.sequences = static_cast<std::size_t>(node.int_or("num_scan_inputs", 0));
    if (rules_.sequences < 1 || rules_.sequences > operands || body_.own_inputs != operands ||
        body_.declared.size() < operands - rules_.sequences) {
      refuse("The body's inputs and outputs do not fit the operands.");
    }
    rules_.states = operands - rules_.sequences;
    rules_.collected = body_.declared.size() - rules_.states;
    rules_.input_axes = node.ints_or("scan_input_axes", {});
    rules_.input_directions =
        node.ints_or(rules_.batched ? "directions" : "scan_input_directions", {});
    rules_.output_axes = node.ints_or("scan_output_axes", {});
    rules_.output_directions = node.ints_or("scan_output_directions", {});
  }
  std::unique_ptr<ControlState> start() const override {
    return std::make_unique<ScanState>(body_, rules_);
  }

 private:
  Subgraph body_;
  ScanRules rules_;
};

}  // namespace

std::unique_ptr<ControlFlow> make_scan(const ControlSetup& setup) {
  return std::make_unique<Scan>(setup);
}

}  // namespace xquant::runtime

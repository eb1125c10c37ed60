#include "quantize/outputs/evidence.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

namespace xquant::quantize {
namespace {

/// Ten classes in front of a Softmax tell enough.
constexpr std::int64_t kFew = 8;
constexpr std::int64_t kEnough = 32;
/// A larger tensor says no more, and every sample that judges holds one.
constexpr std::int64_t kMost = std::int64_t{1} << 16;

class EvidenceSearch {
 public:
  EvidenceSearch(const Subject& subject, const plan::QuantPlan& plan) : subject_(subject) {
    for (const plan::ConstantOperand& operand : plan.constants) {
      if (operand.kind == plan::ConstantOperand::Kind::kWeight) layers_.insert(operand.use.node);
    }
  }

  /// The tensor that stands in for a value of few elements; nullopt for others, and when there is
  /// none.
  std::optional<ValueId> in_front_of(ValueId value) const {
    if (elements(value) >= kFew) return std::nullopt;
    while (value != ValueId::kNone && elements(value) < kEnough) value = largest_operand(value);
    if (value == ValueId::kNone || elements(value) > kMost || !is_behind_layer(value))
      return std::nullopt;
    return value;
  }

 private:
  std::int64_t elements(ValueId value) const {
    const auto found = subject_.trace.find(value);
    return found == subject_.trace.end() ? 0 : element_count(found->second.shape);
  }

  bool carries_data(ValueId value) const {
    return value != ValueId::kNone && subject_.graph.constant(value) == nullptr &&
           is_float(subject_.trace, value);
  }

  /// Of the node that writes the value; kNone when none does, or nothing but constants is read.
  ValueId largest_operand(ValueId value) const {
    const NodeId producer = subject_.graph.value(value).producer;
    ValueId largest = ValueId::kNone;
    if (producer == NodeId::kNone) return largest;
    for (const ValueId operand : subject_.graph.node(producer).inputs) {
      if (!carries_data(operand)) continue;
      if (largest == ValueId::kNone || elements(operand) > elements(largest)) largest = operand;
    }
    return largest;
  }

  bool is_behind_layer(ValueId value) const {
    std::vector<ValueId> open{value};
    std::set<ValueId> seen{value};
    while (!open.empty()) {
      const NodeId producer = subject_.graph.value(open.back()).producer;
      open.pop_back();
      if (producer == NodeId::kNone) continue;
      if (layers_.contains(producer)) return true;
      for (const ValueId operand : subject_.graph.node(producer).inputs) {
        if (carries_data(operand) && seen.insert(operand).second) open.push_back(operand);
      }
    }
    return false;
  }

  const Subject& subject_;
  std::set<NodeId> layers_;
};

}  // namespace

std::vector<Judged> evidence(const Subject& subject, const plan::QuantPlan& plan) {
  const EvidenceSearch search(subject, plan);
  std::vector<Judged> values;
  for (Judged judged : judged_values(subject)) {
    if (const auto found = search.in_front_of(judged.value)) {
      judged = {.value = *found, .stands_in = true};
    }
    const bool known = std::ranges::any_of(
        values, [&](const Judged& other) { return other.value == judged.value; });
    if (!known) values.push_back(judged);
  }
  return values;
}

bool is_indirect(const std::vector<Judged>& values) {
  return std::ranges::any_of(values, [](const Judged& value) { return value.stands_in; });
}

}  // namespace xquant::quantize

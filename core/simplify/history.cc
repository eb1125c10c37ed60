#include "simplify/history.h"

#include <optional>
#include <set>

namespace xquant::simplify {
namespace {

/// Whether the present graph holds the tensor as a graph input or a result.
bool is_computed(const Graph& present, ValueId value) {
  return value != ValueId::kNone &&
         (present.value(value).producer != NodeId::kNone || present.is_input(value));
}

bool copies_its_input(const Node& node) { return node.is("Identity") || node.is("Dropout"); }

/// The tensor of the present graph with the data of an original one: along nodes that only copy,
/// against and with the flow.
std::optional<ValueId> same_data(const Graph& original, const Graph& present, ValueId start) {
  std::set<ValueId> seen;
  std::vector<ValueId> open{start};
  while (!open.empty()) {
    const ValueId value = open.back();
    open.pop_back();
    if (!seen.insert(value).second) continue;
    const ValueId now = present.find_value(original.value(value).name);
    if (is_computed(present, now)) return now;
    const NodeId producer = original.value(value).producer;
    if (producer != NodeId::kNone && copies_its_input(original.node(producer))) {
      open.push_back(original.node(producer).input(0));
    }
    for (const Use& use : original.uses(value)) {
      const Node& reader = original.node(use.node);
      if (use.position == 0 && copies_its_input(reader)) open.push_back(reader.output(0));
    }
  }
  return std::nullopt;
}

/// The first tensors behind an original one that the present graph still computes.
std::vector<ValueId> nearest_behind(const Graph& original, const Graph& present, ValueId start) {
  std::vector<ValueId> found;
  std::set<ValueId> seen{start};
  std::vector<ValueId> open{start};
  for (std::size_t at = 0; at < open.size(); ++at) {
    for (const Use& use : original.uses(open[at])) {
      for (const ValueId output : original.node(use.node).outputs) {
        if (output == ValueId::kNone || !seen.insert(output).second) continue;
        const ValueId now = present.find_value(original.value(output).name);
        if (is_computed(present, now))
          found.push_back(now);
        else
          open.push_back(output);
      }
    }
  }
  return found;
}

}  // namespace

History::History(const Graph& original) : original_(original) {
  for (std::size_t i = 0; i < original_.value_count(); ++i) {
    std::optional<Tensor>& constant = original_.value(static_cast<ValueId>(i)).constant;
    if (constant) constant.emplace();
  }
}

void History::note(const Graph& now, std::string_view rewrite) {
  for (std::size_t i = 0; i < original_.value_count(); ++i) {
    const std::string& name = original_.value(static_cast<ValueId>(i)).name;
    if (gone_.contains(name)) continue;
    const ValueId value = now.find_value(name);
    if (!is_computed(now, value) && now.constant(value) == nullptr) {
      gone_.emplace(name, std::string(rewrite));
    }
  }
}

std::string History::reason(std::string_view name) const {
  const auto found = gone_.find(name);
  return found == gone_.end() ? "it is gone since simplification"
                              : "it was merged away by '" + found->second + "'";
}

History::Fate History::fate(const Graph& present, std::string_view name) const {
  const ValueId now = present.find_value(name);
  if (is_computed(present, now)) return {.present = {now}, .same_data = true, .known = true};
  const ValueId before = original_.find_value(name);
  if (before == ValueId::kNone) return {};
  if (present.constant(now) != nullptr || original_.constant(before) != nullptr) {
    return {.known = true, .reason = "it is a constant"};
  }
  if (const auto same = same_data(original_, present, before)) {
    return {.present = {*same}, .same_data = true, .known = true, .reason = reason(name)};
  }
  return {
      .present = nearest_behind(original_, present, before), .known = true, .reason = reason(name)};
}

}  // namespace xquant::simplify

#include "runtime/known_values.h"

#include <algorithm>

#include "base/error.h"

namespace xquant::runtime {

const Tensor* KnownValues::find(ValueId id) const {
  if (id == ValueId::kNone) return nullptr;
  const auto found = computed_.find(id);
  return found != computed_.end() ? &found->second : graph_.constant(id);
}

std::vector<const Tensor*> KnownValues::operands(const Node& node) const {
  std::vector<const Tensor*> operands;
  for (const ValueId input : node.inputs) operands.push_back(find(input));
  return operands;
}

bool KnownValues::add_results(const Node& node) {
  const std::vector<const Tensor*> known = operands(node);
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i] == nullptr && node.inputs[i] != ValueId::kNone) return false;
  }
  std::vector<Tensor> results;
  try {
    results = evaluate(node, imports_, known);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    return false;
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] != ValueId::kNone) computed_[node.outputs[i]] = std::move(results[i]);
  }
  return true;
}

}  // namespace xquant::runtime

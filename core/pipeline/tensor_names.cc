#include "pipeline/tensor_names.h"

#include "config/suggest.h"

namespace xquant::pipeline {

std::string did_you_mean(const std::string& name, const Graph& graph) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (graph.constant(id) == nullptr) known.push_back(graph.value(id).name);
  }
  const std::string close = config::nearest(name, known);
  return close.empty() ? "" : "Did you mean '" + close + "'?";
}

std::vector<ValueId> tensors_named(const std::string& name, const Graph& graph,
                                   const simplify::History& history, const Place& place,
                                   Diagnostics& diagnostics) {
  const simplify::History::Fate fate = history.fate(graph, name);
  if (!fate.known) {
    const std::string advice = did_you_mean(name, graph);
    throw Error(ErrorKind::kConfig, "XQ-CFG-070", "var name " + name + " not in the graph.", place,
                advice.empty() ? "Names are those of the tensors in the model's file." : advice);
  }
  if (fate.reason.empty()) return fate.present;
  Place where = place;
  where.tensor = name;
  if (fate.present.empty()) {
    diagnostics.warn("XQ-CFG-071", "'" + name + "' is no boundary: " + fate.reason + ".", where,
                     "Name a tensor that the graph computes.");
    return {};
  }
  std::string instead;
  for (const ValueId id : fate.present) {
    instead += (instead.empty() ? "'" : ", '") + graph.value(id).name + "'";
  }
  diagnostics.info("XQ-CFG-072",
                   "'" + name + "' is not in the simplified graph: " + fate.reason + "; " +
                       instead + (fate.same_data ? ", which holds the same data," : "") +
                       " stands for it.",
                   where);
  return fate.present;
}

}  // namespace xquant::pipeline

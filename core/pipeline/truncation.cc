#include "pipeline/truncation.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "pipeline/rejoin.h"
#include "pipeline/tensor_names.h"

namespace xquant::pipeline {
namespace {

constexpr const char* kPointer = "/quantization_parameters/truncate_var_names";

[[noreturn]] void refuse(const Context& context, const char* code, const std::string& message,
                         const std::string& fix) {
  throw Error(ErrorKind::kConfig, code, message, context.config().place(kPointer), fix);
}

std::string listed(const Graph& graph, const std::vector<ValueId>& values) {
  std::string text;
  for (const ValueId value : values) {
    text += (text.empty() ? "\"" : ", \"") + graph.value(value).name + "\"";
  }
  return text;
}

void check_names(const std::vector<std::string>& names, const Graph& graph,
                 const simplify::History& history, const Context& context) {
  const std::set<std::string> distinct(names.begin(), names.end());
  if (distinct.size() != names.size()) {
    refuse(context, "XQ-CFG-076", "The incoming truncate_var_names contains duplicate tensor names",
           "Give each once.");
  }
  std::string unknown;
  std::string advice;
  for (const std::string& name : names) {
    if (!history.fate(graph, name).present.empty()) continue;
    unknown += (unknown.empty() ? "" : ",") + name;
    if (advice.empty()) advice = did_you_mean(name, graph);
  }
  if (unknown.empty()) return;
  refuse(context, "XQ-CFG-077",
         "The incoming truncate_var_names contains non-existent tensor names " + unknown,
         advice.empty() ? "Name tensors that the model computes." : advice);
}

/// Inputs as the end of the int8 part leave nothing to quantize.
void refuse_inputs_alone(const std::vector<ValueId>& tensors, const Graph& graph,
                         const Context& context) {
  const auto computed = [&](ValueId id) { return graph.value(id).producer != NodeId::kNone; };
  if (std::any_of(tensors.begin(), tensors.end(), computed)) return;
  refuse(context, "XQ-CFG-079",
         "truncate_var_names contains " + listed(graph, tensors) +
             " and nothing that an operator computes: nothing would be left to quantize.",
         "Name tensors that the model computes.");
}

std::vector<ValueId> named_tensors(const Graph& graph, const simplify::History& history,
                                   const Context& context) {
  const std::vector<std::string>& names = context.config().quantization.truncate_var_names;
  check_names(names, graph, history, context);
  std::vector<ValueId> tensors;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Place place = context.config().place(std::string(kPointer) + "/" + std::to_string(i));
    for (const ValueId value :
         tensors_named(names[i], graph, history, place, context.diagnostics)) {
      if (std::find(tensors.begin(), tensors.end(), value) == tensors.end()) {
        tensors.push_back(value);
      }
    }
  }
  return tensors;
}

void report_cut(const Graph& whole, const Cut& cut, const Context& context) {
  const auto behind = std::count(cut.in_tail.begin(), cut.in_tail.end(), true);
  context.diagnostics.info("XQ-CUT-001",
                           std::to_string(behind) +
                               " operators behind truncate_var_names stay float and stand behind "
                               "the int8 part in the output file.",
                           context.config().place(kPointer));
  if (cut.crossing.empty()) return;
  context.diagnostics.info(
      "XQ-CUT-002",
      "What is behind the cut also reads " + listed(whole, cut.crossing) + "; they count as named.",
      context.config().place(kPointer));
}

}  // namespace

std::optional<Tail> truncate(Graph& graph, const simplify::History& history,
                             const Context& context) {
  if (context.config().quantization.truncate_var_names.empty()) return std::nullopt;
  const std::vector<ValueId> tensors = named_tensors(graph, history, context);
  refuse_inputs_alone(tensors, graph, context);
  CutAttempt attempt = try_cut(graph, tensors);
  if (!attempt.cut) {
    const bool incomplete = !attempt.missing.empty();
    refuse(
        context, "XQ-CFG-078",
        incomplete
            ? "truncate graph failed. The names do not cut the graph: the path " + attempt.path +
                  " passes them by."
            : "truncate graph failed. One of the names depends on another: " + attempt.path + ".",
        incomplete ? "Add " + listed(graph, attempt.missing) +
                         " to truncate_var_names, or tensors on the way to them."
                   : "Leave out the first or the last tensor of this path.");
  }
  report_cut(graph, *attempt.cut, context);
  Tail tail{.whole = graph, .cut = std::move(*attempt.cut)};
  graph = head_of(tail.whole, tail.cut);
  return tail;
}

}  // namespace xquant::pipeline

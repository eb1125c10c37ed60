#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/job.h"
#include "emit/emitted.h"
#include "report/analysis.h"

namespace xquant::report {

inline constexpr const char* kEntry = R"({"file_type": "npy", "data_list_path": "list.txt"})";

/// Float and quantized model over .npy samples of the input "x", [2, 2].
struct Compared {
  data::Job job{};
  Monitor monitor{};
  Diagnostics diagnostics{};

  plan::QuantPlan plan{};
  quantize::ActivationStats stats{};
  emit::Emitted emitted{};
  runtime::OpsetImports opsets = quantize::kOpsets;
  std::shared_ptr<const runtime::Program> program{};
  quantize::Trace trace{};
  bool records = false;  ///< the pass that calibrates records the float model's elements

  Subject subject(const SmallGraph& g) const {
    return {g.graph, program, emitted.graph, emitted.float_names, plan, stats,
            opsets,  g.graph, trace};
  }

  Analysis run(SmallGraph& g, int threads, const std::vector<std::vector<float>>& samples) {
    std::string list;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::string name = std::to_string(i) + ".npy";
      job.files.put(name, data::npy("<f4", "(2, 2)", data::bytes_of<float>(samples[i])));
      list += name + "\n";
    }
    job.files.put("list.txt", list);
    job.specs = {{"x", DataType::kFloat, {2, 2}}};
    ThreadPool pool(threads);
    quantize::Samples set(job.open(kEntry), pool, monitor, diagnostics);
    program = runtime::Program::compile(g.graph, quantize::kOpsets);
    quantize::Planned planned(g);
    for (xquant::plan::Group& group : planned.plan.groups) {
      group.rule.type = config::CalibrationType::kMinmax;
    }
    trace = quantize::trace(g.graph, program, set.first());
    const auto needed = quantize::needed_stats(g.graph, planned.plan, trace);
    std::vector<ValueId> tensors = g.graph.outputs;
    for (const auto& [value, none] : needed) tensors.push_back(value);
    FloatSamples recorded(g.graph, trace, tensors, set.count());
    quantize::FloatRecorder* const recorders[] = {&recorded};
    if (records) {
      stats = quantize::collect_stats(program, needed, set, recorders);
    } else {
      stats = quantize::collect_stats(program, needed, set);
    }
    quantize::choose_activation_params(g.graph, stats, planned.plan);
    quantize::choose_constant_params(g.graph, planned.plan, diagnostics);
    plan = planned.plan;
    emitted = emit::emit_qdq(g.graph, plan, xquant::plan::target("spacemit"));
    Subject compared = subject(g);
    if (records) compared.recorded = &recorded;
    return analyse(compared, set);
  }
};

inline const std::vector<std::vector<float>> kSamples{
    {0.1F, 0.9F, -0.3F, 0.4F}, {1.0F, 0.2F, 0.7F, -0.6F}, {-1.0F, 0.3F, 0.5F, 0.8F}};

inline ValueId product(SmallGraph& g, ValueId x, const std::string& name) {
  return g.op("MatMul", {x, g.constant(name + "_w", {2, 2}, {1, 0.5F, -0.25F, 2})}, name);
}

inline const TensorError* find(const Analysis& analysis, const std::string& tensor) {
  for (const TensorError& row : analysis.tensors) {
    if (row.tensor == tensor) return &row;
  }
  return nullptr;
}

}  // namespace xquant::report

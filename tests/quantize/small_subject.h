#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/job.h"
#include "quantize/planned.h"
#include "quantize/subject.h"

namespace xquant::quantize {

/// What a Subject is made of: a graph with one input "x", its plan, and samples in memory.
struct SmallSubject {
  SmallGraph g;
  Planned planned;
  std::shared_ptr<const runtime::Program> program;
  data::Job job{};
  Monitor monitor{};
  ThreadPool pool{2};
  Diagnostics diagnostics{};
  Samples data;
  Trace traced;

  SmallSubject(SmallGraph graph, const Shape& shape, const std::vector<std::vector<float>>& samples)
      : g(std::move(graph)),
        planned(g),
        program(runtime::Program::compile(g.graph, kOpsets)),
        data(open(shape, samples)),
        traced(trace(g.graph, program, data.first())) {}

  Subject subject() { return {g.graph, kOpsets, program, traced, data, pool, monitor}; }

 private:
  Samples open(const Shape& shape, const std::vector<std::vector<float>>& samples) {
    job.specs = {{"x", DataType::kFloat, DeclaredShape(shape.begin(), shape.end())}};
    std::string dims, list;
    for (const std::int64_t dim : shape) dims += std::to_string(dim) + ", ";
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::string name = std::to_string(i) + ".npy";
      job.files.put(name, data::npy("<f4", "(" + dims + ")", data::bytes_of<float>(samples[i])));
      list += name + "\n";
    }
    job.files.put("list.txt", list);
    return {job.open(R"({"file_type": "npy", "data_list_path": "list.txt"})"), pool, monitor,
            diagnostics};
  }
};

}  // namespace xquant::quantize

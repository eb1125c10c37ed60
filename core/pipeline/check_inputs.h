#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "pipeline/check.h"

namespace xquant::pipeline {

/// The samples that a check runs on.
class CheckInputs {
 public:
  virtual ~CheckInputs() = default;
  virtual std::string description() const = 0;
  virtual std::int64_t count() const = 0;
  /// One tensor for each input of the model. Throws Error(kData).
  virtual std::vector<Tensor> sample(std::int64_t index) = 0;
  /// Lets inputs that are made up take a size that the model can be run with.
  virtual void fit(const std::function<void(const std::vector<Tensor>&)>& run) { (void)run; }
};

/// As the job says; random inputs are those of integer/random_inputs.h.
std::unique_ptr<CheckInputs> open_inputs(const CheckJob& job, const Graph& graph, Files& files,
                                         Diagnostics& diagnostics);

}  // namespace xquant::pipeline

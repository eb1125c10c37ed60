#pragma once

#include <string>
#include <vector>

#include "pipeline/small_job.h"

namespace xquant::pipeline {

/// A small model for one failure that other tools are known for, with data for a first input "x" of
/// shape [1, 1, 4, 4]. Operators of opset 17 and of domain "my".
struct KnownFailure : SmallJob {
  SmallGraph g{};
  std::int64_t opset = 17;

  ValueId x() { return g.input("x", {1, 1, 4, 4}); }
  /// A Conv of so many output channels with weights that differ.
  ValueId conv(ValueId input, std::int64_t in, std::int64_t out, const std::string& name);
  /// A Linear of [in, out] weights that differ.
  ValueId weight(std::int64_t in, std::int64_t out, const std::string& name);
  /// The graph as a model.
  Model as_model() const;
  /// Quantizes it.
  Result run(int threads = 1);
  /// The largest difference between what the model computes before and after it is prepared for
  /// quantization, relative to the largest element.
  double change();
};

/// The model of a result.
Model parsed(const Result& result);
/// Codes of the diagnostics, each with a blank behind it.
std::string codes(const Result& result);

}  // namespace xquant::pipeline

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "base/files.h"
#include "base/monitor.h"
#include "config/config.h"
#include "integer/compare.h"
#include "integer/decision.h"

/// `xquant check`: what a quantized model does in integers, and whether one can rely on it.
namespace xquant::pipeline {

struct CheckJob {
  std::string model_path;
  std::string float_path{};  ///< the float model it was made from; "" = not given
  /// Inputs: of the configuration when there is one, else of the lists (one for each model input),
  /// else random, from the seed.
  std::optional<config::Config> config{};
  std::vector<std::string> data_lists{};
  std::int64_t random_samples = 2;
  std::uint64_t seed = 1;
  int threads = 0;  ///< inside operators; 0: one for each core
  enum class Vectors { kNone, kOfFirstSample };
  Vectors vectors = Vectors::kNone;  ///< test vectors for CheckReport::vectors
  /// Where they will be stored; nothing that the check reads may lie there under their names.
  std::string vectors_folder{};
};

/// One operator of the model.
struct OperatorCheck {
  integer::Decision decision;
  /// For the operator that names an island.
  std::optional<integer::IslandStats> stats{};
  std::optional<integer::Headroom> headroom{};
  double bias_rounding = 0;  ///< in units of the accumulator
};

struct OutputCheck {
  std::string name{};
  std::string sha256{};  ///< of the bytes of all samples in integer execution
  std::int64_t elements = 0;
  /// Integer execution against the model in float arithmetic on dequantized values.
  std::int64_t different = 0;
  double largest_difference = 0;
  double largest_magnitude = 0;
  /// Integer execution against the float model; when it was given and the output is float.
  std::optional<double> sqnr_db{}, cosine{};
};

/// Something that the model's user should know; a failure makes the verdict negative.
struct Finding {
  enum class Weight { kNote, kFailure };
  Weight weight = Weight::kNote;
  std::string code{};
  std::string message{};
  Place place{};
};

struct CheckReport {
  std::string model;
  std::string inputs;  ///< in words: where they came from
  std::int64_t samples = 0;
  std::string isa;  ///< of the int8 library
  std::vector<OperatorCheck> operators;
  std::vector<OutputCheck> outputs;
  std::vector<Finding> findings;
  std::vector<Diagnostic> diagnostics;
  std::map<std::string, std::string> vectors{};  ///< path below the folder -> content (vectors.h)

  bool passed() const;
};

/// Runs the model in integers and in float on the same inputs. Throws Error(kModel) for a model
/// that is not quantized or whose quantization is broken, Error(kData) for its data, Error(kUsage)
/// when the test vectors would replace what was read.
CheckReport check(const CheckJob& job, Files& files, Monitor& monitor);

}  // namespace xquant::pipeline

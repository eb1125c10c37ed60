#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "quantize/stage_record.h"
#include "report/advice.h"
#include "report/analysis.h"
#include "report/level_advice.h"

/// A report in three forms with the same content: markdown for people and repositories, JSON for
/// programs, one HTML file for looking around in.
namespace xquant::report {

/// What stands above the tables.
struct Heading {
  std::string model{};
  std::string settings{};  ///< "target spacemit, calibration minmax, finetune_level 0"
  std::int64_t operators = 0;
  std::int64_t quantized_operators = 0;
  std::int64_t float_bytes = 0;
  std::int64_t quantized_bytes = 0;
  std::vector<Diagnostic> notes{};
  std::vector<std::string> float_islands{};  ///< "name[Type]: reason"
};

struct Content {
  Heading heading{};
  Analysis analysis{};
  std::vector<LevelAdvice> levels{};            ///< that are worth it, lowest first
  std::vector<Advice> advice{};                 ///< what gains most first
  std::vector<quantize::StageRecord> stages{};  ///< in the order in which they ran
};

/// Rows of one operator stay together; operators come by the largest SNR of their results, largest
/// first, equal ones in the order of the graph.
std::vector<const TensorError*> worst_first(const std::vector<TensorError>& tensors);

/// SNR > 0.1 and Cosine < 0.99 are marked red.
bool is_bad_snr(double snr);
bool is_bad_cosine(double cosine);

std::string markdown(const Content& content);
std::string json(const Content& content);
/// Needs no other file and no network.
std::string html(const Content& content);

}  // namespace xquant::report

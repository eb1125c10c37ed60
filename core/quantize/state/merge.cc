#include "base/error.h"
#include "quantize/state/calibration_state.h"

namespace xquant::quantize {
namespace {

void require_alike(const CalibrationState& a, const CalibrationState& b) {
  const auto refuse = [](const std::string& what, const std::string& fix) {
    throw Error(ErrorKind::kData, "XQ-CAL-012",
                "The calibration states do not belong together: " + what, {}, fix);
  };
  if (a.model != b.model) refuse("they are of different models.", "Calibrate the same model.");
  if (a.preprocessing != b.preprocessing) {
    refuse("their preprocessing differs.",
           "One has " + a.preprocessing + ", the other " + b.preprocessing + ".");
  }
  if (a.listed != b.listed) {
    refuse("one is of a list of " + std::to_string(a.listed) + " samples, the other of " +
               std::to_string(b.listed) + ".",
           "Use the same lists and calibration_step.");
  }
  for (const auto& [sample, digest] : b.samples) {
    if (!a.samples.contains(sample)) continue;
    refuse("sample " + std::to_string(sample) + " is in both.",
           "Give every shard a number of its own.");
  }
}

}  // namespace

CalibrationState merge(const CalibrationState& a, const CalibrationState& b) {
  require_alike(a, b);
  const bool a_first = a.traced_sample <= b.traced_sample;
  CalibrationState merged = a_first ? a : b;
  const CalibrationState& other = a_first ? b : a;
  merged.samples.insert(other.samples.begin(), other.samples.end());
  for (const auto& [name, observed] : other.tensors) {
    const auto [at, added] = merged.tensors.try_emplace(name, observed);
    if (!added) at->second.stats.merge(observed.stats);
  }
  return merged;
}

}  // namespace xquant::quantize

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "graph/tensor.h"
#include "quantize/observers/tensor_stats.h"

namespace xquant::quantize {

/// What one pass of the float model over calibration data leaves behind: enough to choose ranges by
/// any method for any plan without running it again. What a file `.xqcal` holds.
struct CalibrationState {
  struct Observed {
    DataType type = DataType::kUndefined;
    Shape shape{};        ///< in sample `traced_sample`
    TensorStats stats{};  ///< of float tensors
  };

  std::string model{};          ///< SHA-256 of the float model as it was run, simplified
  std::string preprocessing{};  ///< everything that decides what a sample holds, as text
  std::int64_t listed = 0;      ///< samples of the whole list, those of other shards included
  std::map<std::int64_t, std::string> samples{};  ///< index in the list -> SHA-256 of its files
  std::int64_t traced_sample = 0;
  std::map<std::string, Observed, std::less<>> tensors{};  ///< every value that a node computes
};

/// The state of both passes together: what one pass over all their samples gives, to the bit.
/// Throws Error(kData) when they are of different models or preprocessing, or share a sample.
CalibrationState merge(const CalibrationState& a, const CalibrationState& b);

/// The bytes of a `.xqcal` file: equal states give equal bytes on every platform.
std::string serialize(const CalibrationState& state);

/// Throws Error(kData) naming the file when it is no such file, of another version, or damaged.
CalibrationState parse_calibration_state(std::string_view bytes, const std::string& file);

}  // namespace xquant::quantize

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "config/config.h"
#include "data/calibration_set.h"
#include "data/preprocess.h"

namespace xquant::data {

/// One input of the model and the part of the configuration that feeds it, checked against each
/// other.
struct InputPlan {
  std::string name;
  DataType type = DataType::kFloat;
  Shape shape{};                ///< -1: any; empty: nothing is known
  bool is_batch_fixed = false;  ///< the model prescribes shape[0]
  std::int64_t file_batch = 1;  ///< shape[0] of one file where the configuration says so
  config::FileType file_type = config::FileType::kImg;
  std::optional<Preprocess> image{};   ///< for images
  std::optional<DataType> raw_type{};  ///< dtype of the configuration
  std::optional<std::string> list{};   ///< data_list_path as written
  std::string pointer{};               ///< of the input_parameters entry
};

/// Matches the entries of input_parameters with the model's inputs: by input_name where it is
/// given, else by position. In the order of specs. Throws Error(kConfig).
std::vector<InputPlan> plan_inputs(const config::Config& config, std::span<const InputSpec> specs,
                                   Diagnostics& diagnostics);

}  // namespace xquant::data

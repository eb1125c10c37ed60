#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/shard.h"

/// The command line of the native program and of `npx xquant`: one grammar, one implementation.
namespace xquant::cli {

enum class Action { kQuantize, kCalibrate, kMerge, kInspect, kCheck, kSchema, kHelp, kVersion };

struct CommandLine {
  Action action = Action::kHelp;
  std::string config_path;                ///< -c, --config
  std::string input_path;                 ///< -i, --input_path; the model of `inspect` and `check`
  std::string output_path;                ///< -o, --output_path
  std::string calibration_path;           ///< --calibration: a state that calibrate wrote
  data::Shard shard;                      ///< --shard I/N: the part that calibrate takes
  std::vector<std::string> merge_paths;   ///< the states of `merge`
  std::vector<std::string> data_lists{};  ///< --data LIST: of `check`, one for each model input
  std::string float_path{};               ///< --float MODEL: of `check`
  std::string vectors_path{};             ///< --vectors DIR: of `check`
  std::uint64_t seed = 1;                 ///< --seed N: of `check`'s random inputs
  int samples = 2;                        ///< --samples N: how many of them
  int threads = 0;                        ///< --threads N; 0: one for each core
  bool json = false;                      ///< --json: one JSON object on stdout
  bool quiet = false;                     ///< --quiet: no progress, no notes
  bool verbose = false;
  bool strict = false;  ///< --strict: unknown configuration keys are errors
};

/// Throws Error(kUsage) naming the argument, with "did you mean" where a flag is close.
CommandLine parse(std::span<const std::string> arguments);

std::string help_text();
std::string version_text();  ///< "xquant 0.1.0"

/// Exit status as documented: 0 done, 1 usage or config, 2 model or data, 3 quality gate, 130
/// interrupted.
int exit_status(ErrorKind kind);

}  // namespace xquant::cli

#include "cli/command_line.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/flags.h"
#include "config/suggest.h"

namespace xquant::cli {
namespace {

constexpr std::string_view kHelp =
    R"(xquant quantizes ONNX models to int8, here, without uploading anything.

  xquant -c cfg.json [-i in.onnx] [-o out.onnx | dir]   quantize as the configuration says
  xquant calibrate -c cfg.json -o state.xqcal           run the data once, for any later choice of ranges
  xquant merge a.xqcal b.xqcal -o all.xqcal             join the states of shards in another file
  xquant inspect model.onnx                             operators, shapes, what would be quantized
  xquant check model.q.onnx [--data list] [--float m]   what runs in int8 and why, ties, headroom
  xquant schema                                         the JSON Schema of the configuration

  -c, --config FILE       XQuant/XSlim configuration (JSON; comments and trailing commas are fine)
  -i, --input_path FILE   float model; overrides the configuration's onnx_model
  -o, --output_path PATH  .onnx file or folder; overrides output_prefix and working_dir;
                          a file that is read for the result is refused
      --calibration FILE  state to take ranges from instead of running the data
      --shard I/N         calibrate: only every N-th sample, beginning with the I-th
      --threads N         threads to use (default: one for each core)
      --json              one machine-readable object on standard output
      --quiet             no progress and no notes
      --verbose           also say where time goes
      --strict            unknown configuration keys are errors
      --version           print the version

of check:
      --data LIST         text file that lists inputs (.npy, raw or images); once for each model input.
                          -c takes the configuration's instead; without both, inputs are random
      --float FILE        the float model, to compare outputs with
      --vectors DIR       write test vectors and a C program that replays them with the int8 library
      --seed N            of the random inputs (default 1)
      --samples N         how many of them (default 2)
  -h, --help              print this text

Exit status: 0 done, 1 usage or configuration, 2 model or data, 3 a quality gate failed, 130 interrupted.
)";

/// Documented flags and commands whose work this release does not do.
constexpr auto kLater = std::to_array<std::string_view>(
    {"--dynq", "--fp16", "--opset", "--ignore_op_types", "--ignore_op_names"});

Error unknown(const std::string& argument) {
  if (std::find(kLater.begin(), kLater.end(), argument) != kLater.end()) {
    return usage("'" + argument + "' is not supported by this release.",
                 "See xquant --help for what is.");
  }
  if (!argument.starts_with('-') && (argument.ends_with(".onnx") || argument.ends_with(".json"))) {
    return usage("Nothing says what '" + argument + "' is for.",
                 argument.ends_with(".onnx")
                     ? "Give the float model after -i: xquant -c cfg.json -i " + argument
                     : "Give the configuration after -c: xquant -c " + argument);
  }
  std::vector<std::string> known;
  for (const Flag& flag : all_flags()) known.emplace_back(flag.name);
  const std::string close = config::nearest(argument, known);
  return usage("Unknown argument '" + argument + "'.",
               close.empty() ? "See xquant --help." : "Did you mean " + close + "?");
}

class Parser {
 public:
  explicit Parser(std::span<const std::string> arguments) : arguments_(arguments) {}

  CommandLine parse() {
    line_.action = Action::kQuantize;
    if (!arguments_.empty()) parse_command();
    while (at_ < arguments_.size()) parse_flag(arguments_[at_++]);
    check();
    return line_;
  }

 private:
  void parse_command() {
    const std::string& first = arguments_[0];
    if (first == "inspect")
      line_.action = Action::kInspect;
    else if (first == "calibrate")
      line_.action = Action::kCalibrate;
    else if (first == "merge")
      line_.action = Action::kMerge;
    else if (first == "check")
      line_.action = Action::kCheck;
    else if (first == "schema")
      line_.action = Action::kSchema;
    else
      return;
    ++at_;
  }

  bool take_operand(const std::string& argument) {
    if (line_.action == Action::kMerge) {
      line_.merge_paths.push_back(argument);
      return true;
    }
    const bool takes_model = line_.action == Action::kInspect || line_.action == Action::kCheck;
    if (!takes_model || !line_.input_path.empty()) return false;
    line_.input_path = argument;
    return true;
  }

  void parse_flag(const std::string& argument) {
    const std::size_t equals = argument.starts_with("--") ? argument.find('=') : std::string::npos;
    const std::string name = argument.substr(0, equals);
    if (!argument.starts_with("-") && take_operand(argument)) return;
    const Flag* flag = find_flag(name);
    if (flag == nullptr) throw unknown(name);
    used_.push_back(flag);
    if (!flag->takes_value) {
      if (equals != std::string::npos)
        throw usage(name + " takes no value.", "Write " + name + " alone.");
      flag->set(line_, "");
      return;
    }
    if (equals != std::string::npos) {
      flag->set(line_, argument.substr(equals + 1));
    } else {
      if (at_ == arguments_.size() || find_flag(arguments_[at_]) != nullptr) {
        throw usage(name + " needs a value.", "See xquant --help.");
      }
      flag->set(line_, arguments_[at_++]);
    }
  }

  void check() const {
    if (line_.action == Action::kHelp || line_.action == Action::kVersion) return;
    for (const Flag* flag : used_) require_known(*flag, line_.action);
    if (line_.action == Action::kInspect && line_.input_path.empty()) {
      throw usage("inspect needs a model.", "Example: xquant inspect model.onnx");
    }
    if (line_.action == Action::kCheck && line_.input_path.empty()) {
      throw usage("check needs a quantized model.", "Example: xquant check model.q.onnx");
    }
    if (line_.action == Action::kCheck && !line_.config_path.empty() && !line_.data_lists.empty()) {
      throw usage("--data and -c both say where inputs come from.", "Give one of them.");
    }
    check_calibration();
    const bool needs_config =
        line_.action == Action::kQuantize || line_.action == Action::kCalibrate;
    if (needs_config && line_.config_path.empty()) {
      throw usage("No configuration is given.",
                  "Quantizing needs calibration data, which the configuration names: xquant -c "
                  "cfg.json. See xquant --help.");
    }
  }

  void check_calibration() const {
    const bool writes_state = line_.action == Action::kCalibrate || line_.action == Action::kMerge;
    if (line_.action == Action::kMerge && line_.merge_paths.size() < 2) {
      throw usage("merge needs two states or more.",
                  "Example: xquant merge a.xqcal b.xqcal -o all.xqcal");
    }
    if (writes_state && line_.output_path.empty()) {
      throw usage("It is not said where the state goes.", "Name a file: -o state.xqcal");
    }
  }

  std::span<const std::string> arguments_;
  std::size_t at_ = 0;
  std::vector<const Flag*> used_;
  CommandLine line_;
};

}  // namespace

CommandLine parse(std::span<const std::string> arguments) { return Parser(arguments).parse(); }

std::string help_text() { return std::string(kHelp); }

std::string version_text() { return "xquant " XQUANT_VERSION; }

int exit_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
    case ErrorKind::kConfig:
      return 1;
    case ErrorKind::kCancelled:
      return 130;
    case ErrorKind::kModel:
    case ErrorKind::kData:
    case ErrorKind::kIo:
    case ErrorKind::kInternal:
      return 2;
  }
  return 2;
}

}  // namespace xquant::cli

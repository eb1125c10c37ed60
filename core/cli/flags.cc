#include "cli/flags.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace xquant::cli {
namespace {

constexpr unsigned bit(Action action) { return 1U << static_cast<unsigned>(action); }

constexpr unsigned kQuantize = bit(Action::kQuantize), kCalibrate = bit(Action::kCalibrate),
                   kMerge = bit(Action::kMerge), kInspect = bit(Action::kInspect),
                   kCheck = bit(Action::kCheck), kEvery = ~0U;

/// A number from least to most.
template <typename Number>
void set_number(Number& number, const char* flag, const std::string& value, Number least,
                Number most) {
  const char* const end = value.data() + value.size();
  const auto [stop, failure] = std::from_chars(value.data(), end, number);
  if (failure == std::errc() && stop == end && number >= least && number <= most) return;
  throw usage(std::string(flag) + " needs a number from " + std::to_string(least) + " to " +
                  std::to_string(most) + ", not '" + value + "'.",
              "Example: " + std::string(flag) + " 2");
}

void set_threads(CommandLine& line, const std::string& value) {
  set_number(line.threads, "--threads", value, 1, 256);
}

void set_samples(CommandLine& line, const std::string& value) {
  set_number(line.samples, "--samples", value, 1, 10000);
}

void set_seed(CommandLine& line, const std::string& value) {
  set_number<std::uint64_t>(line.seed, "--seed", value, 0, std::uint64_t{1} << 53U);
}

void set_shard(CommandLine& line, const std::string& value) {
  const char* const end = value.data() + value.size();
  const auto [slash, first] = std::from_chars(value.data(), end, line.shard.number);
  if (first == std::errc() && slash != end && *slash == '/') {
    const auto [stop, second] = std::from_chars(slash + 1, end, line.shard.of);
    const bool fits = line.shard.number >= 1 && line.shard.number <= line.shard.of;
    if (second == std::errc() && stop == end && fits) return;
  }
  throw usage("--shard needs two numbers I/N with I from 1 to N, not '" + value + "'.",
              "Example: --shard 2/8");
}

constexpr auto kFlags = std::to_array<Flag>({
    {"--config", "-c", true, kQuantize | kCalibrate | kCheck,
     [](CommandLine& line, const std::string& v) { line.config_path = v; }},
    {"--input_path", "-i", true, kQuantize | kCalibrate | kInspect | kCheck,
     [](CommandLine& line, const std::string& v) { line.input_path = v; }},
    {"--output_path", "-o", true, kQuantize | kCalibrate | kMerge,
     [](CommandLine& line, const std::string& v) { line.output_path = v; }},
    {"--calibration", "", true, kQuantize,
     [](CommandLine& line, const std::string& v) { line.calibration_path = v; }},
    {"--shard", "", true, kCalibrate, set_shard},
    {"--threads", "", true, kEvery, set_threads},
    {"--data", "", true, kCheck,
     [](CommandLine& line, const std::string& v) { line.data_lists.push_back(v); }},
    {"--float", "", true, kCheck,
     [](CommandLine& line, const std::string& v) { line.float_path = v; }},
    {"--vectors", "", true, kCheck,
     [](CommandLine& line, const std::string& v) { line.vectors_path = v; }},
    {"--seed", "", true, kCheck, set_seed},
    {"--samples", "", true, kCheck, set_samples},
    {"--json", "", false, kEvery, [](CommandLine& line, const std::string&) { line.json = true; }},
    {"--quiet", "", false, kEvery,
     [](CommandLine& line, const std::string&) { line.quiet = true; }},
    {"--verbose", "", false, kEvery,
     [](CommandLine& line, const std::string&) { line.verbose = true; }},
    {"--strict", "", false, kEvery,
     [](CommandLine& line, const std::string&) { line.strict = true; }},
    {"--version", "", false, kEvery,
     [](CommandLine& line, const std::string&) { line.action = Action::kVersion; }},
    {"--help", "-h", false, kEvery,
     [](CommandLine& line, const std::string&) { line.action = Action::kHelp; }},
});

/// "check", or "calibrate and merge": the commands of a set, as they are written.
std::string names_of(unsigned commands) {
  constexpr auto kNames =
      std::to_array<std::pair<unsigned, std::string_view>>({{kQuantize, "xquant -c"},
                                                            {kCalibrate, "calibrate"},
                                                            {kMerge, "merge"},
                                                            {kInspect, "inspect"},
                                                            {kCheck, "check"}});
  std::string text;
  for (const auto& [command, name] : kNames) {
    if ((commands & command) == 0) continue;
    commands &= ~command;
    text += (text.empty() ? "" : commands == 0 ? " and " : ", ") + std::string(name);
  }
  return text;
}

}  // namespace

std::span<const Flag> all_flags() { return kFlags; }

const Flag* find_flag(std::string_view name) {
  const auto flag = std::find_if(kFlags.begin(), kFlags.end(), [&](const Flag& candidate) {
    return candidate.name == name || (!candidate.letter.empty() && candidate.letter == name);
  });
  return flag == kFlags.end() ? nullptr : &*flag;
}

void require_known(const Flag& flag, Action command) {
  if ((flag.commands & bit(command)) != 0) return;
  throw usage(std::string(flag.name) + " belongs to " + names_of(flag.commands) + ".",
              "Leave it out, or see xquant --help.");
}

Error usage(const std::string& message, const std::string& fix) {
  return Error(ErrorKind::kUsage, "XQ-CLI-001", message, {}, fix);
}

}  // namespace xquant::cli

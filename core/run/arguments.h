#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xquant::run {

/// What the program was asked to do.
struct Arguments {
  bool help = false;
  std::string model{};
  std::vector<std::string> inputs{};  ///< .npy, in the order of the model's inputs; empty: random
  std::uint64_t seed = 1;             ///< of random inputs
  int repeat = 1;
  enum class Print { kOutputs, kTensors };
  Print print = Print::kOutputs;
};

/// Throws Error(kUsage).
Arguments parse_arguments(std::span<const char* const> words);

/// The grammar, in words.
std::string usage_text();

}  // namespace xquant::run

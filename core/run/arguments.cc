#include "run/arguments.h"

#include <charconv>
#include <string_view>

#include "base/error.h"

namespace xquant::run {
namespace {

Error usage(std::string message) {
  return {ErrorKind::kUsage, "XQ-RUN-001", std::move(message), {}, "xquant-run --help"};
}

template <typename Number>
Number number_of(std::string_view option, std::string_view text, Number lowest) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < lowest)
    throw usage(std::string(option) + " needs a number, not '" + std::string(text) + "'.");
  return value;
}

}  // namespace

Arguments parse_arguments(std::span<const char* const> words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const auto value = [&]() -> std::string_view {
      if (i + 1 == words.size()) throw usage(std::string(word) + " needs a value.");
      return words[++i];
    };
    if (word == "-h" || word == "--help") {
      arguments.help = true;
    } else if (word == "--seed") {
      arguments.seed = number_of<std::uint64_t>(word, value(), 0);
    } else if (word == "--repeat") {
      arguments.repeat = number_of<int>(word, value(), 1);
    } else if (word == "--tensors") {
      arguments.print = Arguments::Print::kTensors;
    } else if (word.starts_with("-")) {
      throw usage("There is no option " + std::string(word) + ".");
    } else if (arguments.model.empty()) {
      arguments.model = word;
    } else {
      arguments.inputs.emplace_back(word);
    }
  }
  if (arguments.model.empty() && !arguments.help) throw usage("A quantized model is needed.");
  return arguments;
}

std::string usage_text() {
  return "xquant-run: runs a quantized ONNX model (QDQ or QOperator) in integers\n"
         "\n"
         "  xquant-run model.q.onnx [input.npy ...] [--seed N] [--tensors] [--repeat N]\n"
         "\n"
         "  input.npy    one for each input of the model, in its order; without any, random\n"
         "  --seed N     of random inputs, 1; those of `xquant check --seed N`, first sample\n"
         "  --tensors    also the hash of every quantized tensor, in the order of execution\n"
         "  --repeat N   run N times; the hashes are those of the last run\n"
         "\n"
         "Prints the kernels in use, how many operators run in int8, and of each output name, "
         "type,\n"
         "shape and the SHA-256 of its bytes. Exit status: 0 done, 1 usage, 2 model or data.\n";
}

}  // namespace xquant::run

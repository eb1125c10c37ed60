#include "pipeline/guarded_files.h"

#include <optional>

namespace xquant::pipeline {
namespace {

std::optional<std::uint64_t> size_of(const std::string& path, Files& files) {
  if (!files.exists(path)) return {};
  try {
    return files.open(path)->size();
  } catch (const Error&) {
    return {};  // what cannot be opened was not read either
  }
}

}  // namespace

void refuse_overwriting(const std::vector<std::string>& outputs,
                        const std::map<std::string, std::uint64_t>& read, Files& files,
                        const std::string& fix) {
  // Hundreds of outputs and thousands of inputs: only files of one size are worth comparing.
  std::map<std::uint64_t, std::vector<std::string>> inputs;
  for (const auto& [path, size] : read) inputs[size].push_back(path);
  for (const std::string& output : outputs) {
    const std::optional<std::uint64_t> size = size_of(output, files);
    if (!size || !inputs.contains(*size)) continue;
    for (const std::string& input : inputs.at(*size)) {
      if (files.same(output, input)) throw would_overwrite(output, input, fix);
    }
  }
}

}  // namespace xquant::pipeline

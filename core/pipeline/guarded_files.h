#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace xquant::pipeline {

/// Why a job is refused: what it writes would replace what it reads.
inline Error would_overwrite(const std::string& output, const std::string& input, std::string fix) {
  return Error(ErrorKind::kUsage, "XQ-CLI-011",
               "The output would overwrite the input '" + input + "'.", {.file = output},
               std::move(fix));
}

/// Throws Error(kUsage) when one of the outputs is a file that was read: for outputs whose names
/// are known only afterwards. read: path -> size.
void refuse_overwriting(const std::vector<std::string>& outputs,
                        const std::map<std::string, std::uint64_t>& read, Files& files,
                        const std::string& fix);

/// Passes everything on to other files, but opens none that the job's results would replace:
/// external weights, lists, data and calibration states are known only when they are read, and that
/// is before anything is written. What does not exist yet cannot be lost.
class GuardedFiles final : public Files {
 public:
  GuardedFiles(Files& files, const std::vector<std::string>& outputs) : files_(files) {
    for (const std::string& output : outputs) {
      if (!output.empty() && files.exists(output)) outputs_.push_back(output);
    }
  }

  bool exists(const std::string& path) const override { return files_.exists(path); }
  bool same(const std::string& a, const std::string& b) const override { return files_.same(a, b); }
  /// Throws Error(kUsage) for a file that would be overwritten.
  std::unique_ptr<ByteSource> open(const std::string& path) override {
    for (const std::string& output : outputs_) {
      if (!files_.same(output, path)) continue;
      throw would_overwrite(output, path,
                            "Choose another name with -o, output_prefix or working_dir.");
    }
    return files_.open(path);
  }

 private:
  Files& files_;
  std::vector<std::string> outputs_;  ///< those that exist
};

}  // namespace xquant::pipeline

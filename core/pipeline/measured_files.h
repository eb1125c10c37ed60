#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/files.h"

namespace xquant::pipeline {

/// Passes everything on to other files and keeps the sizes of those that were opened, each once: a
/// model with its external data, all that a check reads.
class MeasuredFiles final : public Files {
 public:
  explicit MeasuredFiles(Files& files) : files_(files) {}

  bool exists(const std::string& path) const override { return files_.exists(path); }
  bool same(const std::string& a, const std::string& b) const override { return files_.same(a, b); }
  std::unique_ptr<ByteSource> open(const std::string& path) override {
    std::unique_ptr<ByteSource> source = files_.open(path);
    sizes_[path] = source->size();
    return source;
  }

  /// By path.
  const std::map<std::string, std::uint64_t>& opened() const { return sizes_; }
  std::int64_t opened_bytes() const {
    std::uint64_t total = 0;
    for (const auto& [path, size] : sizes_) total += size;
    return static_cast<std::int64_t>(total);
  }

 private:
  Files& files_;
  std::map<std::string, std::uint64_t> sizes_;
};

}  // namespace xquant::pipeline

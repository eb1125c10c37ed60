#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xquant::cli {

/// Writes files as one step: all go to temporary names beside their targets first and are renamed
/// when all of them are complete; the destructor removes what was not committed. Folders are made
/// as needed.
class OutputFiles {
 public:
  OutputFiles() = default;
  ~OutputFiles();
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;

  /// Throws Error(kIo) naming the path when its folder cannot be made or written to.
  static void require_writable(const std::string& path);

  void add(const std::string& path, std::string_view bytes);
  void commit();

 private:
  struct Pending {
    std::string temporary;
    std::string target;
  };
  std::vector<Pending> pending_;
};

}  // namespace xquant::cli

#include "cli/output_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/files.h"

namespace xquant::cli {
namespace {

namespace fs = std::filesystem;

Error cannot_write(const std::string& path, const std::string& why) {
  return Error(ErrorKind::kIo, "XQ-IO-002", "Cannot write '" + path + "': " + why + ".",
               {.file = path}, "Choose another place with -o or working_dir.");
}

void make_folder(const std::string& path) {
  const std::string folder = path::parent(path);
  if (folder.empty()) return;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder, error))
    throw cannot_write(path, "its folder cannot be made");
}

std::string temporary_name(const std::string& path) {
  return path + ".partial-" + std::to_string(getpid());
}

}  // namespace

OutputFiles::~OutputFiles() {
  std::error_code ignored;
  for (const Pending& file : pending_) fs::remove(file.temporary, ignored);
}

void OutputFiles::require_writable(const std::string& path) {
  make_folder(path);
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw cannot_write(path, "it is a folder");
  // A renamed file would take the place of a device or a pipe.
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
    throw cannot_write(path, "it is no regular file");
  const std::string folder = path::parent(path);
  if (access(folder.empty() ? "." : folder.c_str(), W_OK) != 0)
    throw cannot_write(path, "no permission");
}

void OutputFiles::add(const std::string& path, std::string_view bytes) {
  make_folder(path);
  pending_.push_back({temporary_name(path), path});
  std::ofstream stream(pending_.back().temporary, std::ios::binary | std::ios::trunc);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) throw cannot_write(path, "the disk is full or there is no permission");
}

void OutputFiles::commit() {
  for (const Pending& file : pending_) {
    std::error_code error;
    fs::rename(file.temporary, file.target, error);
    if (error) throw cannot_write(file.target, error.message());
  }
  pending_.clear();
}

}  // namespace xquant::cli

#include "base/files.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/error.h"

namespace xquant {
namespace {

Error cannot_read(const std::string& path, const std::string& why) {
  return Error(ErrorKind::kIo, "XQ-IO-001", "Cannot read '" + path + "': " + why + ".",
               {.file = path}, "Check the path and its permissions.");
}

class DiskSource final : public ByteSource {
 public:
  explicit DiskSource(const std::string& path) : path_(path), stream_(path, std::ios::binary) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) throw cannot_read(path, "it is a folder");
    if (!stream_) throw cannot_read(path, "no such file or no permission");
    stream_.seekg(0, std::ios::end);
    const std::streamoff end = stream_.tellg();
    if (!stream_ || end < 0) throw cannot_read(path, "it is no regular file");
    size_ = static_cast<std::uint64_t>(end);
  }
  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::span<char> out) override {
    stream_.clear();
    stream_.seekg(static_cast<std::streamoff>(offset));
    stream_.read(out.data(), static_cast<std::streamsize>(out.size()));
    if (static_cast<std::size_t>(stream_.gcount()) != out.size()) {
      throw cannot_read(path_, "it ends before byte " + std::to_string(offset + out.size()));
    }
  }

 private:
  std::string path_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, std::span<char> out) override {
    if (offset > bytes_.size() || bytes_.size() - offset < out.size()) {
      throw cannot_read("(memory)", "it ends before byte " + std::to_string(offset + out.size()));
    }
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
  }

 private:
  std::string_view bytes_;
};

std::size_t last_separator(std::string_view file) { return file.find_last_of("/\\"); }

}  // namespace

bool Files::same(const std::string& a, const std::string& b) const {
  return path::normal(a) == path::normal(b);
}

std::string Files::read(const std::string& path) {
  const std::unique_ptr<ByteSource> source = open(path);
  std::string bytes(static_cast<std::size_t>(source->size()), '\0');
  source->read(0, bytes);
  return bytes;
}

bool DiskFiles::exists(const std::string& path) const {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

std::unique_ptr<ByteSource> DiskFiles::open(const std::string& path) {
  return std::make_unique<DiskSource>(path);
}

bool DiskFiles::same(const std::string& a, const std::string& b) const {
  std::error_code error;
  if (std::filesystem::equivalent(a, b, error)) return true;
  const auto absolute = [&](const std::string& file) {
    return path::normal(std::filesystem::absolute(file, error).generic_string());
  };
  return absolute(a) == absolute(b);
}

void MemoryFiles::put(const std::string& path, std::string bytes) {
  files_[path::normal(path)] = std::move(bytes);
}

bool MemoryFiles::exists(const std::string& path) const {
  return files_.contains(path::normal(path));
}

std::unique_ptr<ByteSource> MemoryFiles::open(const std::string& path) {
  const auto found = files_.find(path::normal(path));
  if (found == files_.end()) throw cannot_read(path, "no such file");
  return memory_source(found->second);
}

std::unique_ptr<ByteSource> memory_source(std::string_view bytes) {
  return std::make_unique<MemorySource>(bytes);
}

namespace path {

std::string parent(std::string_view file) {
  const std::size_t at = last_separator(file);
  if (at == std::string_view::npos) return "";
  return std::string(file.substr(0, at == 0 ? 1 : at));
}

std::string filename(std::string_view file) {
  const std::size_t at = last_separator(file);
  return std::string(at == std::string_view::npos ? file : file.substr(at + 1));
}

std::string stem(std::string_view file) {
  const std::string name = filename(file);
  const std::size_t dot = name.find_last_of('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

bool is_absolute(std::string_view file) {
  if (!file.empty() && (file[0] == '/' || file[0] == '\\')) return true;
  return file.size() > 2 && file[1] == ':' && (file[2] == '/' || file[2] == '\\');
}

std::string join(std::string_view folder, std::string_view file) {
  if (folder.empty() || is_absolute(file)) return std::string(file);
  const bool separated = folder.back() == '/' || folder.back() == '\\';
  return std::string(folder) + (separated ? "" : "/") + std::string(file);
}

std::string normal(std::string_view file) {
  return std::filesystem::path(file).lexically_normal().generic_string();
}

}  // namespace path
}  // namespace xquant

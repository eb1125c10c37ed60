#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace xquant {

/// Random access to the bytes of one file, wherever it is (disk, memory, a browser's File).
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  /// Fills out with the bytes from offset. Throws Error(kIo) when they are not all there.
  virtual void read(std::uint64_t offset, std::span<char> out) = 0;
};

/// The files a job may see. Paths use '/', on Windows also '\'. All errors are Error(kIo) with the
/// path.
class Files {
 public:
  virtual ~Files() = default;
  virtual bool exists(const std::string& path) const = 0;
  virtual std::unique_ptr<ByteSource> open(const std::string& path) = 0;
  /// Whether both paths mean one file, so that writing one would change the other. As far as the
  /// spelling tells, unless the implementation knows more.
  virtual bool same(const std::string& a, const std::string& b) const;

  /// The whole file.
  std::string read(const std::string& path);
};

/// The disk of a native program.
class DiskFiles final : public Files {
 public:
  bool exists(const std::string& path) const override;
  std::unique_ptr<ByteSource> open(const std::string& path) override;
  /// Sees through links and through relative and absolute spellings.
  bool same(const std::string& a, const std::string& b) const override;
};

/// Files held in memory, found under every spelling of their paths.
class MemoryFiles final : public Files {
 public:
  void put(const std::string& path, std::string bytes);
  bool exists(const std::string& path) const override;
  std::unique_ptr<ByteSource> open(const std::string& path) override;

 private:
  std::map<std::string, std::string> files_;
};

/// A source over bytes that the caller keeps alive.
std::unique_ptr<ByteSource> memory_source(std::string_view bytes);

namespace path {
/// "a/b/c.txt" -> "a/b"; "" when there is no folder in it; "/" stays "/".
std::string parent(std::string_view file);
/// "a/b/c.txt" -> "c.txt".
std::string filename(std::string_view file);
/// "a/b/c.q.onnx" -> "c.q".
std::string stem(std::string_view file);
bool is_absolute(std::string_view file);
/// file itself when it is absolute or folder is empty, else folder/file.
std::string join(std::string_view folder, std::string_view file);
/// Removes "." and resolves ".." lexically, so that two spellings of one path compare equal.
std::string normal(std::string_view file);
}  // namespace path

}  // namespace xquant

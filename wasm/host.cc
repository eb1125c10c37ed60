#include "host.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace xquant::wasm {

using emscripten::typed_memory_view;
using emscripten::val;

namespace {

/// Bytes cross in pieces, so that a large file does not exist twice.
constexpr std::size_t kPieceBytes = std::size_t{16} << 20;

Error cannot_read(const std::string& path, const std::string& why) {
  return Error(ErrorKind::kIo, "XQ-IO-001", "Cannot read '" + path + "': " + why + ".",
               {.file = path}, "Check the path and its permissions.");
}

class HostSource final : public ByteSource {
 public:
  HostSource(Host host, std::string path, std::uint64_t size)
      : host_(std::move(host)), path_(std::move(path)), size_(size) {}

  std::uint64_t size() const override { return size_; }

  void read(std::uint64_t offset, std::span<char> out) override {
    if (offset > size_ || size_ - offset < out.size()) {
      throw cannot_read(path_, "it ends before byte " + std::to_string(offset + out.size()));
    }
    while (!out.empty()) {
      const std::size_t length = std::min(out.size(), kPieceBytes);
      read_piece(offset, out.first(length));
      offset += length;
      out = out.subspan(length);
    }
  }

 private:
  void read_piece(std::uint64_t offset, std::span<char> out) {
    const val bytes = host_.call<val>("read", path_, static_cast<double>(offset),
                                      static_cast<double>(out.size()));
    if (bytes.isString()) throw cannot_read(path_, bytes.as<std::string>());
    if (bytes["length"].as<std::size_t>() != out.size()) {
      throw cannot_read(path_, "it ends before byte " + std::to_string(offset + out.size()));
    }
    auto* const data = reinterpret_cast<unsigned char*>(out.data());
    val(typed_memory_view(out.size(), data)).call<void>("set", bytes);
  }

  Host host_;
  std::string path_;
  std::uint64_t size_;
};

}  // namespace

bool HostFiles::exists(const std::string& path) const { return host_.call<bool>("exists", path); }

std::unique_ptr<ByteSource> HostFiles::open(const std::string& path) {
  const val size = host_.call<val>("size", path);
  if (size.isString()) throw cannot_read(path, size.as<std::string>());
  return std::make_unique<HostSource>(host_, path, static_cast<std::uint64_t>(size.as<double>()));
}

bool HostFiles::same(const std::string& a, const std::string& b) const {
  return host_.call<bool>("same", a, b);
}

void HostMonitor::progress(const Progress& now) {
  cancelled_ = host_.call<bool>("progress", std::string(now.phase), static_cast<double>(now.done),
                                static_cast<double>(now.total));
}

}  // namespace xquant::wasm

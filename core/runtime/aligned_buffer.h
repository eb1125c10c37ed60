#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace xquant::runtime {

/// Alignment of every tensor in an arena and of packed weights: a cache line, and the widest vector
/// of x86.
inline constexpr std::size_t kAlignment = 64;

constexpr std::size_t align_up(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// Uninitialized bytes on a cache line boundary. Growing it drops what was in it.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t bytes) { require(bytes); }

  /// Makes room for at least that many bytes.
  void require(std::size_t bytes) {
    if (bytes <= size_) return;
    data_.reset();
    data_.reset(static_cast<std::byte*>(::operator new(bytes, std::align_val_t(kAlignment))));
    size_ = bytes;
  }

  std::byte* data() const { return data_.get(); }
  float* floats() const { return reinterpret_cast<float*>(data_.get()); }
  std::size_t size() const { return size_; }

 private:
  struct Release {
    void operator()(std::byte* bytes) const {
      ::operator delete(bytes, std::align_val_t(kAlignment));
    }
  };
  std::unique_ptr<std::byte, Release> data_;
  std::size_t size_ = 0;
};

}  // namespace xquant::runtime

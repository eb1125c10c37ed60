#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace xquant::onnx {

/// A protobuf message under construction (wire format:
/// https://protobuf.dev/programming-guides/encoding/) as a list of pieces, so that weights are
/// referred to where they lie instead of being copied into it. Since concatenating two serialized
/// messages merges them, kept bytes are added back with append().
class Rope {
 public:
  /// Bytes of finished fields.
  void append(std::string_view bytes);
  void number(int field, std::int64_t value);
  void fixed32(int field, float value);
  void bytes(int field, std::string_view value);
  /// Nothing when value is empty, which is the default of every string field.
  void bytes_unless_empty(int field, std::string_view value);
  void message(int field, Rope&& value);
  /// value is referred to and must outlive the rope.
  void borrowed_bytes(int field, std::string_view value);

  std::uint64_t size() const { return size_; }
  void for_each_piece(const std::function<void(std::string_view)>& sink) const;

 private:
  struct Piece {
    std::string owned;
    std::string_view borrowed;  ///< follows owned
  };

  void varint(std::uint64_t value);
  void tag(int field, int wire_type);
  std::string& tail();

  std::vector<Piece> pieces_;
  std::uint64_t size_ = 0;
};

}  // namespace xquant::onnx

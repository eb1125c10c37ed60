#include "onnx/rope.h"

#include <bit>
#include <utility>

namespace xquant::onnx {
namespace {

constexpr int kVarint = 0;
constexpr int kLengthDelimited = 2;
constexpr int kFixed32 = 5;
constexpr std::size_t kWorthBorrowing = 256;

}  // namespace

std::string& Rope::tail() {
  if (pieces_.empty() || !pieces_.back().borrowed.empty()) pieces_.emplace_back();
  return pieces_.back().owned;
}

void Rope::append(std::string_view bytes) {
  if (bytes.empty()) return;
  tail().append(bytes);
  size_ += bytes.size();
}

void Rope::varint(std::uint64_t value) {
  char encoded[10];
  std::size_t length = 0;
  for (; value >= 0x80; value >>= 7) encoded[length++] = static_cast<char>((value & 0x7f) | 0x80);
  encoded[length++] = static_cast<char>(value);
  append({encoded, length});
}

void Rope::tag(int field, int wire_type) {
  varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire_type));
}

void Rope::number(int field, std::int64_t value) {
  tag(field, kVarint);
  varint(static_cast<std::uint64_t>(value));
}

void Rope::fixed32(int field, float value) {
  tag(field, kFixed32);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const char encoded[4] = {static_cast<char>(bits & 0xff), static_cast<char>(bits >> 8 & 0xff),
                           static_cast<char>(bits >> 16 & 0xff), static_cast<char>(bits >> 24)};
  append({encoded, sizeof(encoded)});
}

void Rope::bytes(int field, std::string_view value) {
  tag(field, kLengthDelimited);
  varint(value.size());
  append(value);
}

void Rope::bytes_unless_empty(int field, std::string_view value) {
  if (!value.empty()) bytes(field, value);
}

void Rope::message(int field, Rope&& value) {
  tag(field, kLengthDelimited);
  varint(value.size_);
  for (Piece& piece : value.pieces_) {
    tail().append(piece.owned);
    pieces_.back().borrowed = piece.borrowed;
  }
  size_ += value.size_;
}

void Rope::borrowed_bytes(int field, std::string_view value) {
  if (value.size() < kWorthBorrowing) return bytes(field, value);
  tag(field, kLengthDelimited);
  varint(value.size());
  tail();
  pieces_.back().borrowed = value;
  size_ += value.size();
}

void Rope::for_each_piece(const std::function<void(std::string_view)>& sink) const {
  for (const Piece& piece : pieces_) {
    if (!piece.owned.empty()) sink(piece.owned);
    if (!piece.borrowed.empty()) sink(piece.borrowed);
  }
}

}  // namespace xquant::onnx

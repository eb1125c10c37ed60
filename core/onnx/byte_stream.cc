#include "onnx/byte_stream.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "onnx/recognize.h"

namespace xquant::onnx {
namespace {

constexpr std::size_t kBlockBytes = 1 << 20;

// A source's exception must not travel through protobuf's frames; it is kept and thrown afterwards.
class SourceStream final : public google::protobuf::io::ZeroCopyInputStream {
 public:
  explicit SourceStream(ByteSource& source) : source_(source), size_(source.size()) {
    block_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, size_)));
  }

  bool Next(const void** data, int* size) override {
    if (backed_up_ > 0) {
      *data = block_.data() + (filled_ - backed_up_);
      *size = static_cast<int>(backed_up_);
      backed_up_ = 0;
      return true;
    }
    if (position_ >= size_ || failure_) return false;
    filled_ = static_cast<std::size_t>(std::min<std::uint64_t>(block_.size(), size_ - position_));
    try {
      cancellation_point();
      source_.read(position_, {block_.data(), filled_});
    } catch (...) {
      failure_ = std::current_exception();
      return false;
    }
    position_ += filled_;
    *data = block_.data();
    *size = static_cast<int>(filled_);
    return true;
  }

  void BackUp(int count) override { backed_up_ = static_cast<std::size_t>(count); }

  bool Skip(int count) override {
    auto wanted = static_cast<std::uint64_t>(count);
    const std::uint64_t buffered = std::min<std::uint64_t>(wanted, backed_up_);
    backed_up_ -= static_cast<std::size_t>(buffered);
    wanted -= buffered;
    const bool enough = wanted <= size_ - position_;
    position_ = enough ? position_ + wanted : size_;
    return enough;
  }

  std::int64_t ByteCount() const override {
    return static_cast<std::int64_t>(position_ - backed_up_);
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  ByteSource& source_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;  // of the byte after the block
  std::vector<char> block_;
  std::size_t filled_ = 0;
  std::size_t backed_up_ = 0;
  std::exception_ptr failure_;
};

enum class Damage { kInside, kCutOff, kNotOnnx };

// Walks over the fields of the outermost message only (wire format:
// https://protobuf.dev/programming-guides/encoding/), to say what is wrong with a file that did not
// parse.
class FieldWalk {
 public:
  explicit FieldWalk(ByteSource& source) : source_(source), size_(source.size()) {}

  Damage run() {
    constexpr int kEnough =
        100000;  // a model has few fields at the top; garbage may have very many
    for (int i = 0; i < kEnough && position_ < size_; ++i) {
      std::uint64_t tag = 0;
      if (!varint(tag)) return cut_off_or(i);
      if (!is_model_field(tag)) return i == 0 ? Damage::kNotOnnx : Damage::kInside;
      std::uint64_t value = 0;
      if (!varint(value)) return cut_off_or(i);
      if ((tag & 7) == 2) {
        if (value > size_ - position_) return cut_off_or(i);
        position_ += value;
      }
    }
    return Damage::kInside;
  }

 private:
  // A single wrong field says nothing; a model starts with its IR version and goes on.
  static Damage cut_off_or(int fields_before) {
    return fields_before == 0 ? Damage::kNotOnnx : Damage::kCutOff;
  }

  static bool is_model_field(std::uint64_t tag) {
    const std::uint64_t field = tag >> 3;
    const bool number = field == 1 || field == 5;
    const bool known =
        (field >= 1 && field <= 8) || field == 14 || field == 20 || field == 25 || field == 26;
    return known && (tag & 7) == (number ? 0U : 2U);
  }

  bool varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (position_ >= size_) return false;
      char byte = 0;
      source_.read(position_++, {&byte, 1});
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(byte) & 0x7f) << shift;
      if ((static_cast<unsigned char>(byte) & 0x80) == 0) return true;
    }
    return false;
  }

  ByteSource& source_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
};

[[noreturn]] void fail_not_onnx(const Context& context) {
  fail("003", "This is not an ONNX model.", context.place(),
       "Check that the path names an .onnx file and that the download was complete.");
}

void refuse_foreign(ByteSource& source, const Context& context) {
  std::string head(
      static_cast<std::size_t>(std::min<std::uint64_t>(kRecognizeBytes, source.size())), '\0');
  source.read(0, head);
  const Foreign foreign = recognize(head);
  if (foreign.what.empty()) return;
  fail("002", "This is not an ONNX model; it looks like " + std::string(foreign.what) + ".",
       context.place(), std::string(foreign.fix));
}

[[noreturn]] void explain_damage(ByteSource& source, const Context& context) {
  switch (FieldWalk(source).run()) {
    case Damage::kNotOnnx:
      fail_not_onnx(context);
    case Damage::kCutOff:
      fail("004",
           "The model is cut off: the file ends after " + std::to_string(source.size()) +
               " bytes in the middle of it.",
           context.place(), "Download or copy it again.");
    case Damage::kInside:
      break;
  }
  fail("005", "The model is damaged, or its subgraphs are nested too deeply.", context.place(),
       "Check the file with onnx.checker; download or export it again.");
}

}  // namespace

pb::ModelProto parse_proto(ByteSource& source, const Context& context) {
  const std::uint64_t size = source.size();
  if (size == 0) fail("001", "The model file is empty.", context.place(), "Export it again.");
  refuse_foreign(source, context);
  if (size > kMaxFileBytes) {
    fail("006",
         "The model file has " + std::to_string(size) +
             " bytes; an ONNX file can have 2147483647 at most.",
         context.place(), "Save it with external data.");
  }
  SourceStream stream(source);
  pb::ModelProto model;
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetTotalBytesLimit(std::numeric_limits<int>::max());
  const bool parsed = model.ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage();
  stream.rethrow();
  if (!parsed) explain_damage(source, context);
  if (!model.has_ir_version() && !model.has_graph()) fail_not_onnx(context);
  return model;
}

}  // namespace xquant::onnx

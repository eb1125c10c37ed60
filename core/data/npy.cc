#include "data/npy.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace xquant::data {
namespace {

/// The dictionary in front of the elements: {'descr': '<f4', 'fortran_order': False, 'shape': (1,
/// 3), }.
struct Header {
  DataType type = DataType::kUndefined;
  bool big_endian = false;
  bool fortran_order = false;
  Shape shape{};
  std::size_t data_offset = 0;
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  Header header() {
    constexpr std::string_view kMagic = "\x93NUMPY";
    if (!bytes_.starts_with(kMagic) || bytes_.size() < 10) throw error("it is not a .npy file");
    const auto version = static_cast<unsigned char>(bytes_[6]);
    if (version < 1 || version > 3) throw error("format version " + std::to_string(version));
    const std::size_t length_bytes = version == 1 ? 2 : 4;
    const std::size_t begin = 8 + length_bytes;
    if (bytes_.size() < begin) throw error("it ends within the header");
    std::size_t length = 0;
    for (std::size_t i = length_bytes; i > 0; --i) {
      length = length << 8 | static_cast<unsigned char>(bytes_[7 + i]);
    }
    if (length > bytes_.size() - begin) throw error("it ends within the header");
    text_ = bytes_.substr(begin, length);
    Header header;
    header.data_offset = begin + length;
    read_type(header);
    header.fortran_order = value_of("fortran_order").starts_with("True");
    read_shape(header);
    return header;
  }

  Error error(const std::string& why) const {
    return Error(ErrorKind::kData, "XQ-DAT-002",
                 "Cannot read the array '" + file_ + "': " + why + ".", {.file = file_},
                 "Write it with numpy.save as an array of a numeric type, without pickling.");
  }

 private:
  /// What stands behind 'key':.
  std::string_view value_of(std::string_view key) const {
    const std::string quoted = "'" + std::string(key) + "'";
    std::size_t at = text_.find(quoted);
    if (at == text_.npos) throw error("its header has no " + quoted);
    at = text_.find_first_not_of(" :", at + quoted.size());
    if (at == text_.npos) throw error("its header has no value for " + quoted);
    return text_.substr(at);
  }

  /// The value of 'descr' as it is written: a quoted name, or the list of a record's fields.
  static std::string_view written_type(std::string_view value) {
    const bool record = value.starts_with('[');
    const std::size_t end = value.find(record ? ']' : '\'', 1);
    return value.substr(0, end == value.npos ? end : end + 1);
  }

  void read_type(Header& header) const {
    static const std::vector<std::pair<std::string_view, DataType>> kTypes{
        {"b1", DataType::kBool},    {"i1", DataType::kInt8},   {"u1", DataType::kUint8},
        {"i2", DataType::kInt16},   {"u2", DataType::kUint16}, {"i4", DataType::kInt32},
        {"u4", DataType::kUint32},  {"i8", DataType::kInt64},  {"u8", DataType::kUint64},
        {"f2", DataType::kFloat16}, {"f4", DataType::kFloat},  {"f8", DataType::kDouble}};
    const std::string_view value = value_of("descr");
    const std::size_t end = value.find('\'', 1);
    const std::string_view descr = value.starts_with('\'') && end != value.npos
                                       ? value.substr(1, end - 1)
                                       : std::string_view();
    for (const auto& [code, type] : kTypes) {
      if (descr.size() == 3 && descr.substr(1) == code) header.type = type;
    }
    if (header.type == DataType::kUndefined ||
        std::string_view("<>|=").find(descr[0]) == descr.npos) {
      throw error("element type " + std::string(written_type(value)));
    }
    header.big_endian = descr[0] == '>';
  }

  void read_shape(Header& header) const {
    std::string_view value = value_of("shape");
    const std::size_t end = value.find(')');
    if (!value.starts_with('(') || end == value.npos) throw error("its header has no shape");
    value = value.substr(1, end - 1);
    while (!value.empty()) {
      std::int64_t dim = 0;
      const auto [rest, failure] = std::from_chars(value.data(), value.data() + value.size(), dim);
      if (failure != std::errc() || dim < 0) throw error("its shape cannot be read");
      header.shape.push_back(dim);
      value.remove_prefix(static_cast<std::size_t>(rest - value.data()));
      value.remove_prefix(std::min(value.find_first_not_of("L, "), value.size()));
    }
  }

  std::string_view bytes_;
  const std::string& file_;
  std::string_view text_{};
};

/// Number of bytes of the elements; checked, because the header is not to be trusted.
std::size_t data_size(const Header& header, const Reader& reader) {
  const auto width = static_cast<std::int64_t>(byte_size(header.type, 1));
  std::int64_t size = width;
  for (const std::int64_t dim : header.shape) {
    if (dim != 0 && size > std::numeric_limits<std::int32_t>::max() / dim) {
      throw reader.error("it claims more than 2 GB");
    }
    size *= dim;
  }
  return static_cast<std::size_t>(size);
}

void swap_bytes(std::string& bytes, std::size_t width) {
  for (std::size_t at = 0; at + width <= bytes.size(); at += width) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + width));
  }
}

/// From first dimension fastest to last dimension fastest.
std::string to_row_major(const std::string& bytes, const Shape& shape, std::size_t width) {
  std::string result(bytes.size(), '\0');
  std::vector<std::size_t> strides(shape.size(), width);
  for (std::size_t i = 1; i < shape.size(); ++i) {
    strides[i] = strides[i - 1] * static_cast<std::size_t>(shape[i - 1]);
  }
  Shape index(shape.size(), 0);
  for (std::size_t out = 0; out < bytes.size(); out += width) {
    std::size_t in = 0;
    for (std::size_t i = 0; i < shape.size(); ++i)
      in += strides[i] * static_cast<std::size_t>(index[i]);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(in), width,
                result.begin() + static_cast<std::ptrdiff_t>(out));
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (++index[i] < shape[i]) break;
      index[i] = 0;
    }
  }
  return result;
}

}  // namespace

Tensor read_npy(std::span<const char> bytes, const std::string& file) {
  Reader reader({bytes.data(), bytes.size()}, file);
  const Header header = reader.header();
  const std::size_t size = data_size(header, reader);
  const std::size_t present = bytes.size() - header.data_offset;
  if (present != size) {
    throw reader.error("shape " + to_string(header.shape) + " of " +
                       std::string(name(header.type)) + " takes " + std::to_string(size) +
                       " bytes, but " + std::to_string(present) + " are there");
  }
  std::string elements(bytes.data() + header.data_offset, size);
  const std::size_t width = byte_size(header.type, 1);
  if (header.big_endian) swap_bytes(elements, width);
  if (header.fortran_order && header.shape.size() > 1) {
    elements = to_row_major(elements, header.shape, width);
  }
  return Tensor(header.type, header.shape, std::move(elements));
}

}  // namespace xquant::data

#include "onnx/tensor_reader.h"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace xquant::onnx {
namespace {

// Far above any file, and so small that bits and bytes cannot overflow 64 bits.
constexpr std::int64_t kMaxElements = std::int64_t{1} << 48;

[[noreturn]] void fail_data(std::string message, const Place& place) {
  fail("015", std::move(message), place,
       "The file is damaged or was written wrongly; export it again.");
}

std::int64_t checked_count(const pb::TensorProto& proto, const Place& place) {
  std::int64_t count = 1;
  std::int64_t nonzero = 1;  // also [0, 2^62, 2^62] must not overflow later
  for (const std::int64_t dim : proto.dims()) {
    if (dim < 0) {
      fail("014", "A tensor has the negative dimension " + std::to_string(dim) + ".", place,
           "Constant tensors need dimensions of 0 or more.");
    }
    if (dim == 0) {
      count = 0;
    } else if (dim > kMaxElements / nonzero) {
      fail("014", "The dimensions of a tensor multiply to more elements than a file can hold.",
           place, "The file is damaged; export it again.");
    } else {
      nonzero *= dim;
    }
  }
  return count == 0 ? 0 : nonzero;
}

DataType checked_type(const pb::TensorProto& proto, const Place& place) {
  const auto type = static_cast<DataType>(proto.data_type());
  if (type != DataType::kString && bit_width(type) == 0) {
    fail("016", "A tensor has the unknown element type " + std::to_string(proto.data_type()) + ".",
         place, "ONNX defines the types 1 to 26.");
  }
  return type;
}

// The field of TensorProto that holds elements of a type when they are not raw.
enum class Field { kNone, kRaw, kFloat, kInt32, kString, kInt64, kDouble, kUint64 };

std::string_view name(Field field) {
  switch (field) {
    case Field::kRaw:
      return "raw_data";
    case Field::kFloat:
      return "float_data";
    case Field::kInt32:
      return "int32_data";
    case Field::kString:
      return "string_data";
    case Field::kInt64:
      return "int64_data";
    case Field::kDouble:
      return "double_data";
    case Field::kUint64:
      return "uint64_data";
    case Field::kNone:
      break;
  }
  return "no data";
}

Field typed_field(DataType type) {
  switch (type) {
    case DataType::kFloat:
    case DataType::kComplex64:
      return Field::kFloat;
    case DataType::kDouble:
    case DataType::kComplex128:
      return Field::kDouble;
    case DataType::kInt64:
      return Field::kInt64;
    case DataType::kUint32:
    case DataType::kUint64:
      return Field::kUint64;
    case DataType::kString:
      return Field::kString;
    default:
      return Field::kInt32;
  }
}

Field used_field(const pb::TensorProto& proto, const Place& place) {
  Field used = Field::kNone;
  const auto mark = [&](bool present, Field field) {
    if (!present) return;
    if (used != Field::kNone) {
      fail_data("A tensor has its data twice, in " + std::string(name(used)) + " and " +
                    std::string(name(field)) + ".",
                place);
    }
    used = field;
  };
  mark(proto.has_raw_data(), Field::kRaw);
  mark(proto.float_data_size() > 0, Field::kFloat);
  mark(proto.int32_data_size() > 0, Field::kInt32);
  mark(proto.string_data_size() > 0, Field::kString);
  mark(proto.int64_data_size() > 0, Field::kInt64);
  mark(proto.double_data_size() > 0, Field::kDouble);
  mark(proto.uint64_data_size() > 0, Field::kUint64);
  return used;
}

template <typename Element>
std::string copy_bytes(const google::protobuf::RepeatedField<Element>& values) {
  return {reinterpret_cast<const char*>(values.data()),
          static_cast<std::size_t>(values.size()) * sizeof(Element)};
}

// Cells of 1, 2 or 4 bytes from wider numbers. Writers store unsigned bit patterns (float16, uint8)
// as well as signed ones, so a cell of b bits takes anything from -2^(b-1) to 2^b - 1; beyond 2^63
// unsigned numbers turn negative.
template <typename Element>
std::string narrow(const google::protobuf::RepeatedField<Element>& values, int cell_bytes,
                   const Place& place) {
  if (cell_bytes == sizeof(Element)) return copy_bytes(values);
  const int bits = 8 * cell_bytes;
  const std::int64_t lowest =
      std::is_signed_v<Element> ? -(std::int64_t{1} << (bits - 1)) : std::int64_t{0};
  const std::int64_t highest = (std::int64_t{1} << bits) - 1;
  std::string bytes(static_cast<std::size_t>(values.size()) * static_cast<std::size_t>(cell_bytes),
                    '\0');
  char* out = bytes.data();
  for (const Element element : values) {
    const auto value = static_cast<std::int64_t>(element);
    if (value < lowest || value > highest) {
      fail_data("A tensor holds the number " + std::to_string(element) +
                    ", which its element type cannot express.",
                place);
    }
    for (int i = 0; i < cell_bytes; ++i) *out++ = static_cast<char>((value >> (8 * i)) & 0xff);
  }
  return bytes;
}

std::string take_raw(pb::TensorProto& proto) {
  std::string bytes = std::move(*proto.mutable_raw_data());
  // Beyond 50 MB protobuf lets strings grow by doubling.
  if (bytes.capacity() > bytes.size() + bytes.size() / 4) bytes.shrink_to_fit();
  return bytes;
}

std::string take_bytes(pb::TensorProto& proto, DataType type, Field field, const Place& place) {
  switch (field) {
    case Field::kRaw:
      return take_raw(proto);
    case Field::kFloat:
      return copy_bytes(proto.float_data());
    case Field::kDouble:
      return copy_bytes(proto.double_data());
    case Field::kInt64:
      return copy_bytes(proto.int64_data());
    case Field::kInt32:
      return narrow(proto.int32_data(), std::max(1, bit_width(type) / 8), place);
    case Field::kUint64:
      return narrow(proto.uint64_data(), bit_width(type) / 8, place);
    case Field::kString:
    case Field::kNone:
      break;
  }
  return {};
}

// clear_...() alone would keep the memory until the whole message dies.
void clear_data(pb::TensorProto& proto) {
  google::protobuf::RepeatedField<float>().Swap(proto.mutable_float_data());
  google::protobuf::RepeatedField<std::int32_t>().Swap(proto.mutable_int32_data());
  google::protobuf::RepeatedField<std::int64_t>().Swap(proto.mutable_int64_data());
  google::protobuf::RepeatedField<double>().Swap(proto.mutable_double_data());
  google::protobuf::RepeatedField<std::uint64_t>().Swap(proto.mutable_uint64_data());
  google::protobuf::RepeatedPtrField<std::string>().Swap(proto.mutable_string_data());
  proto.clear_raw_data();
  proto.clear_dims();
  proto.clear_data_type();
  proto.clear_data_location();
}

Tensor take_strings(pb::TensorProto& proto, Shape shape, const Place& place) {
  const auto count = static_cast<std::size_t>(element_count(shape));
  if (static_cast<std::size_t>(proto.string_data_size()) != count) {
    fail_data("A string tensor of shape " + to_string(shape) + " has " +
                  std::to_string(proto.string_data_size()) + " elements.",
              place);
  }
  std::vector<std::string> values;
  values.reserve(count);
  for (std::string& value : *proto.mutable_string_data()) values.push_back(std::move(value));
  return Tensor::strings(std::move(shape), std::move(values));
}

void check_booleans(const std::string& bytes, const Place& place) {
  if (std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0 || c == 1; })) return;
  fail_data("A tensor of booleans holds a byte that is neither 0 nor 1.", place);
}

}  // namespace

std::uint64_t packed_bytes(const pb::TensorProto& proto, const Place& place) {
  const auto bits = static_cast<std::uint64_t>(bit_width(checked_type(proto, place)));
  return (static_cast<std::uint64_t>(checked_count(proto, place)) * bits + 7) / 8;
}

Tensor take_tensor(pb::TensorProto& proto, const Place& place) {
  if (proto.has_segment()) {
    fail("026", "A tensor is stored in segments, which no ONNX tool writes.", place,
         "Save the model again with the onnx Python package.");
  }
  const DataType type = checked_type(proto, place);
  const std::uint64_t expected = packed_bytes(proto, place);
  Shape shape(proto.dims().begin(), proto.dims().end());
  const Field field = used_field(proto, place);
  if (field != Field::kNone && field != typed_field(type) &&
      (field != Field::kRaw || type == DataType::kString)) {
    fail_data("A tensor of type " + std::string(xquant::name(type)) + " has its data in " +
                  std::string(name(field)) + ".",
              place);
  }
  Tensor tensor;
  if (type == DataType::kString) {
    tensor = take_strings(proto, std::move(shape), place);
  } else {
    std::string bytes = take_bytes(proto, type, field, place);
    if (bytes.size() != expected) {
      fail_data("A tensor of type " + std::string(xquant::name(type)) + " and shape " +
                    to_string(shape) + " needs " + std::to_string(expected) +
                    " bytes of data and has " + std::to_string(bytes.size()) + ".",
                place);
    }
    if (type == DataType::kBool) check_booleans(bytes, place);
    tensor = Tensor(type, std::move(shape), std::move(bytes));
  }
  clear_data(proto);
  return tensor;
}

}  // namespace xquant::onnx

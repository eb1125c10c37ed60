#include "data/npy.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/golden.h"

namespace xquant::data {
namespace {

std::string dtype_of(DataType type) {
  if (type == DataType::kFloat) return "float32";
  if (type == DataType::kDouble) return "float64";
  return std::string(name(type));
}

std::string dims_of(const Shape& shape) {
  const std::string text = to_string(shape);
  return shape.empty() ? "-" : text.substr(1, text.size() - 2);
}

TEST(ReadNpy, ReadsWhatNumPyWrites) {
  for (const std::vector<std::string>& line : golden_lines("arrays.txt")) {
    const Tensor tensor = read_npy(from_hex(line.at(1)), line.at(0));
    EXPECT_EQ(dtype_of(tensor.type()), line.at(2)) << line.at(0);
    EXPECT_EQ(dims_of(tensor.shape()), line.at(3)) << line.at(0);
    EXPECT_EQ(std::string(tensor.bytes().begin(), tensor.bytes().end()), from_hex(line.at(4)))
        << line.at(0) << "; " << how_to_regenerate();
  }
}

std::string message_of(std::string bytes) {
  try {
    read_npy(bytes, "x.npy");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_EQ(error.place().file, "x.npy");
    return error.message();
  }
  return "read";
}

std::string with_header(const std::string& header, const std::string& data = "") {
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
         data;
}

TEST(ReadNpy, NamesWhatIsWrong) {
  EXPECT_EQ(message_of("PK"), "Cannot read the array 'x.npy': it is not a .npy file.");
  EXPECT_EQ(message_of(with_header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }")),
            "Cannot read the array 'x.npy': element type '|O'.");
  EXPECT_EQ(
      message_of(with_header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }")),
      "Cannot read the array 'x.npy': element type [('a', '<f4')].");
  EXPECT_EQ(
      message_of(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "1234")),
      "Cannot read the array 'x.npy': shape [2] of float takes 8 bytes, but 4 are there.");
  EXPECT_EQ(message_of(with_header(
                "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }")),
            "Cannot read the array 'x.npy': it claims more than 2 GB.");
}

TEST(ReadNpy, SurvivesFilesThatEndAnywhere) {
  const std::string bytes = from_hex(golden_lines("arrays.txt").at(10).at(1));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(message_of(bytes.substr(0, size)), "read") << size;
  }
}

}  // namespace
}  // namespace xquant::data

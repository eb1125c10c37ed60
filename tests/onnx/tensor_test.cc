#include <gtest/gtest.h>

#include <limits>

#include "onnx/model_file.h"
#include "onnx/sample_model.h"

namespace xquant::onnx {
namespace {

namespace proto = ::onnx;

proto::TensorProto empty_tensor(int type, std::initializer_list<std::int64_t> dims) {
  proto::TensorProto tensor;
  tensor.set_name("w");
  tensor.set_data_type(type);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  return tensor;
}

std::string bytes_of(const proto::TensorProto& tensor) {
  const Graph graph = parse_proto(identity_of(tensor)).graph;
  const auto bytes = graph.constant(graph.find_value("w"))->bytes();
  return {bytes.data(), bytes.size()};
}

std::string refusal(const proto::TensorProto& tensor) { return refusal_of(identity_of(tensor)); }

TEST(Tensor, NarrowsSmallIntegers) {
  proto::TensorProto tensor = empty_tensor(proto::TensorProto::INT8, {3});
  for (const int value : {-128, -1, 127}) tensor.add_int32_data(value);
  EXPECT_EQ(bytes_of(tensor), "\x80\xff\x7f");
}

TEST(Tensor, TakesHalfPrecisionAsBitPatterns) {
  proto::TensorProto tensor = empty_tensor(proto::TensorProto::FLOAT16, {2});
  tensor.add_int32_data(0xbc01);
  tensor.add_int32_data(0x3c00);
  EXPECT_EQ(bytes_of(tensor), std::string("\x01\xbc\x00\x3c", 4));
}

TEST(Tensor, TakesTwoFourBitNumbersFromOneByte) {
  proto::TensorProto tensor = empty_tensor(proto::TensorProto::UINT4, {3});
  tensor.add_int32_data(0x21);
  tensor.add_int32_data(0x03);
  EXPECT_EQ(bytes_of(tensor), "\x21\x03");
}

TEST(Tensor, TakesComplexNumbersAsPairs) {
  proto::TensorProto tensor = empty_tensor(proto::TensorProto::COMPLEX64, {1});
  tensor.add_float_data(1.0F);
  EXPECT_EQ(refusal(tensor), "XQ-ONX-015");
  tensor.add_float_data(2.0F);
  EXPECT_EQ(bytes_of(tensor).size(), 8U);
}

TEST(Tensor, TakesStrings) {
  proto::TensorProto tensor = empty_tensor(proto::TensorProto::STRING, {2});
  tensor.add_string_data("a");
  EXPECT_EQ(refusal(tensor), "XQ-ONX-015");
  tensor.add_string_data(std::string("\0b", 2));
  const Graph graph = parse_proto(identity_of(tensor)).graph;
  EXPECT_EQ(graph.constant(graph.find_value("w"))->string_data()[1], std::string("\0b", 2));
}

TEST(Tensor, TakesNoElementsWithoutData) {
  EXPECT_EQ(bytes_of(empty_tensor(proto::TensorProto::FLOAT, {0, 3})), "");
}

TEST(Tensor, RefusesImpossibleDimensions) {
  constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(refusal(empty_tensor(proto::TensorProto::FLOAT, {-1})), "XQ-ONX-014");
  EXPECT_EQ(refusal(empty_tensor(proto::TensorProto::FLOAT, {kHuge, 2})), "XQ-ONX-014");
  EXPECT_EQ(refusal(empty_tensor(proto::TensorProto::FLOAT, {0, kHuge, kHuge})), "XQ-ONX-014");
  EXPECT_EQ(refusal(empty_tensor(proto::TensorProto::FLOAT, {std::int64_t{1} << 40})),
            "XQ-ONX-015");
}

TEST(Tensor, RefusesUnknownTypes) {
  EXPECT_EQ(refusal(empty_tensor(0, {1})), "XQ-ONX-016");
  EXPECT_EQ(refusal(empty_tensor(27, {1})), "XQ-ONX-016");
  EXPECT_EQ(refusal(empty_tensor(-1, {1})), "XQ-ONX-016");
}

TEST(Tensor, RefusesDataOfAnotherLength) {
  proto::TensorProto tensor = empty_tensor(proto::TensorProto::FLOAT, {2});
  EXPECT_EQ(refusal(tensor), "XQ-ONX-015");
  tensor.set_raw_data(std::string(7, '\0'));
  EXPECT_EQ(refusal(tensor), "XQ-ONX-015");
  tensor.set_raw_data(std::string(8, '\0'));
  EXPECT_EQ(refusal(tensor), "");
}

TEST(Tensor, RefusesDataInTheWrongFieldOrInTwo) {
  proto::TensorProto tensor = empty_tensor(proto::TensorProto::FLOAT, {1});
  tensor.add_double_data(1.0);
  EXPECT_EQ(refusal(tensor), "XQ-ONX-015");
  proto::TensorProto twice = small_tensor();
  twice.set_raw_data(std::string(8, '\0'));
  EXPECT_EQ(refusal(twice), "XQ-ONX-015");
  proto::TensorProto text = empty_tensor(proto::TensorProto::STRING, {1});
  text.set_raw_data("a");
  EXPECT_EQ(refusal(text), "XQ-ONX-015");
}

TEST(Tensor, RefusesNumbersThatTheTypeCannotExpress) {
  proto::TensorProto tensor = empty_tensor(proto::TensorProto::UINT8, {1});
  tensor.add_int32_data(256);
  EXPECT_EQ(refusal(tensor), "XQ-ONX-015");
  proto::TensorProto wide = empty_tensor(proto::TensorProto::UINT32, {1});
  wide.add_uint64_data(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(refusal(wide), "XQ-ONX-015");
  proto::TensorProto truth = empty_tensor(proto::TensorProto::BOOL, {1});
  truth.set_raw_data("\2");
  EXPECT_EQ(refusal(truth), "XQ-ONX-015");
}

TEST(Tensor, RefusesSegments) {
  proto::TensorProto tensor = small_tensor();
  tensor.mutable_segment()->set_begin(0);
  EXPECT_EQ(refusal(tensor), "XQ-ONX-026");
}

}  // namespace
}  // namespace xquant::onnx

#include <gtest/gtest.h>

#include <random>

#include "onnx/model_file.h"
#include "onnx/sample_model.h"

/// Whatever the bytes are: an Error(kModel), or a model that can be written. Run under the
/// sanitizers too.
namespace xquant::onnx {
namespace {

namespace proto = ::onnx;

enum class Outcome { kLoaded, kRefused };

Outcome survive(const std::string& bytes) {
  try {
    const std::string again = serialize(parse_bytes(bytes));
    EXPECT_EQ(serialize(parse_bytes(again)), again);
    return Outcome::kLoaded;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel) << error.what();
    EXPECT_EQ(error.place().file, "test.onnx") << error.what();
    return Outcome::kRefused;
  }
}

TEST(Hostile, EveryTruncationIsRefusedOrLoads) {
  const std::string bytes = sample_model().SerializeAsString();
  int refused = 0;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    SCOPED_TRACE(length);
    refused += survive(bytes.substr(0, length)) == Outcome::kRefused ? 1 : 0;
  }
  // Only an end between two trailing fields (opset import, metadata, function) leaves a model.
  EXPECT_GT(refused, static_cast<int>(bytes.size()) - 5);
}

TEST(Hostile, FlippedBytesAreRefusedOrLoad) {
  const std::string original = sample_model().SerializeAsString();
  std::mt19937 random(7);  // NOLINT: the same bytes every time
  int outcomes[2] = {0, 0};
  for (int round = 0; round < 20000; ++round) {
    SCOPED_TRACE(round);
    std::string bytes = original;
    const unsigned flips = 1 + random() % 4;
    for (unsigned i = 0; i < flips; ++i) {
      bytes[random() % bytes.size()] = static_cast<char>(random() & 0xff);
    }
    ++outcomes[static_cast<int>(survive(bytes))];
  }
  EXPECT_GT(outcomes[0], 1000);
  EXPECT_GT(outcomes[1], 1000);
}

TEST(Hostile, RepeatedAndMissingPiecesAreRefusedOrLoad) {
  const std::string original = sample_model().SerializeAsString();
  std::mt19937 random(11);  // NOLINT: the same bytes every time
  for (int round = 0; round < 5000; ++round) {
    SCOPED_TRACE(round);
    const std::size_t from = random() % original.size();
    const std::size_t length = random() % 40;
    const std::size_t to = random() % original.size();
    std::string bytes = original;
    bytes.erase(from, length);
    bytes.insert(std::min(to, bytes.size()), original.substr(from, random() % 40));
    survive(bytes);
  }
}

TEST(Hostile, RandomBytesAreRefused) {
  std::mt19937 random(13);  // NOLINT: the same bytes every time
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(1 + random() % 200, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() & 0xff);
    if (round % 2 == 0) bytes[0] = '\x08';
    EXPECT_EQ(survive(bytes), Outcome::kRefused);
  }
}

TEST(Hostile, DeepNestingIsRefused) {
  proto::ModelProto model = sample_model();
  proto::GraphProto* graph = model.mutable_graph();
  for (int depth = 0; depth < 1000; ++depth) {
    proto::NodeProto& node = *graph->add_node();
    node.set_op_type("If");
    proto::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name("then_branch");
    attribute.set_type(proto::AttributeProto::GRAPH);
    graph = attribute.mutable_g();
  }
  EXPECT_EQ(refusal_of(model), "XQ-ONX-005");
}

TEST(Hostile, AnAnnouncedLengthReservesNoMemory) {
  // Field 7 (graph) of 2 GB, in it field 5 (initializer) of 2 GB, in it raw_data of 2 GB.
  const std::string bytes = std::string("\x08\x08\x3a") + "\xf0\xff\xff\xff\x07" + "\x2a" +
                            "\xe0\xff\xff\xff\x07" + "\x4a" + "\xd0\xff\xff\xff\x07" + "abc";
  EXPECT_EQ(refusal_of(bytes), "XQ-ONX-004");
}

}  // namespace
}  // namespace xquant::onnx
